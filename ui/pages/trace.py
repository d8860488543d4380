"""UI pages: the trace - by a scan or a text; where goods came from, where they went, where every unit is."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound, Refusal
from services import trace, trace_search
from services.blind_counts import CountIsBlind
from services.documents import AmbiguousDocument
from services.permissions import Permission
from services.stock import AmbiguousBatch
from services.trace import Start, Trace
from services.trace_search import Meant
from ui import formats
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Field, Row, Table
from ui.contexts.trace import Moments, TraceFound, TracePage
from ui.pages import trace_picture, trace_tables
from ui.pages.listing import address, after, to_options
from ui.pages.trace_asked import DIRECTIONS, KINDS, Reader, asked_at, asked_direction, asked_start
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
STEPPED = frozenset({"batch", "serial", "package"})
"""What is looked at moment by moment: a partner's batches have too many of them."""
ROWS = 200
NO_PAGE, BLIND = 404, 403


@router.get("/trace")
async def show_trace(view: Reader) -> Response:
    """A trace from whatever was scanned or typed, or from what a link names."""
    text, start = view.query("q"), asked_start(view)
    if text or start is None:
        meant = await trace_search.find(view.platform, text, actor=view.person)
        return (
            view.go(_trace_of(view, meant[0]))
            if len(meant) == 1
            else view.page(_search_page(view, meant, text))
        )
    try:
        return view.page(await _traced(view, start))
    except (AmbiguousBatch, AmbiguousDocument):
        ref = next(value for value in vars(start).values() if value is not None)
        meant = await trace_search.find(view.platform, ref, actor=view.person)
        return view.page(_search_page(view, meant, ref))
    except NotFound as unknown:
        return view.page(_refused(view, unknown), NO_PAGE)
    except CountIsBlind as hidden:
        return view.page(_refused(view, hidden), BLIND)


async def _traced(view: View, start: Start) -> TracePage:
    found = await trace.trace(
        view.platform,
        start,
        actor=view.person,
        direction=asked_direction(view),
        at=asked_at(view),
        after=after(view),
        limit=ROWS,
    )
    return _found_page(view, found, await _moments(view, start, found))


def _fields(view: View, text: str = "", *, asked: bool) -> list[Field]:
    """What to trace, in which direction, as of when; what is traced already stays unless another is named."""
    _ = view.words.gettext
    at = asked_at(view)
    day = at.astimezone(formats.zone_of(view.zone)).date().isoformat() if at else ""
    what = _("Scan or type: batch, serial number, document, partner, package, person")
    kept = [Field(kind, "", "hidden", view.query(kind)) for kind in KINDS if view.query(kind)]
    directions = to_options((value, _(label)) for value, label in DIRECTIONS[1:])
    return [
        Field("q", what, "search", text, max_length=200, autofocus=not asked),
        Field(
            "direction",
            _("Direction"),
            "choice",
            view.query("direction"),
            options=directions,
            compact=True,
        ),
        Field("at", _("As it was on"), "date", day),
        *kept,
    ]


def _search_page(view: View, meant: Sequence[Meant], text: str) -> TracePage:
    _ = view.words.gettext
    empty = Empty(
        _("What shall be traced?"),
        _("Scan a pack, a case or a document, or type a number or a name."),
        icon="scan",
    )
    if text:
        empty = Empty(
            _("Nothing is known by %(text)s", text=text),
            _("Look at the code again; a part of a partner's name is enough, other numbers are typed whole."),
            icon="search",
        )
    return TracePage(
        title=_("Trace"),
        eyebrow="",
        intro=_("Where goods came from, where they went, and where every unit is now."),
        fields=_fields(view, text, asked=False),
        choices=_choices(view, meant) if meant else None,
        empty=None if meant else empty,
    )


def _refused(view: View, refusal: Refusal) -> TracePage:
    _ = view.words.gettext
    empty = Empty(refusal.message(view.language), _("Look at the code again."), icon="search")
    return TracePage(title=_("Trace"), eyebrow="", fields=_fields(view, asked=False), empty=empty)


def _choices(view: View, meant: Sequence[Meant]) -> Table:
    """What a text may mean, each leading to its trace."""
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(one.name, "code", _trace_of(view, one)),
                Cell(_(KINDS[one.kind])),
                Cell(view.words.pick({"zh": one.zh, "en": one.en})),
            ]
        )
        for one in meant
    ]
    columns = [Column(_("Name")), Column(_("Kind")), Column(_("What tells it apart"))]
    return Table("choices", _("What is meant?"), columns, rows, Empty(""))


def _trace_of(view: View, one: Meant) -> str:
    kept = {name: view.query(name) for name in ("direction", "at") if view.query(name)}
    return "/trace?" + urlencode({one.kind: one.ref, **kept})


def _found_page(view: View, found: Trace, moments: Moments | None) -> TracePage:
    _ = view.words.gettext
    started = found.started
    detail = (
        codes.word(codes.DOCUMENT_KINDS, started.detail, view.words) if started.kind == "document" else ""
    )
    if len(found.accounts) == 1 and started.kind in {"batch", "serial"}:
        detail = trace_tables.goods(view, found.accounts[0])
    head = TracePage(
        title=started.name,
        eyebrow=" · ".join(one for one in (_(KINDS[started.kind]), detail or started.detail) if one),
        mono=started.kind not in {"party", "person"},
        fields=_fields(view, asked=True),
        chips=_chips(view, found),
        actions=_actions(view, found),
    )
    if not found.rows and not found.accounts and found.next is None:
        hint = _("Choose a later day.") if asked_at(view) else _("Look in both directions, or at all sites.")
        return replace(head, actions=(), empty=Empty(_("Nothing of it went in or out"), hint, icon="box"))
    return replace(head, found=_what_is_found(view, found, moments))


def _what_is_found(view: View, found: Trace, moments: Moments | None) -> TraceFound:
    _ = view.words.gettext
    return TraceFound(
        where=_("Where every unit was") if asked_at(view) else _("Where every unit is now"),
        account=trace_tables.account_table(view, found),
        places=trace_tables.places_table(view, found),
        way=trace_tables.way_table(view, found, address(view, after=found.next) if found.next else ""),
        picture=trace_picture.picture(found, view.words),
        notes=_notes(view, found),
        moments=moments,
    )


def _chips(view: View, found: Trace) -> list[Chip]:
    """Whether all is accounted for, how many batches, and as of when."""
    _ = view.words.gettext
    wrong = [one for one in found.accounts if one.difference]
    chips = [Chip(_("Accounted for to the last piece"), "check", "good")]
    if wrong:
        said = view.words.ngettext("%(n)s batch does not balance", "%(n)s batches do not balance", len(wrong))
        chips = [Chip(said, "alert", "bad")]
    if not found.accounts:
        chips = []
    if len(found.accounts) > 1:
        chips.append(Chip(view.words.ngettext("%(n)s batch", "%(n)s batches", len(found.accounts)), "box"))
    if at := asked_at(view):
        chips.append(Chip(_("as of %(at)s", at=formats.instant(at, view.zone)), "clock", "warn"))
    return chips


def _actions(view: View, found: Trace) -> list[Action]:
    _ = view.words.gettext
    query = address(view, after=None).partition("?")[2]
    actions = [
        Action(label, f"/trace.{kind}?{query}", "document")
        for kind, label in (("csv", _("CSV")), ("xlsx", _("Excel")), ("pdf", _("PDF")))
    ]
    started = found.started
    pages = {"batch": f"/batches/{started.ref}", "package": f"/packages/{started.ref}"}
    if view.may(Permission.DOCUMENT_READ):
        pages["document"] = f"/documents/{started.ref}"
    if started.kind in pages:
        actions.insert(0, Action(_("Open its page"), pages[started.kind], "info"))
    return actions


def _notes(view: View, found: Trace) -> list[str]:
    """What is left out, said openly."""
    _ = view.words.gettext
    said = [
        (found.partial, _("Only the sites that you may see are told and counted.")),
        (found.counted, _("What is being counted is left out here until its count is done.")),
        (
            found.next is not None,
            _("There is more than fits on a page: the table has a next page, the files have all."),
        ),
        (found.more_places, _("The smallest places are left out; their quantities are in the account.")),
        (found.cut, _("Too many documents were made from this one: the trace is cut.")),
    ]
    return [words for holds, words in said if holds]


async def _moments(view: View, start: Start, found: Trace) -> Moments | None:
    """The moments at which something went in or out, to step through the time of a batch."""
    if found.started.kind not in STEPPED or after(view):
        return None
    at, whole = asked_at(view), found
    if at is not None:
        whole = await trace.trace(view.platform, start, actor=view.person, limit=ROWS)
    times = sorted({one for row in whole.rows for one in (row.first_at, row.last_at)})
    if not times:
        return None
    now = at or times[-1]
    known = [one for one in times if one <= now]
    on = bool(known) and known[-1] == now
    before = known[:-1] if on else known
    later = [one for one in times if one > now]
    _ = view.words.gettext
    return Moments(
        said=_("%(n)s of %(all)s moments at which something went in or out", n=len(known), all=len(times)),
        earlier=address(view, at=before[-1].isoformat()) if before else "",
        later=address(view, at=later[0].isoformat()) if later else "",
        now=address(view, at=None) if at else "",
    )

"""UI pages: the audit log - who did what to what, when and why, before and after; searched, exported."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast

from fastapi import APIRouter
from starlette.responses import Response

from services import audit, audit_names
from services.permissions import Permission
from ui import csv_file
from ui.answers import PageRoute
from ui.audit_words import action_words, object_words
from ui.contexts.parts import Action, Column, Empty, Field, Filter, Table
from ui.contexts.records import ListPage
from ui.formats import zone_of
from ui.pages import audit_rows
from ui.pages.evidence_package import to_package
from ui.pages.listing import PAGE, address, after, asked, choice, identity, next_href, search
from ui.session import page_permission
from ui.translation import LANGUAGES, translations
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.AUDIT_READ)]
FILE = "/audit.csv"
CUT = ("object_id", "run")
"""What a link from elsewhere asks for; it is no field to fill in."""


@router.get("/audit")
async def list_events(view: Reader) -> Response:
    """The log, newest first; looking at it is logged as well."""
    _ = view.words.gettext
    wanted = await _wanted(view)
    page = await audit.list_events(
        view.platform,
        actor=view.person,
        wanted=wanted,
        after=after(view),
        limit=PAGE,
        request_id=view.request_id,
    )
    names = await audit_names.of_events(view.platform, page.items, actor=view.person)
    table = Table(
        "events",
        _("Audit log"),
        [Column(label) for label in audit_rows.head(view.words)],
        [audit_rows.row_of(event, names, view) for event in page.items],
        _empty(view, next_href(view, page)),
        next_href(view, page),
    )
    intro = _(
        "Everything that changed, and every attempt that was refused. Looking here is recorded as well."
    )
    query = address(view).partition("?")[2]
    export = Action(_("Save as CSV"), FILE + (f"?{query}" if query else ""), "document")
    cut = any(asked(view, name) for name in CUT)
    return view.page(
        ListPage(
            _("Audit log"),
            intro,
            table,
            await _filter(view),
            actions=[export, *_package(view)],
            tabs=_tabs(view),
            back=Action(_("The whole audit log"), "/audit") if cut else None,
        )
    )


@router.get(FILE)
async def export(view: Reader) -> Response:
    """What the page would show, all of it, as a file; that it was taken along is logged."""
    parts = await audit.export_events(
        view.platform, actor=view.person, wanted=await _wanted(view), request_id=view.request_id
    )
    name = f"{view.words.gettext('Audit log')}-{view.now.astimezone(zone_of(view.zone)):%Y%m%d-%H%M}.csv"
    return csv_file.download(name, _lines(view, parts))


async def _lines(view: View, parts: AsyncIterator[list[audit.AuditRow]]) -> AsyncIterator[str]:
    yield csv_file.MARK + csv_file.lines([audit_rows.file_head(view.words)])
    count = 0
    async for events in parts:
        names = await audit_names.of_events(view.platform, events, actor=view.person)
        count += len(events)
        yield csv_file.lines(audit_rows.file_row(event, names, view) for event in events)
    if count >= audit.EXPORTED:
        said = view.words.gettext("Events beyond %(n)s were left out: choose a shorter period.", n=count)
        yield csv_file.lines([[said]])


async def _wanted(view: View) -> audit.AuditFilter:
    text, run = asked(view, "text"), asked(view, "run")
    actions = (await audit.kinds(view.platform, actor=view.person))[0] if text else []
    reads = {"shown": None, "only": "only"}.get(view.query("reads"), "hidden")
    return audit.AuditFilter(
        action=asked(view, "action"),
        object_type=asked(view, "object_type"),
        object_id=asked(view, "object_id"),
        actor=asked(view, "actor"),
        run_id=identity(run, "流程 / run") if run else None,
        since=_day(view, "since"),
        until=_day(view, "until", whole=True),
        refused={"yes": True, "no": False}.get(view.query("refused")),
        text=text,
        reads=cast("audit.Reads | None", reads),
        told=tuple(_named(text or "", actions)),
    )


def _named(text: str, actions: Iterable[str]) -> Iterable[str]:
    """The actions of the log whose words, in either language, have the text in them."""
    said = text.casefold()
    for action in actions:
        if any(said in action_words(action, translations(one)).casefold() for one in LANGUAGES):
            yield action


def _empty(view: View, further: str) -> Empty:
    """Nothing found at all, or nothing in the part of a long log that was looked through for the text."""
    _ = view.words.gettext
    if further:
        said = _("Nothing yet: looked at %(n)s so far", n=audit.SEARCHED)
        return Empty(said, _("There are older ones."), further, _("Search further back"))
    return Empty(_("Nothing matches"), _("Widen the filter."))


def _package(view: View) -> list[Action]:
    """The evidence package of the run that is shown, else of the period."""
    run = asked(view, "run")
    if run:
        return to_package(view, "run", run)
    since, until = view.query("since"), view.query("until")
    return to_package(view, "period" if since and until else "", "", since, until)


def _tabs(view: View) -> list[tuple[str, str, bool]]:
    """What only tells that somebody looked is left out, unless it is asked for."""
    _ = view.words.gettext
    shown = view.query("reads")
    views = (
        ("", _("Changes and attempts")),
        ("shown", _("With what was read")),
        ("only", _("Only what was read")),
    )
    return [(address(view, reads=name or None), label, shown == name) for name, label in views]


async def _filter(view: View) -> Filter:
    _ = view.words.gettext
    actions, objects = await audit.kinds(view.platform, actor=view.person)
    kept = [Field(name, "", "hidden", view.query(name)) for name in (*CUT, "reads") if view.query(name)]
    return Filter(
        "/audit",
        "events",
        [
            search(view, _("Search")),
            Field("actor", _("Person"), value=view.query("actor")),
            choice(
                view,
                "action",
                _("Action"),
                _by_words((one, action_words(one, view.words)) for one in actions),
            ),
            choice(
                view,
                "object_type",
                _("Object"),
                _by_words((one, object_words(one, view.words)) for one in objects),
            ),
            Field("since", _("From day"), "date", view.query("since")),
            Field("until", _("To day"), "date", view.query("until")),
            choice(view, "refused", _("Refused"), [("yes", _("refused only")), ("no", _("done only"))]),
            *kept,
        ],
        also="head-actions",
    )


def _by_words(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pairs, key=lambda pair: pair[1])


def _day(view: View, name: str, *, whole: bool = False) -> datetime | None:
    """The beginning (or end) of a day in the person's zone; what is no day does not filter."""
    try:
        at = datetime.fromisoformat(view.query(name)).replace(tzinfo=zone_of(view.zone))
    except ValueError:
        return None
    return (at + timedelta(days=1 if whole else 0)).astimezone(UTC)

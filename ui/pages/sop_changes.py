"""UI pages: what changed between two versions of a procedure, in sentences with their risk; both texts."""

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.sop_changes import RISKS, Change
from domain.sop_findings import DefinitionInvalid
from services import sop_changes
from services.permissions import Permission
from services.sop_catalogue import VersionRow
from services.sop_changes import Comparison, VendorNews
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.flowchart import Mark, Picture
from ui.contexts.parts import Action, Cell, Chip, Field, Form, Option
from ui.contexts.sop_changes import ChangeGroup, ChangeLine, ChangesPart, SopChangesPage
from ui.pages.filling import form
from ui.pages.flow_picture import picture
from ui.pages.names import read_names
from ui.pages.sop_placing import version_named
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]


@router.get("/sops/{key}/versions/{ref}/changes")
async def show_changes(key: str, ref: str, view: Reader) -> Response:
    """The changes from the version that is asked for, or from what this one would replace."""
    _ = view.words.gettext
    wanted = view.query("from")
    found = await sop_changes.compare(
        view.platform,
        key,
        version_named(ref),
        actor=view.person,
        since=version_named(wanted) if wanted else None,
    )
    row = found.row
    return view.page(
        SopChangesPage(
            title=view.words.pick({"zh": row.title_zh, "en": row.title_en}),
            eyebrow=_("What changed"),
            intro=_("Each change is a sentence with its risk; both texts stand below."),
            part=await changes_part(view, found),
            choice=_choice(view, found),
            back=Action(version_name(view, row), f"/sops/{key}/versions/{ref}"),
            texts=_texts(view, found),
            flowcharts=await _flowcharts(view, found),
        )
    )


def _texts(view: View, found: Comparison) -> list[tuple[str, str]]:
    """Both texts, the earlier first."""
    sides = ((found.since, found.before), (found.row, found.after))
    return [(version_name(view, row), said.source) for row, said in sides if row and said]


async def _flowcharts(view: View, found: Comparison) -> list[tuple[str, Picture]]:
    """The flowchart with the steps that came or changed; that of the earlier version when steps are gone."""
    if not found.before or not found.after or not found.since:
        return []
    _ = view.words.gettext
    posts = (await read_names(view, "post")).known["post"]
    new: dict[str, Mark] = {}
    old: dict[str, Mark] = {}
    for change in found.changes:
        if change.step is None:
            continue
        step, whole = change.step.rpartition("/")[2], not change.fact.keys
        if whole and change.fact.op == "removed":
            old[step] = "removed"
        elif whole and change.fact.op == "added":
            new[step] = "added"
        else:
            new.setdefault(step, "changed")
    sides = (
        (found.row, found.after, new, "flow_after"),
        (found.since, found.before, old, "flow_before"),
    )
    return [
        (
            _("Flowchart, %(version)s", version=version_name(view, row)),
            picture(said.definition, view.words, marks=marks, posts=posts, tables=said.tables, name=name),
        )
        for row, said, marks, name in sides
        if marks
    ]


async def changes_of(view: View, row: VersionRow) -> ChangesPart:
    """The changes of a version from what it would replace; of an incomplete draft only that it is one."""
    try:
        found = await sop_changes.compare(view.platform, row.key, row.id, actor=view.person)
    except DefinitionInvalid:
        note = view.words.gettext("The draft is incomplete: what changed can be told when it can be read.")
        return ChangesPart("", note=note)
    return await changes_part(view, found)


async def changes_part(view: View, found: Comparison) -> ChangesPart:
    """What changed, grouped by step."""
    _ = view.words.gettext
    if found.since is None:
        return ChangesPart("", note=_("The first version: all of it is new."))
    note = ""
    if found.to_train:
        names = await read_names(view, "post")
        listed = _(", ").join(names.of("post", post) for post in found.to_train)
        note = _("To be trained before it takes effect, because their work changes: %(posts)s.", posts=listed)
    if not found.changes:
        note = _("The two say the same.")
    return ChangesPart(
        version_name(view, found.since),
        _counted(view, found.changes),
        [
            ChangeGroup(where, [_line(view, one) for one in lines])
            for (_step, where), lines in groupby(
                found.changes, key=lambda one: (one.step, view.words.pick(one.where))
            )
        ],
        note,
        _href(found.row),
    )


def news_cell(view: View, news: VendorNews | None) -> Cell:
    """A vendor's version that waits: how much it changes, and the highest risk of that."""
    if news is None:
        return Cell("")
    words = view.words
    name = version_name(view, news.row)
    if news.gravest is None:
        return Cell(name, href=_href(news.row), sub=words.gettext("no change"))
    counted = words.ngettext("%(n)s change", "%(n)s changes", news.changes)
    return Cell(name, href=_href(news.row), sub=f"{counted} · {risk_chip(view, news.gravest).word}")


def _href(row: VersionRow) -> str:
    return f"/sops/{row.key}/versions/{row.version or row.id}/changes"


def _counted(view: View, found: Sequence[Change]) -> list[Chip]:
    """How many changes there are of each risk."""
    chips = []
    for risk in RISKS:
        n = sum(one.risk == risk for one in found)
        if n:
            chip = risk_chip(view, risk)
            chips.append(Chip(f"{chip.word} {n}", chip.icon, chip.tone))
    return chips


def _line(view: View, change: Change) -> ChangeLine:
    return ChangeLine(
        risk_chip(view, change.risk), view.words.pick(change.sentence), view.words.pick(change.why)
    )


def risk_chip(view: View, risk: str) -> Chip:
    """A risk class as a chip."""
    return codes.chip(codes.RISKS, risk, view.words)


def _choice(view: View, found: Comparison) -> Form:
    """Which version to compare with."""
    _ = view.words.gettext
    options = [Option(str(one.version or one.id), _told(view, one)) for one in found.others]
    chosen = str(found.since.version or found.since.id) if found.since else ""
    field = Field("from", _("Compared with"), "choice", chosen, options=options, required=True, compact=True)
    return form("", _("Compare"), [field] if options else [])


def _told(view: View, row: VersionRow) -> str:
    state = codes.word(codes.VERSION_STATES, row.state, view.words)
    return f"{version_name(view, row)} · {state} · {row.created_at:%Y-%m-%d}"


def version_name(view: View, row: VersionRow) -> str:
    """A version by its number; a draft by whose it is."""
    _ = view.words.gettext
    if row.version:
        return _("v%(n)s", n=row.version)
    if row.origin == "vendor":
        return _("Draft, vendor v%(n)s", n=row.vendor_version)
    return _("Draft of %(person)s", person=row.author)

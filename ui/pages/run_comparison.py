"""UI pages: two runs of a procedure beside each other - who, how long, which outcome, what was entered."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from services import run_comparison, runs
from services.permissions import Permission
from services.run_comparison import RunComparison, StepFacts, StepPair
from services.runs import RunRow
from ui import formats
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Column, Empty, Filter, Row, Section, Table
from ui.contexts.records import ListPage, RecordPage
from ui.pages.listing import PAGE, after, asked, identity, next_href, search
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.RUN_READ)]
SYSTEM = " "


@router.get("/runs/{run}/compare")
async def choose(run: str, view: Reader) -> Response:
    """Which run of the same procedure stands beside this one."""
    _ = view.words.gettext
    mine = (await runs.get(view.platform, identity(run, "流程 / run"), actor=view.person)).row
    page = await runs.list_runs(
        view.platform,
        actor=view.person,
        sop=mine.sop,
        text=asked(view, "text"),
        after=after(view),
        limit=PAGE,
    )
    rows = [
        Row(
            [
                Cell(_title(view, row), href=f"/runs/{mine.id}/compare/{row.id}"),
                Cell(codes.run_chip(row.state, row.outcome, view.words), "chip"),
                Cell(view.words.pick({"zh": row.site_zh, "en": row.site_en})),
                Cell(row.started_at, "instant", unit=row.time_zone),
                Cell(_lasted(view, row)),
            ]
        )
        for row in page.items
        if row.id != mine.id
    ]
    labels = [_("Run"), _("State"), _("Site"), _("Started"), _("How long")]
    empty = Empty(_("No other run of this procedure"), _("There is nothing to compare it with yet."))
    table = Table(
        "others", _("Runs"), [Column(label) for label in labels], rows, empty, next_href(view, page)
    )
    filter_ = Filter(f"/runs/{run}/compare", "others", [search(view, _("Search"))])
    intro = _("Choose the run of the same procedure that is to stand beside it.")
    back = Action(_title(view, mine), f"/runs/{run}")
    return view.page(ListPage(_("Compare two runs"), intro, table, filter_, back=back))


@router.get("/runs/{run}/compare/{other}")
async def show(run: str, other: str, view: Reader) -> Response:
    """Both runs, step by step; rows that differ are marked."""
    _ = view.words.gettext
    ids = [identity(one, "流程 / run") for one in (run, other)]
    found = await run_comparison.compare(view.platform, *ids, actor=view.person)
    view = view.in_zone(found.left.time_zone)
    sections = [
        Section(_("The runs"), table=_heads(view, found)),
        Section(_("Step by step"), table=_steps(view, found), note=_note(view, found)),
    ]
    pick = view.words.pick
    return view.page(
        RecordPage(
            _("Compare two runs"),
            pick({"zh": found.left.title_zh, "en": found.left.title_en}),
            sections,
            actions=[Action(_("Another run"), f"/runs/{run}/compare", "list")],
            back=Action(_title(view, found.left), f"/runs/{run}"),
            printable=True,
        )
    )


def _note(view: View, found: RunComparison) -> str:
    _ = view.words.gettext
    differ = sum(bool(_differences(view, found, pair)) for pair in found.pairs)
    said = view.words.ngettext("%(n)s step differs.", "%(n)s steps differ.", differ)
    cut = _("Only the first steps of these long runs are compared.") if found.cut else ""
    return f"{said} {cut}".strip()


def _title(view: View, row: RunRow) -> str:
    return view.words.pick({"zh": row.summary_zh, "en": row.summary_en}) or row.business_key or str(row.id)


def _lasted(view: View, row: RunRow) -> str:
    end = row.ended_at or view.now
    said = formats.span((end - row.started_at).total_seconds(), view.words)
    return said if row.ended_at else view.words.gettext("%(time)s so far", time=said)


def _heads(view: View, found: RunComparison) -> Table:
    _, pick = view.words.gettext, view.words.pick
    rows = []
    for row in (found.left, found.right):
        outcome = codes.outcome_words(row.outcome, found.outcomes.get(row.id), view.words)
        chip = codes.run_chip(row.state, row.outcome, view.words)
        rows.append(
            Row(
                [
                    Cell(_title(view, row), href=f"/runs/{row.id}", sub=f"v{row.version}"),
                    Cell(chip, "chip", sub=outcome),
                    Cell(pick({"zh": row.site_zh, "en": row.site_en})),
                    Cell(row.started_by_name, "who"),
                    Cell(row.started_at, "instant", unit=row.time_zone),
                    Cell(_lasted(view, row)),
                ]
            )
        )
    labels = [_("Run"), _("State"), _("Site"), _("Started by"), _("Started"), _("How long")]
    return Table("runs", _("The runs"), [Column(label) for label in labels], rows, Empty(""))


def _steps(view: View, found: RunComparison) -> Table:
    _ = view.words.gettext
    rows = []
    for pair in found.pairs:
        one = pair.left or pair.right
        assert one is not None
        differences = _differences(view, found, pair)
        path = "" if SYSTEM in one.path else one.path
        rows.append(
            Row(
                [
                    Cell(view.words.pick(one.title), sub=path),
                    Cell(_facts(view, pair.left), "lines"),
                    Cell(_facts(view, pair.right), "lines"),
                    Cell(differences or "–", "lines" if differences else "text"),
                ],
                "warn" if differences else "neutral",
            )
        )
    labels = [_("Step"), _("This run"), _("The other run"), _("Difference")]
    empty = Empty(_("Neither run has got to a step yet"))
    return Table("steps", _("Step by step"), [Column(label) for label in labels], rows, empty)


def _facts(view: View, one: StepFacts | None) -> list[str]:
    """Who, with which outcome, how long; when it ended."""
    _, pick = view.words.gettext, view.words.pick
    if one is None:
        return ["–"]
    who = ", ".join(one.performers) if one.performers else _("System") if SYSTEM in one.path else ""
    lines = [who, pick(one.outcome) if one.outcome else ""]
    if one.waited is not None:
        lines.append(_("waited %(time)s", time=_span(view, one.waited)))
    if one.lasted is None:
        lines.append(_("still open"))
    elif SYSTEM not in one.path:
        lines.append(_("%(time)s from opening to end", time=_span(view, one.lasted)))
    lines.append(formats.instant(one.closed_at or one.opened_at, view.zone))
    return [line for line in lines if line]


def _span(view: View, time: timedelta) -> str:
    return formats.span(time.total_seconds(), view.words)


def _differences(view: View, found: RunComparison, pair: StepPair) -> list[str]:
    """What the step was otherwise in the other run; who performed it is no difference."""
    _, pick = view.words.gettext, view.words.pick
    if pair.left is None:
        return [_("only in the other run")]
    if pair.right is None:
        return [_("only in this run")]
    said = []
    if pair.outcomes_differ:
        sides = [pick(one.outcome) if one.outcome else "–" for one in (pair.left, pair.right)]
        label = _("Outcome")
        said.append(f"{label}: {' → '.join(sides)}")
    step = found.steps.get(pair.left.path.rpartition(".")[2].partition("#")[0])
    form = step.human.form if step and step.human else {}
    for name, mine, other in pair.data_differences():
        field = form.get(name)
        label = pick(field.label) if field else name
        options = field.options if field else {}
        sides = [_value(view, value, options) for value in (mine, other)]
        if sides[0] != sides[1]:
            said.append(f"{label}: {' → '.join(sides)}")
    if pair.left.lasted and pair.right.lasted:
        more = pair.right.lasted - pair.left.lasted
        if abs(more) >= timedelta(minutes=1):
            time = _span(view, abs(more))
            longer = more > timedelta(0)
            said.append(_("longer by %(time)s", time=time) if longer else _("shorter by %(time)s", time=time))
    return said


def _value(view: View, value: Any, options: Any) -> str:
    if isinstance(value, list):  # files: which they are says nothing, how many there are does
        return view.words.ngettext("%(n)s file", "%(n)s files", len(value))
    if isinstance(value, bool):
        return view.words.gettext("Yes") if value else view.words.gettext("No")
    if isinstance(value, str) and value in options:
        return view.words.pick(options[value])
    return "–" if value in (None, "") else str(value)

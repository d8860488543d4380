"""UI pages: the drill - its clock, and bringing a draft in so that invented people can play it (D6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.sop_findings import DefinitionInvalid
from services import drill, drill_intake, drill_record
from services.drill import DrillClock
from services.drill_record import DrilledVersion
from services.permissions import Permission
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Cell, Column, Empty, Fact, Field, Form, Option, Row, Section, Table
from ui.contexts.records import RecordPage
from ui.pages.filling import NONE, Problems, form, problems_of
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Person = Annotated[View, page_permission(Permission.TASK_READ)]
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
MAX_BYTES = 2 * 1024 * 1024
HOUR, DAY = 3600, 86_400
TO_DEADLINE = "due"
BEYOND_S = 60
"""A step to the next deadline goes a minute beyond it, so that it is over."""


@router.get("/drill")
async def show(view: Person) -> Response:
    """What time it is in the drill, and what can be done."""
    return view.page(await _page(view))


@router.get("/drill/record/{sop}/{version}")
async def record(sop: str, version: str, view: Reader) -> Response:
    """The record of every run of a version, to be taken over into the live house."""
    number = int(version) if version.isdigit() and len(version) < 7 else 0  # noqa: PLR2004
    made = await drill_record.make(view.platform, sop, number, actor=view.person, request_id=view.request_id)
    headers = {"Content-Disposition": f'attachment; filename="{sop}-v{number}-drill.json"'}
    return Response(made.text(), media_type="application/json; charset=utf-8", headers=headers)


@router.post("/drill/clock")
async def advance(view: Drafter) -> Response:
    """Moves the clock."""
    step = (await view.fields()).get("step", "")
    clock = await drill.clock(view.platform, actor=view.person)
    if step == TO_DEADLINE and clock.next_due:
        seconds = int((clock.next_due - clock.now).total_seconds()) + BEYOND_S
    else:
        seconds = int(step) if step.isdigit() and len(step) < 9 else 0  # noqa: PLR2004 - what is a number of seconds
    try:
        moved = await drill.advance(view.platform, seconds, actor=view.person, request_id=view.request_id)
    except Refusal as refusal:
        return view.page(await _page(view, clock=problems_of(view, refusal)), status_of(refusal))
    _ = view.words.gettext
    if moved.lagging:
        said = view.words.ngettext(
            "The clock is ahead, but %(n)s run has not heard of it: move it again.",
            "The clock is ahead, but %(n)s runs have not heard of it: move it again.",
            moved.lagging,
        )
        return view.go("/drill", said, "warn")
    return view.go("/drill", _("The clock was moved. What came due meanwhile is in the inboxes."))


@router.post("/drill/definition")
async def bring_in(view: Drafter) -> Response:
    """Puts a definition in force in the drill."""
    fields = await view.fields()
    text = fields.get("source", "")
    if files := await view.files("file"):
        text = (await files[0].read(MAX_BYTES)).decode(errors="replace")
    text = text.replace("\r\n", "\n").rstrip("\n") + "\n"
    people = [(one.username, one.password) for one in view.request.app.state.ui_demo_people]
    try:
        made = await drill_intake.bring_in(
            view.platform, text, people, actor=view.person, request_id=view.request_id
        )
    except DefinitionInvalid as invalid:
        said = "\n".join(f"{f.line}:{f.column} {f.message(view.language)}" for f in invalid.findings)
        return view.page(await _page(view, fields, definition=Problems({"source": said})), 422)
    except Refusal as refusal:
        problems = Problems(whole=refusal.message(view.language))
        return view.page(await _page(view, fields, definition=problems), status_of(refusal))
    return view.go(
        f"/runs/new?sop={made.key}",
        view.words.gettext("It is in force in the drill, and everybody is trained on it. Start it here."),
    )


async def _page(
    view: View,
    values: Mapping[str, Any] | None = None,
    *,
    clock: Problems = NONE,
    definition: Problems = NONE,
) -> RecordPage:
    _ = view.words.gettext
    now = await drill.clock(view.platform, actor=view.person)
    sections = [Section(_("Clock of the drill"), facts=_facts(view, now))]
    if view.may(Permission.SOP_DRAFT):
        sections.append(Section(_("Move the clock forward"), form=_clock_form(view, now, clock)))
        sections.append(Section(_("Bring a draft in"), form=_intake_form(view, values or {}, definition)))
    if view.may(Permission.SOP_READ):
        drilled = await drill_record.drilled(view.platform, actor=view.person)
        sections.insert(1, Section(_("Records of drills"), table=_records(view, drilled)))
    intro = _(
        "Here people practise and procedures are tried."
        " Everybody is invented, nothing touches real stock, and time goes as fast as you like."
    )
    return RecordPage(_("Drill"), "", sections, subtitle=intro)


def _records(view: View, drilled: list[DrilledVersion]) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(
                    view.words.pick({"zh": one.title_zh, "en": one.title_en}), sub=_("v%(n)s", n=one.version)
                ),
                Cell(one.runs, "quantity"),
                Cell(one.ended, "quantity"),
                Cell(_("Download"), href=f"/drill/record/{one.sop}/{one.version}"),
            ]
        )
        for one in drilled
    ]
    columns = [
        Column(_("Procedure")),
        Column(_("Runs"), numeric=True),
        Column(_("Come to an end"), numeric=True),
        Column(_("Drill record (JSON)")),
    ]
    empty = Empty(_("Nothing was drilled yet"), _("Bring a draft in and play it to its end."))
    return Table("drilled", _("Records of drills"), columns, rows, empty)


def _facts(view: View, now: DrillClock) -> list[Fact]:
    _, n_ = view.words.gettext, view.words.ngettext
    days, rest = divmod(int(now.ahead / timedelta(seconds=1)), DAY)
    ahead = " ".join(
        filter(None, (n_("%(n)s day", "%(n)s days", days) if days else "", _("%(n)s h", n=rest // HOUR)))
    )
    due = Cell(now.next_due, "instant") if now.next_due else Cell(_("no open task has one"))
    return [
        Fact(_("Now"), Cell(now.now, "instant")),
        Fact(_("Ahead of the real time"), Cell(ahead)),
        Fact(_("Next deadline"), due),
    ]


def _clock_form(view: View, now: DrillClock, problems: Problems) -> Form:
    _, n_ = view.words.gettext, view.words.ngettext
    steps = [
        Option(str(HOUR), _("%(n)s h", n=1)),
        *(Option(str(n * DAY), n_("%(n)s day", "%(n)s days", n)) for n in (1, 7)),
        Option(str(30 * DAY), n_("%(n)s day", "%(n)s days", 30)),
    ]
    if now.next_due:
        steps.insert(0, Option(TO_DEADLINE, _("beyond the next deadline")))
    field = Field("step", _("By how much"), "choice", options=steps, required=True)
    return form("/drill/clock", _("Move the clock"), [field], {}, problems)


def _intake_form(view: View, values: Mapping[str, Any], problems: Problems) -> Form:
    _ = view.words.gettext
    fields = [
        Field(
            "file",
            _("File for the drill"),
            "file",
            accept=".yaml,.yml,application/yaml",
            help=_("Downloaded from the page “Drills” of the version; it brings the decision tables along."),
        ),
        Field("source", _("Or the definition as text (YAML)"), "textarea"),
    ]
    hint = _(
        "Invented people approve it and put it in force here, at all sites. Your own house is not touched."
    )
    return form(
        "/drill/definition",
        _("Put in force in the drill"),
        fields,
        values,
        problems,
        hint=hint,
        multipart=True,
    )

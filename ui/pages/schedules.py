"""UI pages: schedules - what starts when and what came of it; added, paused and resumed with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from domain.schedules import ScheduleIn
from domain.sop_definition import SopDefinition
from services import schedules
from services.permissions import Permission
from services.schedules import ScheduleView
from ui import formats
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Fact, Field, Form, Row, Section, Table
from ui.contexts.records import FormPage, ListPage, RecordPage
from ui.pages.filling import NONE, Problems, form, number, several, tried
from ui.pages.listing import identity, site_options, to_options
from ui.pages.run_start import definition_in_force, input_field, input_value, procedures_in_force
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Administrator = Annotated[View, page_permission(Permission.ADMIN_SCHEDULES)]
PLACE = "/admin/schedules"
Verb = Literal["pause", "resume"]
INPUT = "input."
WEEKDAYS = (
    *(mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday")),
    *(mark("Friday"), mark("Saturday"), mark("Sunday")),
)


@router.get(PLACE)
async def list_schedules(view: Administrator) -> Response:
    """All schedules with their next times and what they started last."""
    _ = view.words.gettext
    found = await schedules.list_schedules(view.platform, actor=view.person)
    labels = [_("Schedule"), _("When"), _("Next times"), _("State"), _("Last run")]
    table = Table(
        "schedules",
        _("Schedules"),
        [Column(label) for label in labels],
        [_row(view, one) for one in found],
        Empty(
            _("No schedules"),
            _("A schedule starts a procedure by itself."),
            f"{PLACE}/new",
            _("New schedule"),
        ),
    )
    return view.page(
        ListPage(
            _("Schedules"),
            _("Times are those of the site. What is missed is made up for within a day."),
            table,
            actions=[Action(_("New schedule"), f"{PLACE}/new", "plus")],
            back=Action(_("Administration"), "/admin"),
        )
    )


def _row(view: View, one: ScheduleView) -> Row:
    title = view.words.pick({"zh": one.row.title_zh, "en": one.row.title_en})
    last = one.firings[0] if one.firings else None
    return Row(
        [
            Cell(one.row.name, href=f"{PLACE}/{one.row.id}", sub=f"{title} · {one.row.site}"),
            Cell(view.words.pick(one.calendar.in_words())),
            Cell(_next(view, one), "lines"),
            Cell(_state(view, one), "chip"),
            Cell(
                codes.chip(codes.FIRINGS, last.state, view.words) if last else "–",
                "chip" if last else "text",
                f"/runs/{last.run_id}" if last and last.run_state else "",
                formats.instant(last.due_at, one.row.time_zone) if last else "",
            ),
        ],
        "neutral" if one.row.active else "warn",
    )


def _state(view: View, one: ScheduleView) -> Chip:
    _ = view.words.gettext
    return Chip(_("Active"), "play", "good") if one.row.active else Chip(_("Paused"), "pause", "warn")


def _next(view: View, one: ScheduleView) -> list[str]:
    """The next times in the site's own time, or why there are none."""
    if not one.row.active:
        return ["–"]
    if one.next_at is None:
        return [view.words.gettext("Not known at the moment")]
    return [formats.instant(at, one.row.time_zone) for at in one.next_at] or ["–"]


@router.get(f"{PLACE}/new")
async def new_schedule(view: Administrator) -> Response:
    """Which procedure, then when and with which inputs."""
    key = view.query("sop")
    return view.page(await _new_page(view, key, {}) if key else await _choose(view))


@router.post(f"{PLACE}/choose")
async def choose(view: Administrator) -> Response:
    """On to the chosen procedure."""
    key = (await view.fields()).get("sop", "")
    return view.go(f"{PLACE}/new?sop={key}" if key.isidentifier() else f"{PLACE}/new")


async def _choose(view: View) -> FormPage:
    _ = view.words.gettext
    options = to_options(await procedures_in_force(view))
    fields = [Field("sop", _("Procedure"), "choice", required=True, options=options)]
    made = form(f"{PLACE}/choose", _("Next"), fields, cancel_href=PLACE)
    intro = _("Only procedures in force can be started.")
    return FormPage(_("New schedule"), made, intro=intro, back=Action(_("Schedules"), PLACE))


async def _new_page(view: View, key: str, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    definition = await definition_in_force(view, key)
    weekdays = to_options((str(n), _(day)) for n, day in enumerate(WEEKDAYS, 1))
    fields = [
        Field("name", _("Name"), required=True, max_length=200, value=view.words.pick(definition.title)),
        Field("site", _("Site"), "choice", required=True, options=to_options(await site_options(view))),
        *await _input_fields(view, definition),
        Field("times", _("Times"), required=True, value="02:00", help=_("Such as 02:00, or 08:00, 20:00.")),
        Field("weekdays", _("On these days only"), "checks", [], options=weekdays),
        Field("days", _("Or on these days of the month"), help=_("Such as 1, 15; 1 to 28.")),
        Field("reason", _("Reason"), "textarea", required=True, max_length=500),
        Field("sop", "", "hidden", key),
        Field("id", "", "hidden", str(uuid4())),
    ]
    shown = form(f"{PLACE}/new", _("Create"), fields, values, _by_input(problems), cancel_href=PLACE)
    title = _("Schedule: %(title)s", title=view.words.pick(definition.title))
    return FormPage(title, shown, _("New schedule"), back=Action(_("Schedules"), PLACE))


async def _input_fields(view: View, definition: SopDefinition) -> list[Field]:
    """The inputs of the procedure; the site that stands above is not asked for again."""
    return [
        _renamed(await input_field(view, name, one))
        for name, one in definition.inputs.items()
        if one.type != "site"
    ]


def _renamed(field: Field) -> Field:
    return replace(field, name=f"{INPUT}{field.name}")


def _by_input(problems: Problems) -> Problems:
    """What is wrong with an input stands beside its field."""
    told = {
        path.replace("inputs.", INPUT, 1).replace("calendar.", "", 1): said
        for path, said in problems.by_field.items()
    }
    return Problems(told, problems.whole, problems.status)


@router.post(f"{PLACE}/new")
async def create(view: Administrator) -> Response:
    """Makes the schedule."""
    fields: dict[str, Any] = {**await view.fields(), "weekdays": await several(view, "weekdays")}
    made = await tried(view, _create(view, fields))
    if isinstance(made, Problems):
        return view.page(await _new_page(view, fields.get("sop", ""), fields, made), made.status)
    return view.go(f"{PLACE}/{made.row.id}", view.words.gettext("The schedule is made."))


async def _create(view: View, fields: Mapping[str, Any]) -> ScheduleView:
    definition = await definition_in_force(view, fields.get("sop", ""))
    given = {
        name: fields.get("site") if one.type == "site" else input_value(one, fields[f"{INPUT}{name}"])
        for name, one in definition.inputs.items()
        if one.type == "site" or fields.get(f"{INPUT}{name}")
    }
    body = ScheduleIn.model_validate(
        {
            "name": fields.get("name", ""),
            "sop": definition.sop,
            "site": fields.get("site", ""),
            "inputs": given,
            "calendar": {
                "times": _parts(fields.get("times", "")),
                "weekdays": [number(day) for day in fields["weekdays"]],
                "days": [number(day) for day in _parts(fields.get("days", ""))],
            },
            "reason": fields.get("reason", ""),
        }
    )
    return await schedules.create(
        view.platform,
        body,
        actor=view.person,
        schedule_id=identity(fields.get("id", "")),
        request_id=view.request_id,
    )


def _parts(text: str) -> list[str]:
    """What stands between commas and blanks, of either script."""
    return text.replace("，", " ").replace("、", " ").replace(",", " ").replace("：", ":").split()


@router.get(f"{PLACE}/{{schedule}}")
async def show(schedule: str, view: Administrator) -> Response:
    """A schedule in full."""
    found = await schedules.get(view.platform, identity(schedule), actor=view.person)
    return view.page(_record(view, found))


@router.post(f"{PLACE}/{{schedule}}/{{verb}}")
async def switch(schedule: str, verb: Verb, view: Administrator) -> Response:
    """Pauses or resumes."""
    id_, reason = identity(schedule), (await view.fields()).get("reason", "")
    done = await tried(view, _switch(view, id_, verb, reason))
    if isinstance(done, Problems):
        found = await schedules.get(view.platform, id_, actor=view.person)
        return view.page(_record(view, found, ({"reason": reason}, done)), done.status)
    _ = view.words.gettext
    said = _("The schedule is active again.") if done.row.active else _("The schedule is paused.")
    return view.go(f"{PLACE}/{id_}", said)


async def _switch(view: View, id_: UUID, verb: Verb, reason: str) -> ScheduleView:
    do = schedules.pause if verb == "pause" else schedules.resume
    return await do(view.platform, id_, reason=reason, actor=view.person, request_id=view.request_id)


def _record(
    view: View, one: ScheduleView, attempt: tuple[Mapping[str, Any], Problems] | None = None
) -> RecordPage:
    _ = view.words.gettext
    row = one.row
    facts = [
        Fact(
            _("Procedure"),
            Cell(view.words.pick({"zh": row.title_zh, "en": row.title_en}), href=f"/sops/{row.sop}"),
        ),
        Fact(_("Site"), Cell(row.site, href=f"/admin/sites/{row.site}", sub=row.time_zone)),
        Fact(_("When"), Cell(view.words.pick(one.calendar.in_words()))),
        Fact(_("Next times"), Cell(_next(view, one), "lines")),
        Fact(_("Inputs"), Cell([f"{name}: {value}" for name, value in row.inputs.items()] or ["–"], "lines")),
        Fact(_("Made by"), Cell(row.made_by, sub=formats.instant(row.created_at, row.time_zone))),
        Fact(_("Last change"), Cell(row.changed_by, sub=formats.instant(row.changed_at, row.time_zone))),
        Fact(_("Reason"), Cell(row.reason)),
    ]
    sections = [
        Section(_("Record"), facts=facts),
        Section(_("Last runs"), table=_firings(view, one)),
        Section(
            _("Pause") if row.active else _("Resume"),
            form=_switch_form(view, one, attempt),
            folded=attempt is None,
        ),
    ]
    return RecordPage(
        row.name, row.site, sections, chips=[_state(view, one)], back=Action(_("Schedules"), PLACE)
    )


def _firings(view: View, one: ScheduleView) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(
                    formats.instant(f.due_at, one.row.time_zone),
                    href=f"/runs/{f.run_id}" if f.run_state else "",
                ),
                Cell(codes.chip(codes.FIRINGS, f.state, view.words), "chip"),
                Cell(
                    codes.chip(codes.RUN_STATES, f.run_state, view.words)
                    if f.run_state
                    else view.words.pick({"zh": f.message_zh, "en": f.message_en}) or "–",
                    "chip" if f.run_state else "text",
                ),
            ]
        )
        for f in one.firings
    ]
    columns = [Column(label) for label in (_("Due"), _("What came of it"), _("Run"))]
    return Table("firings", _("Last runs"), columns, rows, Empty(_("It has not come due yet.")))


def _switch_form(view: View, one: ScheduleView, attempt: tuple[Mapping[str, Any], Problems] | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    fields = [Field("reason", _("Reason"), "textarea", required=True, max_length=500)]
    verb, label = ("pause", _("Pause")) if one.row.active else ("resume", _("Resume"))
    hint = (
        _("Nothing is started until it is resumed.")
        if one.row.active
        else _("It starts again at its next time; what was missed is not made up for.")
    )
    return form(f"{PLACE}/{one.row.id}/{verb}", label, fields, values, problems, hint=hint)

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
from ui.contexts.parts import Action, Cell, Column, Empty, Field, Row, Table
from ui.contexts.records import FormPage, ListPage
from ui.pages.filling import NONE, Problems, form, number, several, tried
from ui.pages.listing import identity, site_options, to_options
from ui.pages.reasons import reason_field
from ui.pages.run_start import definition_in_force, input_field, input_value, procedures_in_force
from ui.pages.schedule_record import PLACE, next_times, record, site_in_words, state_chip
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Administrator = Annotated[View, page_permission(Permission.ADMIN_SCHEDULES)]
Reader = Annotated[View, page_permission(Permission.ADMIN_SCHEDULES, Permission.AUDIT_READ)]
Verb = Literal["pause", "resume"]
INPUT = "input."
WEEKDAYS = (
    *(mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday")),
    *(mark("Friday"), mark("Saturday"), mark("Sunday")),
)


@router.get(PLACE)
async def list_schedules(view: Reader) -> Response:
    """All schedules with their next times and what they started last."""
    _ = view.words.gettext
    found, mine = (
        await schedules.list_schedules(view.platform, actor=view.person),
        view.may(Permission.ADMIN_SCHEDULES),
    )
    labels = [_("Schedule"), _("When"), _("Next times"), _("State"), _("Last run")]
    table = Table(
        "schedules",
        _("Schedules"),
        [Column(label) for label in labels],
        [_row(view, one) for one in found],
        Empty(
            _("No schedules"),
            _("A schedule starts a procedure by itself."),
            f"{PLACE}/new" if mine else "",
            _("New schedule"),
        ),
    )
    return view.page(
        ListPage(
            _("Schedules"),
            _("Times are those of the site. What is missed is made up for within a day."),
            table,
            actions=[Action(_("New schedule"), f"{PLACE}/new", "plus")] if mine else [],
            back=Action(_("Administration"), "/admin"),
        )
    )


def _row(view: View, one: ScheduleView) -> Row:
    title = view.words.pick({"zh": one.row.title_zh, "en": one.row.title_en})
    last = one.firings[0] if one.firings else None
    return Row(
        [
            Cell(one.row.name, href=f"{PLACE}/{one.row.id}", sub=f"{title} · {site_in_words(view, one)}"),
            Cell(view.words.pick(one.calendar.in_words())),
            Cell(next_times(view, one), "lines"),
            Cell(state_chip(view, one), "chip"),
            Cell(
                codes.chip(codes.FIRINGS, last.state, view.words) if last else "–",
                "chip" if last else "text",
                f"/runs/{last.run_id}" if last and last.run_state else "",
                formats.instant(last.due_at, one.row.time_zone) if last else "",
            ),
        ],
        "neutral" if one.row.active else "warn",
    )


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
        reason_field(view),
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
async def show(schedule: str, view: Reader) -> Response:
    """A schedule in full."""
    found = await schedules.get(view.platform, identity(schedule), actor=view.person)
    return view.page(record(view, found))


@router.post(f"{PLACE}/{{schedule}}/{{verb}}")
async def switch(schedule: str, verb: Verb, view: Administrator) -> Response:
    """Pauses or resumes."""
    id_, reason = identity(schedule), (await view.fields()).get("reason", "")
    done = await tried(view, _switch(view, id_, verb, reason))
    if isinstance(done, Problems):
        found = await schedules.get(view.platform, id_, actor=view.person)
        return view.page(record(view, found, ({"reason": reason}, done)), done.status)
    _ = view.words.gettext
    said = _("The schedule is active again.") if done.row.active else _("The schedule is paused.")
    return view.go(f"{PLACE}/{id_}", said)


async def _switch(view: View, id_: UUID, verb: Verb, reason: str) -> ScheduleView:
    do = schedules.pause if verb == "pause" else schedules.resume
    return await do(view.platform, id_, reason=reason, actor=view.person, request_id=view.request_id)

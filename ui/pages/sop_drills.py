"""UI pages: the drills of a version - taken along into the drill, its records taken over as evidence (D6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.drill_record import DrilledRun, DrillRecord
from domain.errors import Refusal
from domain.sop_definition import end_title
from domain.sop_package import joined
from domain.sop_yaml import to_yaml
from services import drill_evidence, sop_catalogue
from services.drill_evidence import Evidence
from services.permissions import Permission
from services.signatures import SignatureGiven
from ui.answers import PageRoute, status_of
from ui.contexts.parts import (
    Action,
    Cell,
    Chip,
    Column,
    Empty,
    Field,
    Form,
    Group,
    Option,
    Row,
    Section,
    Table,
)
from ui.contexts.records import RecordPage
from ui.formats import instant
from ui.pages.filling import NONE, Problems, filled, problems_of, several
from ui.pages.sop_placing import version_named
from ui.session import page_permission
from ui.view import View
from ui.words import RUN_STATES, outcome_words, word

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
DRILLS = "/sops/{key}/versions/{ref}/drills"
IN_FIELD = {"wrong_password": "password", "locked_out": "password", "drilled_another_text": "record"}


@router.get("/sops/{key}/versions/{ref}/drill.yaml")
async def take_along(key: str, ref: str, view: Reader) -> Response:
    """What the drill takes in: the definition, and the decision tables that it decides by."""
    found = await sop_catalogue.get_version(view.platform, key, version_named(ref), actor=view.person)
    named = {step.decide.table for step in found.written.walk() if step.decide and step.decide.table}
    tables = [to_yaml(table) for name, table in sorted(found.tables.items()) if name in named]
    headers = {"Content-Disposition": f'attachment; filename="{key}-drill.yaml"'}
    return Response(
        joined(found.source, tables), media_type="application/yaml; charset=utf-8", headers=headers
    )


@router.get(DRILLS)
async def show(key: str, ref: str, view: Reader) -> Response:
    """The records that were taken over, and how one comes here."""
    return view.page(await _page(view, key, ref))


@router.post(DRILLS)
async def take_over(key: str, ref: str, view: Drafter) -> Response:
    """Keeps the record of a drill, signed."""
    files = await view.files("record")
    persons = await several(view, "persons")
    password = str((await view.posted()).get("password", ""))
    found = await sop_catalogue.get_version(view.platform, key, version_named(ref), actor=view.person)
    try:
        if not files:
            told = Problems({"record": view.words.gettext("Choose a file.")})
            return view.page(await _page(view, key, ref, {"persons": persons}, told), told.status)
        await drill_evidence.take_over(
            view.platform,
            found.row.id,
            await files[0].read(),
            persons,
            signature=SignatureGiven(password),
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        where = IN_FIELD.get(refusal.code)
        told = Problems({where: refusal.message(view.language)}) if where else problems_of(view, refusal)
        if where == "password":  # no browser gives a file back to a page
            told = Problems({**told.by_field, "record": view.words.gettext("Choose the file again.")})
        return view.page(await _page(view, key, ref, {"persons": persons}, told), status_of(refusal))
    return view.go(
        f"/sops/{key}/versions/{ref}/drills", view.words.gettext("The drill record is kept here, signed.")
    )


async def _page(
    view: View, key: str, ref: str, values: Mapping[str, Any] | None = None, problems: Problems = NONE
) -> RecordPage:
    _ = view.words.gettext
    found = await sop_catalogue.get_version(view.platform, key, version_named(ref), actor=view.person)
    here = f"/sops/{key}/versions/{ref}"
    kept = await drill_evidence.of_version(view.platform, found.row.id, actor=view.person)
    sections = [Section(_("Records of drills"), table=_table(view, kept))]
    if view.may(Permission.SOP_DRAFT):
        people = await drill_evidence.could_take_part(view.platform, found.written, actor=view.person)
        made = _form(view, f"{here}/drills", people, values or {}, problems)
        sections.append(Section(_("Take a drill record over"), form=made))
    intro = _(
        "Take the file for the drill along, play it there with invented people,"
        " and bring the record back: it shows that the version was tried, and who practised it."
    )
    return RecordPage(
        view.words.pick(found.written.title),
        _("v%(n)s", n=found.row.version) if found.row.version else _("Draft"),
        sections,
        subtitle=intro,
        actions=[Action(_("File for the drill"), f"{here}/drill.yaml", "document")],
        back=Action(_("Version"), here),
    )


def _form(
    view: View, action: str, people: list[tuple[str, str]], values: Mapping[str, Any], problems: Problems
) -> Form:
    _ = view.words.gettext
    fields = [
        Field(
            "record",
            _("Drill record (JSON)"),
            "file",
            required=True,
            accept=".json,application/json",
            help=_("Downloaded from the page “Drill” of the drill."),
        ),
        Field(
            "persons",
            _("Who of us took part"),
            "checks",
            options=[Option(username, f"{name} ({username})") for username, name in people],
            help=_("Their training record names the drill once they have read and signed the version."),
        ),
    ]
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    groups = [
        Group(filled(fields, values, problems)),
        Group(filled([password], {}, problems), _("Meaning: drill record checked")),
    ]
    return Form(
        action, _("I have checked the record, and sign"), groups, problem=problems.whole, multipart=True
    )


def _table(view: View, kept: list[Evidence]) -> Table:
    _ = view.words.gettext
    labels = [
        _("Taken over"),
        _("Runs, ended of all"),
        _("How they ended"),
        _("Who took part"),
        _("Of this text"),
        "SHA-256",
    ]
    empty = Empty(_("No drill on record"), _("Without one, nothing shows that the version was tried."))
    return Table(
        "drills",
        _("Records of drills"),
        [Column(label) for label in labels],
        [_row(view, one) for one in kept],
        empty,
    )


def _row(view: View, one: Evidence) -> Row:
    _ = view.words.gettext
    stands = Chip(_("yes"), "check", "good") if one.stands else Chip(_("changed since"), "alert", "warn")
    return Row(
        [
            Cell(
                instant(one.row.recorded_at, view.zone),
                href=f"/drill-records/{one.row.id}",
                sub=one.row.actor,
            ),
            Cell(f"{len(one.record.ended)} / {len(one.record.runs)}", sub=ahead_in_words(view, one.record)),
            Cell(ends_in_words(view, one), "lines"),
            Cell(list(one.row.persons) or [_("nobody named")], "lines"),
            Cell(stands, "chip"),
            Cell(one.row.record_sha256, "hash"),
        ],
        "neutral" if one.stands else "warn",
    )


def end_in_words(view: View, one: Evidence, run: DrilledRun) -> str:
    """How a run ended, as the version names that end; '' while it goes on."""
    title = end_title(one.definition, run.outcome) if run.outcome else None
    return outcome_words(run.outcome, title, view.words)


def ends_in_words(view: View, one: Evidence) -> list[str]:
    """Each end with how many runs came to it; for those that were stopped, their state."""
    found = [
        end_in_words(view, one, run) or word(RUN_STATES, run.state, view.words) for run in one.record.ended
    ]
    return [f"{end} × {found.count(end)}" for end in dict.fromkeys(found)]


def ahead_in_words(view: View, record: DrillRecord) -> str:
    """How far the clock of the drill was ahead when the record was made; '' for not by a day."""
    days = timedelta(seconds=record.ahead_seconds).days
    return view.words.ngettext("clock %(n)s day ahead", "clock %(n)s days ahead", days) if days else ""

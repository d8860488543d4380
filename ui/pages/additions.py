"""UI pages: what stands beside a work list - found, counted, added, one field after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from services import additions
from services.additions import AddedLine
from ui import goods_words
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Cell, Column, Empty, Field, Row, Section, Table
from ui.contexts.records import RecordPage
from ui.definition_forms import answer_facts, field_views, posted_data
from ui.pages.filling import NONE, Problems, form, problems_of
from ui.pages.posted import epoch_of
from ui.pages.task_context import TaskReading
from ui.pages.tasks import Reader, Worker, read_task
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/tasks/{task}/additions")
async def show_additions(task: str, view: Reader) -> Response:
    """What was found beside the list, and the form for more."""
    reading = await read_task(view, task)
    return reading.view.page(await _page(reading, {}, {}))


@router.post("/tasks/{task}/additions")
async def add(task: str, view: Worker) -> Response:
    """Adds a line; while place, goods or answer are missing it asks for the next of them."""
    reading = await read_task(view, task)
    fields = await view.fields()
    data = posted_data(reading.line_form, await view.posted())
    missing = not fields.get("location") or not fields.get("goods") or not _answered(reading, data)
    if missing:
        return reading.view.page(await _page(reading, fields, data))
    try:
        made = await additions.add(
            view.platform,
            reading.found.task.id,
            added_id=_id(fields.get("added_id")),
            location=fields["location"],
            goods=fields["goods"],
            data=data,
            epoch=epoch_of(fields.get("epoch")),
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        page = await _page(reading, fields, data, problems_of(view, refusal))
        return reading.view.page(page, status_of(refusal))
    said = view.words.gettext("Line %(n)s is recorded.", n=made.line)
    return view.go(f"{reading.address}/additions", said)


def _answered(reading: TaskReading, data: Mapping[str, Any]) -> bool:
    """Whether every field that the list requires is filled in."""
    return all(name in data for name in reading.found.required)


async def _page(
    reading: TaskReading, given: Mapping[str, str], data: Mapping[str, Any], problems: Problems = NONE
) -> RecordPage:
    view = reading.view
    _, pick = view.words.gettext, view.words.pick
    found = await additions.added(view.platform, reading.found.task.id, actor=view.person)
    task = reading.found.task
    sections = [Section(_("Found beside the sheet"), table=_table(reading, found))]
    if reading.may_work and not reading.awaiting:
        shown = form(
            f"{reading.address}/additions",
            _("Next") if not given.get("goods") else _("Record"),
            _fields(reading, given, data),
            {name: given[name] for name in ("location", "goods") if given.get(name)},
            problems,
            cancel_href=f"{reading.address}/scan",
        )
        sections.insert(0, Section(_("Add what is not on the sheet"), form=shown))
    return RecordPage(
        title=_("Not on the sheet"),
        eyebrow=" · ".join(
            (
                pick({"zh": task.title_zh, "en": task.title_en}),
                pick({"zh": task.object, "en": task.object_en}),
            )
        ),
        sections=sections,
        back=Action(_("To the list"), f"{reading.address}/scan"),
    )


def _fields(reading: TaskReading, given: Mapping[str, str], data: Mapping[str, Any]) -> list[Field]:
    """Place, then goods, then what was counted; the first that is missing has the focus."""
    _ = reading.view.words.gettext
    place, goods = bool(given.get("location")), bool(given.get("goods"))
    hidden = [
        Field("epoch", "", "hidden", reading.found.task.epoch),
        Field("added_id", "", "hidden", given.get("added_id") or str(uuid4())),
    ]
    fields = [Field("location", _("Place (scan its code)"), required=True, autofocus=not place)]
    if place:
        help_ = _("Scan the pack, or write material:batch")
        fields.append(Field("goods", _("Goods"), required=True, autofocus=not goods, help=help_))
    if place and goods:
        asked = field_views(
            reading.line_form, data, reading.view.words, required=reading.found.required, errors={}
        )
        fields += [replace(asked[0], autofocus=True), *asked[1:]]
    return [*hidden, *fields]


def _table(reading: TaskReading, found: list[AddedLine]) -> Table:
    _ = reading.view.words.gettext
    labels = [_("Line"), _("Material"), _("Batch"), _("Place"), _("Found"), _("Who")]
    empty = Empty(_("Nothing was found beside the sheet"))
    rows = [_row(reading.view, reading, one) for one in found]
    return Table("additions", _("Found beside the sheet"), [Column(label) for label in labels], rows, empty)


def _row(view: View, reading: TaskReading, one: AddedLine) -> Row:
    facts = answer_facts(reading.line_form, one.answer, view.words, reading.uploads)
    said = [f"{fact.label} {fact.cell.value}" for fact in facts]
    status = codes.word(goods_words.STOCK_STATUSES, one.data.get("status"), view.words)
    return Row(
        [
            Cell(one.line),
            Cell(one.data.get("material_name"), sub=str(one.data.get("material", ""))),
            Cell(one.data.get("batch_number"), "code"),
            Cell(one.data.get("location"), "code", sub=status),
            Cell(said, "lines"),
            Cell(one.added_by),
        ]
    )


def _id(text: str | None) -> UUID:
    """The page's id of the addition; one that is none gets a fresh id."""
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()

"""UI pages: what people do with a task besides answering it - asked in a dialog, done, told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args

from fastapi import APIRouter
from starlette.responses import Response

from contracts.commands import TaskCommandKind
from domain.errors import NotFound, Refusal
from services import task_choices, task_commands
from services.task_commands import Wanted
from services.tasks import Pending
from ui import formats
from ui.answers import PageRoute
from ui.pages.filling import problems_of
from ui.pages.posted import epoch_of, submission_id_of
from ui.pages.task_command_forms import NAMED, PERSON, POST, SAID, dialog
from ui.pages.task_context import Entered, TaskReading
from ui.pages.tasks import Reader, pending, read_task

router = APIRouter(route_class=PageRoute, include_in_schema=False)
CHOOSING = ("delegate", "hand_over", "add_signer")


@router.get("/tasks/{task}/commands/{kind}")
async def ask(task: str, kind: str, view: Reader) -> Response:
    """The dialog of a command, or the page with it open."""
    chosen = _kind(kind)
    reading = await read_task(view, task)
    found = dialog(reading.view, reading.found, chosen, await _choices(reading, chosen))
    if view.swaps:
        return view.page(found)
    return view.page(reading.page(Entered(command=found)))


@router.post("/tasks/{task}/commands/{kind}")
async def do(task: str, kind: str, view: Reader) -> Response:
    """Does it; a refusal is told in the dialog."""
    chosen = _kind(kind)
    reading = await read_task(view, task)
    fields = await view.fields()
    try:
        answer = await task_commands.command(
            view.platform,
            reading.found.task.id,
            _wanted(chosen, fields, reading.view.zone),
            actor=view.person,
            submission_id=submission_id_of(fields.get("submission_id")),
            request_id=view.request_id,
        )
    except Refusal as refusal:
        wrong = problems_of(view, refusal)
        wrong = replace(wrong, by_field={f"{NAMED}{name}": words for name, words in wrong.by_field.items()})
        choices = await _choices(reading, chosen)
        again = dialog(reading.view, reading.found, chosen, choices, fields, wrong)
        return view.page(reading.page(Entered(command=again)), wrong.status)
    if isinstance(answer, Pending):
        return pending(view, reading.address, answer.submission)
    stays = chosen in {"add_signer", "remind"} or (chosen == "withdraw" and answer.state == "claimed")
    return view.go(reading.address if stays else "/inbox", view.words.gettext(SAID[chosen].done))


def _kind(text: str) -> TaskCommandKind:
    kind: Any = text.replace("-", "_")
    if kind not in get_args(TaskCommandKind):
        raise NotFound(what=text[:80])
    found: TaskCommandKind = kind
    return found


async def _choices(reading: TaskReading, kind: str) -> task_choices.Candidates | None:
    if kind not in CHOOSING:
        return None
    return await task_choices.candidates(
        reading.view.platform, reading.found.task.id, actor=reading.view.person
    )


def _wanted(kind: TaskCommandKind, fields: Mapping[str, str], zone: str) -> Wanted:
    signer = fields.get(NAMED + "signer", "")
    person = signer.removeprefix(PERSON) if signer.startswith(PERSON) else fields.get(NAMED + "person")
    return Wanted(
        kind,
        epoch=epoch_of(fields.get("epoch")),
        reason=fields.get(NAMED + "reason"),
        person=person or None,
        post=signer.removeprefix(POST) if signer.startswith(POST) else None,
        order="before" if fields.get(NAMED + "order") == "before" else "after",
        until=_until(fields.get(NAMED + "until"), zone),
    )


def _until(text: str | None, zone: str) -> datetime | None:
    """An instant of the site's clock; what is none is refused as if it were missing."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=formats.zone_of(zone))
    except ValueError:
        return None

"""UI pages: a task - claimed, filled in, reviewed in a dialog, completed, signed, sent back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.forms import check_form
from services import attachments, change_control, document_notes, line_results, runs, tasks
from services.permissions import Permission
from services.signatures import SignatureGiven
from services.task_answers import hold_checks
from services.tasks import CommandAnswer, Pending
from ui import formats
from ui.answers import PageRoute, status_of
from ui.contexts.work import DraftState, PendingPage
from ui.definition_forms import posted_data
from ui.pages import reviewed_version, task_evidence
from ui.pages.filling import INVALID, Problems, problems_of
from ui.pages.listing import identity
from ui.pages.next_task import and_next
from ui.pages.posted import epoch_of, submission_id_of
from ui.pages.task_confirmation import confirm
from ui.pages.task_context import Entered, TaskReading
from ui.pages.task_parts import DONE, missing_words, send_back_form, uploads_of
from ui.session import page_permission
from ui.shape_problems import of_fields
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.TASK_WORK, Permission.TASK_READ)]
Worker = Annotated[View, page_permission(Permission.TASK_WORK)]
IN_DIALOG = {"wrong_password": "password", "locked_out": "password", "reason_required": "reason"}
"""Refusals that belong to a field of the dialog."""


async def read_task(view: View, task: str) -> TaskReading:
    """The task as this person meets it, its attachments by name, times in its site's zone."""
    found = await tasks.get(view.platform, identity(task, "任务 / task"), actor=view.person)
    files = []
    if view.may(Permission.ATTACHMENT_READ):
        files = await attachments.list_of_run(view.platform, found.task.run_id, actor=view.person)
    return TaskReading(view.in_zone(found.task.time_zone), found, uploads_of(files))


def shown(reading: TaskReading, entered: Entered, status: int) -> Response:
    """The page again with what is wrong: the form alone for HTMX."""
    if reading.view.swaps:
        headers = {"HX-Retarget": "#task-form", "HX-Reswap": "outerHTML"}
        return reading.view.page(reading.form_part(entered), status, headers)
    return reading.view.page(reading.page(entered), status)


@router.get("/tasks/{task}")
async def show_task(task: str, view: Reader) -> Response:
    """The page that answers: am I doing it right."""
    reading = await read_task(view, task)
    papers = await document_notes.of_run(view.platform, reading.found.task.run_id, actor=view.person)
    evidence = await task_evidence.sections(reading.view, reading.found)
    task_row = reading.found.task
    if about := await change_control.reviewed(
        view.platform, task_row.sop, task_row.run_id, actor=view.person
    ):
        evidence = [reviewed_version.section(reading.view, about), *evidence]
        reading = replace(reading, found=reviewed_version.without_codes(reading.found, about))
    return reading.view.page(replace(reading, papers=papers, evidence=evidence).page())


@router.get("/tasks/{task}/standing")
async def standing(task: str, view: Reader) -> Response:
    """For a page on which nothing can be entered: it is made anew when somebody has claimed or released."""
    try:
        now = await tasks.standing(view.platform, identity(task, "任务 / task"), actor=view.person)
    except Refusal:
        now = ""
    same = now == view.query("known")
    return Response(status_code=204, headers={} if same else {"HX-Refresh": "true"})


@router.post("/tasks/{task}/claim")
async def claim(task: str, view: Worker) -> Response:
    """Makes the task mine; who comes second is told who was first."""
    try:
        await tasks.claim(view.platform, identity(task), actor=view.person, request_id=view.request_id)
    except Refusal as refusal:
        return view.go(f"/tasks/{task}", refusal.message(view.language), "bad")
    return view.go(f"/tasks/{task}")


@router.post("/tasks/{task}/release")
async def release(task: str, view: Worker) -> Response:
    """Puts the task back for others."""
    try:
        await tasks.release(view.platform, identity(task), actor=view.person, request_id=view.request_id)
    except Refusal as refusal:
        return view.go(f"/tasks/{task}", refusal.message(view.language), "bad")
    return view.go("/inbox", view.words.gettext("The task is free for others."))


@router.post("/tasks/{task}/draft")
async def save_draft(task: str, view: Worker) -> Response:
    """Keeps what is filled in so far."""
    reading = await read_task(view, task)
    posted = await view.posted()
    data = posted_data(reading.form, posted)
    saved, problem = formats.instant(view.now, reading.view.zone, seconds=True), ""
    try:
        await tasks.save_draft(
            view.platform,
            reading.found.task.id,
            epoch=epoch_of(posted.get("epoch")),
            data=data,
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        saved, problem = "", refusal.message(view.language)
    return view.page(DraftState(saved, problem))


@router.post("/tasks/{task}/review")
async def review(task: str, view: Worker) -> Response:
    """The dialog before an outcome counts; what is wrong with the form is said first."""
    reading = await read_task(view, task)
    posted = await view.posted()
    form = reading.form
    data = posted_data(form, posted)
    outcome = str(posted.get("outcome", ""))
    clean, problems = (data, []) if reading.awaiting else _checked(reading, data)
    if problems:
        return shown(reading, Entered(data, Problems(of_fields(problems, view.words))), INVALID)
    try:
        _check_lines(reading)
        _check_across(reading, clean, outcome)
    except Refusal as refusal:
        return shown(reading, Entered(data, problems_of(view, refusal)), status_of(refusal))
    confirmation = await confirm(reading, outcome, reading.kept() if reading.awaiting else clean)
    if view.swaps:
        return view.page(confirmation)
    return view.page(reading.page(Entered(data, confirmation=confirmation)))


def _checked(reading: TaskReading, data: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    return check_form(reading.form, data, required=lambda name: name in reading.found.required)


def _check_lines(reading: TaskReading) -> None:
    """An unfinished work list is refused before anybody types a password for it."""
    totals = reading.found.totals
    if totals and not reading.awaiting:
        line_results.check_finished(reading.found.task.content["lines"], totals.done)


def _check_across(reading: TaskReading, clean: Mapping[str, Any], outcome: str) -> None:
    """What must hold across the fields is told before anybody types a password for it, as well."""
    if not reading.awaiting:
        hold_checks(reading.found.task.content, clean, outcome=outcome)


@router.post("/tasks/{task}/complete")
async def complete(task: str, view: Worker) -> Response:
    """Completes the task with an outcome, signed where the procedure asks for it."""
    reading = await read_task(view, task)
    posted = await view.posted()
    fields = await view.fields()
    data = posted_data(reading.form, posted)
    outcome = fields.get("outcome", DONE)
    password = fields.get("password", "")
    try:
        answer = await tasks.complete(
            view.platform,
            reading.found.task.id,
            outcome=outcome,
            data=data,
            epoch=epoch_of(fields.get("epoch")),
            actor=view.person,
            signature=_signature(reading, posted) if password else None,
            reason=fields.get("reason"),
            submission_id=submission_id_of(fields.get("submission_id")),
            request_id=view.request_id,
        )
    except Refusal as refusal:
        return await _refused(reading, outcome, data, refusal)
    return await _answered(reading, answer)


@router.post("/tasks/{task}/sign")
async def sign(task: str, view: Worker) -> Response:
    """The second or a later signature."""
    reading = await read_task(view, task)
    fields = await view.fields()
    posted = await view.posted()
    try:
        answer = await tasks.sign(
            view.platform,
            reading.found.task.id,
            epoch=epoch_of(fields.get("epoch")),
            signature=_signature(reading, posted),
            actor=view.person,
            submission_id=submission_id_of(fields.get("submission_id")),
            request_id=view.request_id,
        )
    except Refusal as refusal:
        return await _refused(reading, "sign", reading.kept(), refusal)
    return await _answered(reading, answer)


async def _refused(reading: TaskReading, outcome: str, data: Mapping[str, Any], refusal: Refusal) -> Response:
    """The page again: in the dialog when the dialog's field is wrong, next to the field, or at the top."""
    view, status = reading.view, status_of(refusal)
    message = refusal.message(view.language)
    place = IN_DIALOG.get(refusal.code)
    if place:
        again = await confirm(reading, outcome, data, {place: message})
        return shown(reading, Entered(data, confirmation=again), status)
    return shown(reading, Entered(data, problems_of(view, refusal)), status)


async def _answered(reading: TaskReading, answer: CommandAnswer | Pending) -> Response:
    view = reading.view
    _ = view.words.gettext
    if isinstance(answer, Pending):
        return pending(view, reading.address, answer.submission)
    title = view.words.pick({"zh": reading.found.task.title_zh, "en": reading.found.task.title_en})
    if answer.state == "awaiting_signature":
        posts = {one.post: view.words.pick(one.post_name) for one in reading.found.signatures}
        missing = missing_words(view, answer.missing_signatures, posts)
        return view.go(reading.address, _("Recorded. Still to be signed: %(what)s", what=missing))
    task = reading.found.task
    about = view.words.pick({"zh": task.object, "en": task.object_en})
    done = _("Done: %(title)s, %(object)s", title=title, object=about)
    return view.go("/inbox", await and_next(view, done, task.run_id))


def pending(view: View, address: str, submission: UUID) -> Response:
    """On its way: a page that goes on by itself when the verdict is there."""
    ask = f"{address}/submissions/{submission}"
    if view.swaps:
        return view.go(ask)
    context = PendingPage(view.words.gettext("On its way"), ask, "/inbox", str(submission))
    return view.page(context, 202, {"Retry-After": "2"})


@router.get("/tasks/{task}/submissions/{submission}")
async def verdict(task: str, submission: str, view: Reader) -> Response:
    """What became of a submission: on to the inbox, back to the task, or still on its way."""
    found = await tasks.submission(view.platform, identity(submission), actor=view.person)
    if found.accepted is None:
        return Response(status_code=204) if view.swaps else pending(view, f"/tasks/{task}", found.id)
    _ = view.words.gettext
    if found.accepted and found.state == "awaiting_signature":
        missing = missing_words(view, found.missing_signatures)
        return view.go(f"/tasks/{task}", _("Recorded. Still to be signed: %(what)s", what=missing))
    if found.accepted:
        return view.go("/inbox", await and_next(view, _("It is done and recorded."), found.run_id))
    return view.go(f"/tasks/{task}", found.message.get(view.language, ""), "bad")


@router.post("/tasks/{task}/send-back")
async def send_back(task: str, view: Worker) -> Response:
    """Sends the work back to an earlier step, with a reason."""
    reading = await read_task(view, task)
    fields = await view.fields()
    try:
        answer = await runs.command(
            view.platform,
            reading.found.task.run_id,
            "send_back",
            reason=fields.get("reason", ""),
            to=fields.get("to"),
            task_path=reading.found.task.path,
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        again = send_back_form(reading.view, reading.found, fields, refusal.message(view.language))
        return reading.view.page(reading.page(Entered(send_back=again)), status_of(refusal))
    if isinstance(answer, Pending):
        return pending(reading.view, reading.address, answer.submission)
    return view.go("/inbox", view.words.gettext("The work is sent back."))


def _signature(reading: TaskReading, posted: Mapping[str, Any]) -> SignatureGiven:
    """The signature as the dialog showed it: its meaning, and the digest where there was one."""
    shown = str(posted.get("shown_sha256", "")) or None
    return SignatureGiven(str(posted.get("password", "")), reading.meaning(), shown)

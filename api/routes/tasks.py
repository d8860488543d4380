"""Room `api`: the task inbox - listed, read, claimed, released, completed, signed."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.commands import RESPONSES, answered, submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.submissions import CommandOut, SubmissionOut
from api.schemas.tasks import (
    ClaimAnswerOut,
    ClaimAnswers,
    ClaimManyIn,
    CompleteIn,
    CountsOut,
    DraftIn,
    LineOut,
    SignIn,
    TaskDetail,
    TaskOut,
)
from services import tasks
from services.permissions import Permission
from services.platform import Actor
from services.task_view import TaskView

router = APIRouter(route_class=ApiRoute, tags=["tasks"])
Reader = Annotated[Actor, permission(Permission.TASK_READ, Permission.TASK_WORK)]
Submitter = Annotated[
    Actor,
    permission(
        Permission.TASK_READ,
        Permission.TASK_WORK,
        Permission.RUN_READ,
        Permission.RUN_SUSPEND,
        Permission.RUN_CANCEL,
        Permission.RUN_SEND_BACK,
    ),
]
"""Whoever may submit something may ask what became of it."""
Worker = Annotated[Actor, permission(Permission.TASK_WORK, person=True)]
Key = Annotated[UUID | None, Depends(submission_of)]
TaskState = Literal["open", "claimed", "awaiting_signature", "done", "withdrawn", "cancelled"]


@router.get("/tasks")
async def list_tasks(
    actor: Reader,
    platform: ThePlatform,
    assignee: Literal["me", "none"] | None = None,
    claimable: bool | None = None,  # noqa: FBT001 - a query parameter
    state: TaskState | None = None,
    site: Annotated[str | None, Query(max_length=64)] = None,
    run: UUID | None = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[TaskOut]:
    """Tasks of one's posts, overdue first; open ones unless a state is asked for."""
    found = await tasks.list_tasks(
        platform,
        actor=actor,
        assignee=assignee,
        claimable=claimable,
        state=state,
        site=site,
        run_id=run,
        text=text,
        after=after,
        limit=limit,
    )
    return page(TaskOut, found)


@router.get("/tasks/counts")
async def get_counts(actor: Reader, platform: ThePlatform) -> CountsOut:
    """How many tasks are mine, claimable, overdue; how many notices unread."""
    return CountsOut.model_validate(await tasks.counts(platform, actor=actor))


@router.get("/tasks/{task_id}")
async def get_task(task_id: UUID, actor: Reader, platform: ThePlatform) -> TaskDetail:
    """A task in full: what to do, the form, the outcomes, who signed, what is allowed now."""
    return detail(await tasks.get(platform, task_id, actor=actor))


@router.post("/tasks/claim")
async def claim_many(
    body: ClaimManyIn, actor: Worker, platform: ThePlatform, request_id: RequestId
) -> ClaimAnswers:
    """Claim several tasks: an answer for each."""
    found = await tasks.claim_many(platform, body.ids, actor=actor, request_id=request_id)
    return ClaimAnswers(items=[ClaimAnswerOut.model_validate(one) for one in found])


@router.post("/tasks/{task_id}/claim", status_code=204)
async def claim(task_id: UUID, actor: Worker, platform: ThePlatform, request_id: RequestId) -> None:
    """Claim a task; who loses is told who won (409)."""
    await tasks.claim(platform, task_id, actor=actor, request_id=request_id)


@router.post("/tasks/{task_id}/release", status_code=204)
async def release(task_id: UUID, actor: Worker, platform: ThePlatform, request_id: RequestId) -> None:
    """Put a claimed task back."""
    await tasks.release(platform, task_id, actor=actor, request_id=request_id)


@router.put("/tasks/{task_id}/draft", status_code=204)
async def save_draft(
    task_id: UUID, body: DraftIn, actor: Worker, platform: ThePlatform, request_id: RequestId
) -> None:
    """Keep what is filled in so far."""
    await tasks.save_draft(
        platform, task_id, epoch=body.epoch, data=body.data, actor=actor, request_id=request_id
    )


@router.post("/tasks/{task_id}/complete", response_model=CommandOut, responses=RESPONSES)
async def complete(
    task_id: UUID, body: CompleteIn, actor: Worker, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Complete a task with an outcome."""
    found = await tasks.complete(
        platform,
        task_id,
        outcome=body.outcome,
        data=body.data,
        epoch=body.epoch,
        signature=body.signature.given() if body.signature else None,
        reason=body.reason,
        actor=actor,
        submission_id=key,
        request_id=request_id,
    )
    return answered(found)


@router.post("/tasks/{task_id}/sign", response_model=CommandOut, responses=RESPONSES)
async def sign(
    task_id: UUID, body: SignIn, actor: Worker, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Give a second or later signature over the same content."""
    found = await tasks.sign(
        platform,
        task_id,
        epoch=body.epoch,
        signature=body.signature.given(),
        actor=actor,
        submission_id=key,
        request_id=request_id,
    )
    return answered(found)


@router.get("/submissions/{submission_id}")
async def get_submission(submission_id: UUID, actor: Submitter, platform: ThePlatform) -> SubmissionOut:
    """The verdict of a submission, also without its key."""
    return SubmissionOut.model_validate(await tasks.submission(platform, submission_id, actor=actor))


def detail(view: TaskView) -> TaskDetail:
    """A task in full."""
    fields: dict[str, Any] = {
        name: getattr(view.task, name)
        for name in TaskDetail.model_fields
        if hasattr(view.task, name) and name not in _OF_VIEW
    }
    of_view = {name: getattr(view, name) for name in _OF_VIEW}
    following = str(view.lines_next) if view.lines_next is not None else None
    lines = Page[LineOut](items=[LineOut.model_validate(line) for line in view.lines], next=following)
    has_lines = view.totals is not None
    return TaskDetail.model_validate({**fields, **of_view, "lines": lines if has_lines else None})


_OF_VIEW = (
    *("instruction", "data", "form", "form_schema", "required", "outcomes", "line_form", "line_form_schema"),
    *("line_outcomes", "scan", "totals", "signatures", "send_back", "draft", "history", "may"),
)

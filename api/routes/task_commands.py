"""Room `api`: what people do with a task besides answering it, each a submission, answered as one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from api.commands import RESPONSES, answered, submission_of
from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.submissions import CommandOut
from api.schemas.task_commands import (
    AddSignerIn,
    CandidateOut,
    CandidatesOut,
    DelegateIn,
    HandOverIn,
    PostChoiceOut,
    RemindIn,
    WithReasonIn,
)
from services import task_choices, task_commands
from services.permissions import Permission
from services.platform import Actor
from services.task_commands import Wanted

router = APIRouter(route_class=ApiRoute, tags=["tasks"])
Worker = Annotated[Actor, permission(Permission.TASK_WORK, person=True)]
Chooser = Annotated[Actor, permission(Permission.TASK_WORK)]
Reminder = Annotated[Actor, permission(Permission.TASK_READ, person=True)]
Key = Annotated[UUID | None, Depends(submission_of)]


@router.get("/tasks/{task_id}/candidates")
async def candidates(task_id: UUID, actor: Chooser, platform: ThePlatform) -> CandidatesOut:
    """Who could get the task and who could be asked to sign it: post, training and segregation considered."""
    found = await task_choices.candidates(platform, task_id, actor=actor)
    return CandidatesOut(
        task=[CandidateOut.model_validate(one) for one in found.task],
        signature=[CandidateOut.model_validate(one) for one in found.signature],
        posts=[
            PostChoiceOut.model_validate({"code": one.code, "name": {"zh": one.name_zh, "en": one.name_en}})
            for one in found.posts
        ],
    )


@router.post("/tasks/{task_id}/delegate", response_model=CommandOut, responses=RESPONSES)
async def delegate(
    task_id: UUID, body: DelegateIn, actor: Worker, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Lend a claimed task to another person until an instant; both count as performers."""
    wanted = Wanted("delegate", body.epoch, body.reason, person=body.person, until=body.until)
    return await _do(platform, task_id, wanted, actor, request_id, key)


@router.post("/tasks/{task_id}/hand-over", response_model=CommandOut, responses=RESPONSES)
async def hand_over(
    task_id: UUID, body: HandOverIn, actor: Worker, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Give a claimed task to another person who could claim it; ends a delegation early."""
    wanted = Wanted("hand_over", body.epoch, body.reason, person=body.person)
    return await _do(platform, task_id, wanted, actor, request_id, key)


@router.post("/tasks/{task_id}/add-signer", response_model=CommandOut, responses=RESPONSES)
async def add_signer(
    task_id: UUID, body: AddSignerIn, actor: Worker, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Ask a person or a post to sign as well, before or after the others."""
    wanted = Wanted(
        "add_signer", body.epoch, body.reason, person=body.person, post=body.post, order=body.order
    )
    return await _do(platform, task_id, wanted, actor, request_id, key)


@router.post("/tasks/{task_id}/refuse", response_model=CommandOut, responses=RESPONSES)
async def refuse(
    task_id: UUID, body: WithReasonIn, actor: Worker, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Refuse to sign: by the policy of the task it goes back, or the refusal counts."""
    wanted = Wanted("refuse", body.epoch, body.reason)
    return await _do(platform, task_id, wanted, actor, request_id, key)


@router.post("/tasks/{task_id}/withdraw", response_model=CommandOut, responses=RESPONSES)
async def withdraw(
    task_id: UUID, body: WithReasonIn, actor: Worker, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Take the own completion back, as long as nobody and nothing has acted on it."""
    wanted = Wanted("withdraw", body.epoch, body.reason)
    return await _do(platform, task_id, wanted, actor, request_id, key)


@router.post("/tasks/{task_id}/remind", response_model=CommandOut, responses=RESPONSES)
async def remind(
    task_id: UUID, body: RemindIn, actor: Reminder, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Remind whom the task waits for; not more often than every 15 minutes."""
    return await _do(platform, task_id, Wanted("remind", reason=body.reason), actor, request_id, key)


async def _do(
    platform: ThePlatform, task_id: UUID, wanted: Wanted, actor: Actor, request_id: str, key: UUID | None
) -> CommandOut | Response:
    found = await task_commands.command(
        platform, task_id, wanted, actor=actor, submission_id=key, request_id=request_id
    )
    return answered(found)

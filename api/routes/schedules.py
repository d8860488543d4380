"""Room `api`: schedules that start procedures - listed, made, paused and resumed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.commands import submission_of
from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.schedules import ScheduleOut, SchedulesOut, SwitchIn, told
from domain.schedules import ScheduleIn
from services import schedules
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["schedules"])
Administrator = Annotated[Actor, permission(Permission.ADMIN_SCHEDULES)]
Reader = Annotated[Actor, permission(Permission.ADMIN_SCHEDULES, Permission.AUDIT_READ)]
Key = Annotated[UUID | None, Depends(submission_of)]


@router.get("/schedules")
async def list_schedules(actor: Reader, platform: ThePlatform) -> SchedulesOut:
    """Schedules by site and name, with their next times and what they started last."""
    found = await schedules.list_schedules(platform, actor=actor)
    return SchedulesOut(items=[told(view) for view in found])


@router.post("/schedules", status_code=201)
async def create_schedule(
    body: ScheduleIn, actor: Administrator, platform: ThePlatform, request_id: RequestId, key: Key
) -> ScheduleOut:
    """Make a schedule; refused like a start with these inputs would be."""
    made = await schedules.create(platform, body, actor=actor, schedule_id=key, request_id=request_id)
    return told(made)


@router.post("/schedules/{schedule_id}/pause")
async def pause_schedule(
    schedule_id: UUID, body: SwitchIn, actor: Administrator, platform: ThePlatform, request_id: RequestId
) -> ScheduleOut:
    """Start nothing any more until the schedule is resumed."""
    found = await schedules.pause(
        platform, schedule_id, reason=body.reason, actor=actor, request_id=request_id
    )
    return told(found)


@router.post("/schedules/{schedule_id}/resume")
async def resume_schedule(
    schedule_id: UUID, body: SwitchIn, actor: Administrator, platform: ThePlatform, request_id: RequestId
) -> ScheduleOut:
    """Start runs again, from the next time on."""
    found = await schedules.resume(
        platform, schedule_id, reason=body.reason, actor=actor, request_id=request_id
    )
    return told(found)

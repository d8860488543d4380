"""Room `api`: the clock of a drill; a live installation answers 409 `not_a_drill`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter

from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.drill import AdvanceClockIn, DrillClockOut
from services import drill
from services.drill import DrillClock
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["drill"])
Reader = Annotated[Actor, permission(Permission.TASK_READ)]
Drafter = Annotated[Actor, permission(Permission.SOP_DRAFT)]


@router.get("/drill/clock")
async def get_clock(actor: Reader, platform: ThePlatform) -> DrillClockOut:
    """What time it is in the drill."""
    return _shown(await drill.clock(platform, actor=actor))


@router.post("/drill/clock")
async def advance_clock(
    body: AdvanceClockIn, actor: Drafter, platform: ThePlatform, request_id: RequestId
) -> DrillClockOut:
    """Move the clock of the drill forward: deadlines and waits that lie in between come due."""
    return _shown(await drill.advance(platform, body.seconds, actor=actor, request_id=request_id))


def _shown(clock: DrillClock) -> DrillClockOut:
    ahead = clock.ahead // timedelta(seconds=1)
    return DrillClockOut(now=clock.now, ahead_seconds=ahead, next_due=clock.next_due, lagging=clock.lagging)

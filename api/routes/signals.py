"""Room `api`: external events - sent by an integrator or a person to the runs that wait for them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import JSONResponse

from api.commands import submission_of
from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.signals import SignalIn, SignalOut
from services import signals
from services.permissions import Permission
from services.platform import Actor
from services.submissions import RETRY_AFTER_S

router = APIRouter(route_class=ApiRoute, tags=["signals"])
Sender = Annotated[Actor, permission(Permission.SIGNAL_SEND)]
Reader = Annotated[Actor, permission(Permission.SIGNAL_SEND, Permission.AUDIT_READ)]
Key = Annotated[UUID | None, Depends(submission_of)]
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": SignalOut, "description": "nobody waits for it yet (`kept`), or not yet known (`pending`)"}
}


@router.post("/signals/{name}", response_model=SignalOut, responses=RESPONSES)
async def send_signal(
    name: Name, body: SignalIn, actor: Sender, platform: ThePlatform, request_id: RequestId, key: Key
) -> SignalOut | Response:
    """Send an event to the runs that wait for it; each takes it once. Who begins to wait in time finds it."""
    found = await signals.send(
        platform,
        name,
        body.correlation_key,
        body.data,
        actor=actor,
        signal_id=key,
        request_id=request_id,
    )
    told = SignalOut.model_validate(found)
    if found.state == "delivered":
        return told
    return JSONResponse(told.model_dump(mode="json"), 202, headers={"Retry-After": str(RETRY_AFTER_S)})


@router.get("/signals/{signal_id}")
async def get_signal(signal_id: UUID, actor: Reader, platform: ThePlatform) -> SignalOut:
    """What became of an event."""
    return SignalOut.model_validate(await signals.view(platform, signal_id, actor=actor))

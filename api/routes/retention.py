"""Room `api`: retention - what may be deleted, legal holds. Deleting is a run of its procedure."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from api.dependencies import After, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.retention import HeldIdOut, HoldIn, HoldOut, KeptOut, LiftIn, RetentionOut, TombstoneOut
from services import retention
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["evidence"])
Reader = Annotated[Actor, permission(Permission.AUDIT_READ)]
Holder = Annotated[Actor, permission(Permission.EVIDENCE_HOLD, person=True)]


@router.get("/retention")
async def get_retention(actor: Reader, platform: ThePlatform, after: After = None) -> RetentionOut:
    """What may be deleted now and what is kept still, legal holds in force, what was deleted; 50 of each."""
    found = await retention.standing(platform, actor=actor, after=after)
    return RetentionOut(
        due=[KeptOut.model_validate(dict(row)) for row in found.due],
        kept=[KeptOut.model_validate(dict(row)) for row in found.next],
        holds=[HoldOut.model_validate(dict(row)) for row in found.holds],
        deleted=[TombstoneOut.model_validate(dict(row)) for row in found.tombstones],
        next=found.more,
    )


@router.post("/retention/holds", status_code=201)
async def set_legal_hold(
    body: HoldIn, actor: Holder, platform: ThePlatform, request_id: RequestId
) -> HeldIdOut:
    """Set a legal hold: nothing that it covers is deleted until it is lifted."""
    made = await retention.set_hold(
        platform, body.kind, body.about, reason=body.reason, actor=actor, request_id=request_id
    )
    return HeldIdOut(id=made)


@router.post("/retention/holds/{hold}/lift", status_code=204)
async def lift_legal_hold(
    hold: UUID, body: LiftIn, actor: Holder, platform: ThePlatform, request_id: RequestId
) -> Response:
    """Lift a legal hold; that it was there stays."""
    await retention.lift_hold(platform, hold, reason=body.reason, actor=actor, request_id=request_id)
    return Response(status_code=204)

"""Room `api`: moving runs under way to a newer version - what speaks against it, orders, results."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.routes.sops import ONE, Key, SopKey, Version, known_version
from api.schemas.base import Page
from api.schemas.changeovers import (
    ApproveChangeoverIn,
    ChangeoverDetail,
    ChangeoverOut,
    DeclineIn,
    ProposeIn,
    RunningOut,
    shown_order,
    shown_running,
)
from services import changeover_orders, changeover_proposals, changeovers, sop_catalogue
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["changeovers"])
Reader = Annotated[Actor, permission(Permission.SOP_READ)]
RunReader = Annotated[Actor, permission(Permission.RUN_READ)]
Proposer = Annotated[Actor, permission(Permission.SOP_DRAFT, person=True)]
Approver = Annotated[Actor, permission(Permission.SOP_APPROVE, person=True)]
Decider = Annotated[Actor, permission(Permission.SOP_APPROVE, Permission.SOP_DRAFT, person=True)]
ORDER = "/changeovers/{changeover_id}"


@router.get(ONE + "/running")
async def list_running(key: SopKey, version: Version, actor: RunReader, platform: ThePlatform) -> RunningOut:
    """Runs by older versions, each with every reason why it cannot go over to this one now."""
    found = await changeovers.running(platform, key, known_version(version), actor=actor)
    return shown_running(found)


@router.get(ONE + "/changeovers")
async def list_changeovers(
    key: SopKey, version: Version, actor: Reader, platform: ThePlatform
) -> Page[ChangeoverOut]:
    """The orders to this version, the newest first."""
    view = await sop_catalogue.get_version(platform, key, known_version(version), actor=actor)
    found = await changeovers.list_orders(platform, view.row.id, actor=actor)
    return Page[ChangeoverOut](items=[ChangeoverOut.model_validate(row) for row in found])


@router.post(ONE + "/changeovers", status_code=201)
async def propose_changeover(
    key: SopKey,
    version: Version,
    body: ProposeIn,
    actor: Proposer,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> ChangeoverDetail:
    """Propose that runs go over to this version; all of them must be able to."""
    made = await changeover_proposals.propose(
        platform,
        key,
        known_version(version),
        body.runs,
        reason=body.reason,
        actor=actor,
        as_id=as_id,
        request_id=request_id,
    )
    return shown_order(made)


@router.get(ORDER)
async def get_changeover(changeover_id: UUID, actor: Reader, platform: ThePlatform) -> ChangeoverDetail:
    """An order with what became of each of its runs."""
    return shown_order(await changeovers.order(platform, changeover_id, actor=actor))


@router.post(ORDER + "/approve")
async def approve_changeover(
    changeover_id: UUID,
    body: ApproveChangeoverIn,
    actor: Approver,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> ChangeoverDetail:
    """Sign an order that somebody else proposed; its runs are asked to go over at once."""
    made = await changeover_orders.approve(
        platform,
        changeover_id,
        signature=body.signature.given(),
        comment=body.comment,
        actor=actor,
        as_id=as_id,
        request_id=request_id,
    )
    return shown_order(made)


@router.post(ORDER + "/decline")
async def decline_changeover(
    changeover_id: UUID,
    body: DeclineIn,
    actor: Decider,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> ChangeoverDetail:
    """Decline an order, or take the own one back, with a reason."""
    made = await changeover_orders.decline(
        platform, changeover_id, reason=body.reason, actor=actor, as_id=as_id, request_id=request_id
    )
    return shown_order(made)

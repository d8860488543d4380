"""Room `api`: recalls - notices entered, recalls listed, and how far one is."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from api.commands import submission_of
from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page
from api.schemas.documents import DocumentOut
from api.schemas.recalls import (
    ClockOut,
    ConsigneeLineOut,
    ConsigneeOut,
    RecallDetail,
    RecalledBatchOut,
    RecallOut,
    RecallTotals,
)
from domain.recall import RecallIn
from services import recall_notice, recall_view
from services.permissions import Permission
from services.platform import Actor
from services.recall_view import ConsigneeState

router = APIRouter(route_class=ApiRoute, tags=["recalls"])
Reader = Annotated[Actor, permission(Permission.DOCUMENT_READ)]
Writer = Annotated[Actor, permission(Permission.DOCUMENT_WRITE)]
Key = Annotated[UUID | None, Depends(submission_of)]


@router.post("/documents/recalls", status_code=201)
async def post_recall(
    body: RecallIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> DocumentOut:
    """Enter a recall notice; the procedure `recall` takes it up."""
    found = await recall_notice.post(platform, body, actor=actor, as_id=key, request_id=request_id)
    return DocumentOut.model_validate(found)


@router.get("/recalls")
async def list_recalls(actor: Reader, platform: ThePlatform) -> Page[RecallOut]:
    """Recalls, newest first; at most 200."""
    found = await recall_view.rooms(platform, actor=actor)
    return Page[RecallOut](items=[RecallOut.model_validate(row) for row in found], next=None)


@router.get("/recalls/{recall}")
async def get_recall(recall: str, actor: Reader, platform: ThePlatform) -> RecallDetail:
    """How far a recall is, by the id or number of its notice: sealed, told, answered, recovered, balanced."""
    found = await recall_view.room(platform, recall, actor=actor)
    return RecallDetail(
        recall=RecallOut.model_validate(found.recall),
        header=dict(found.recall.header),
        batches=[RecalledBatchOut.model_validate(one) for one in found.batches],
        consignees=[_consignee(one) for one in found.consignees],
        non_responders=[one.code for one in found.non_responders],
        totals=RecallTotals.model_validate(found.totals),
        clocks=[ClockOut.model_validate(one) for one in found.clocks],
    )


def _consignee(one: ConsigneeState) -> ConsigneeOut:
    told: Any = one.contact
    return ConsigneeOut(
        party=one.code,
        name=one.name,
        notified_at=told and told.notified_at,
        acknowledged_at=told and told.acknowledged_at,
        answered=one.answered,
        run_id=told and told.run_id,
        due_at=told and told.due_at,
        lines=[ConsigneeLineOut.model_validate(line) for line in one.lines],
        totals=RecallTotals.model_validate(one.totals),
    )

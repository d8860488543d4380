"""Room `api`: where goods came from, where they went and where they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import ThePlatform, permission
from api.route import ApiRoute
from api.schemas.trace import TraceOut
from domain.plain_text import Moment
from domain.tracing import Direction
from services import trace
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["stock"])
Reader = Annotated[Actor, permission(Permission.STOCK_READ)]
Ref = Annotated[str | None, Query(min_length=1, max_length=200)]


@router.get("/trace")
async def get_trace(
    actor: Reader,
    platform: ThePlatform,
    batch: Annotated[str | None, Query(max_length=200, description="id or `material:number`")] = None,
    serial: Ref = None,
    document: Annotated[str | None, Query(max_length=200, description="id or number")] = None,
    party: Annotated[str | None, Query(max_length=200, description="id or code")] = None,
    package: Annotated[
        str | None, Query(max_length=64, description="SSCC or aggregated trace code: the batches in it")
    ] = None,
    person: Annotated[
        str | None, Query(max_length=200, description="id or user name: the batches that this person moved")
    ] = None,
    direction: Annotated[
        Direction, Query(description="`back`: where it came from; `forward`: where it went")
    ] = "both",
    at: Annotated[Moment | None, Query(description="leave out what happened later")] = None,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=trace.MOST_ROWS)] = trace.MOST_ROWS,
) -> TraceOut:
    """Who had how much of a batch, and who has it: from a batch, serial, document, party, person, package."""
    start = trace.Start(batch, serial, document, party, package, person)
    found = await trace.trace(
        platform, start, actor=actor, direction=direction, at=at, after=after, limit=limit
    )
    return TraceOut.model_validate(found)

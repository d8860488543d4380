"""Room `api`: stock by position, and a batch with everything that happened to it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.dependencies import After, Limit, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import IdOrCode, Page, page
from api.schemas.stock import BatchOut, PositionOut
from services import stock
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["stock"])
Reader = Annotated[Actor, permission(Permission.STOCK_READ)]
Status = Literal["quarantine", "qualified", "rejected", "returned", "recalled"]
Filter = Annotated[str | None, Query(max_length=200)]


@router.get("/stock")
async def list_stock(
    actor: Reader,
    platform: ThePlatform,
    material: Filter = None,
    batch: Filter = None,
    site: Filter = None,
    status: Status | None = None,
    at: AwareDatetime | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[PositionOut]:
    """Positions with their quantities; `at` looks back in the ledger."""
    found = await stock.rows(
        platform,
        actor=actor,
        material=material,
        batch=batch,
        site=site,
        status=status,
        at=at,
        after=after,
        limit=limit,
    )
    return page(PositionOut, found)


@router.get("/batches/{batch}")
async def get_batch(batch: IdOrCode, actor: Reader, platform: ThePlatform) -> BatchOut:
    """A batch by id or `material:number`; 409 `ambiguous_batch` when two manufacturers share the number."""
    return BatchOut.model_validate(await stock.batch(platform, batch, actor=actor))

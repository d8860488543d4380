"""Room `api`: stock and batches, read only: stock changes by runs alone."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import After, Limit, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.stock import BatchOut, InTransitOut, PieceOut, PositionOut
from domain.plain_text import Moment
from services import stock
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["stock"])
Reader = Annotated[Actor, permission(Permission.STOCK_READ)]
Ref = Annotated[str | None, Query(max_length=200)]
Status = Literal["quarantine", "qualified", "rejected", "returned", "recalled"]


@router.get("/stock")
async def list_stock(
    actor: Reader,
    platform: ThePlatform,
    material: Ref = None,
    batch: Annotated[str | None, Query(max_length=200, description="id or `material:number`")] = None,
    site: Ref = None,
    status: Status | None = None,
    at: Annotated[Moment | None, Query(description="look back to this instant")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[PositionOut]:
    """Positions: how many of which batch in which status where."""
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


@router.get("/stock/serials")
async def list_pieces(
    actor: Reader,
    platform: ThePlatform,
    material: Ref = None,
    batch: Annotated[str | None, Query(max_length=200, description="id or `material:number`")] = None,
    site: Ref = None,
    status: Status | None = None,
    after: UUID | None = None,
    limit: Limit = 50,
) -> Page[PieceOut]:
    """Pieces with serials in stock: which stands where."""
    found = await stock.pieces(
        platform,
        actor=actor,
        material=material,
        batch=batch,
        site=site,
        status=status,
        after=after,
        limit=limit,
    )
    return page(PieceOut, found)


@router.get("/stock/in-transit")
async def list_in_transit(
    actor: Reader,
    platform: ThePlatform,
    material: Ref = None,
    batch: Annotated[str | None, Query(max_length=200, description="id or `material:number`")] = None,
    site: Ref = None,
    at: Annotated[Moment | None, Query(description="look back to this instant")] = None,
) -> Page[InTransitOut]:
    """What is on the way between sites, by transfer and batch; at most 500."""
    found = await stock.in_transit(platform, actor=actor, material=material, batch=batch, site=site, at=at)
    return Page(items=[InTransitOut.model_validate(one) for one in found], next=None)


@router.get("/batches/{batch}")
async def get_batch(batch: str, actor: Reader, platform: ThePlatform) -> BatchOut:
    """A batch by id or `material:number`; 409 `ambiguous_batch` names the ids when two makers share it."""
    return BatchOut.model_validate(await stock.batch(platform, batch, actor=actor))

"""Room `api`: one search over runs, documents, batches, master data and procedures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import ThePlatform, permission
from api.route import ApiRoute
from api.schemas.search import GroupOut, SearchOut
from services import search
from services.permissions import Permission
from services.platform import Actor
from services.search import Kind

router = APIRouter(route_class=ApiRoute, tags=["search"])
Reader = Annotated[
    Actor,
    permission(
        *(Permission.RUN_READ, Permission.DOCUMENT_READ, Permission.STOCK_READ),
        *(Permission.MASTER_READ, Permission.SOP_READ),
    ),
]
Text = Annotated[
    str, Query(min_length=1, max_length=search.LONGEST, description="a part of a number or name")
]


@router.get("/search")
async def search_everything(
    actor: Reader,
    platform: ThePlatform,
    q: Text,
    kind: Annotated[Kind | None, Query(description="this sort alone")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="of each sort")] = 6,
) -> SearchOut:
    """What has a text in its number or name, by sort: of each sort as much as the caller may see."""
    found = await search.search(platform, q, actor=actor, kind=kind, limit=limit)
    return SearchOut(groups=[GroupOut.model_validate(group) for group in found])

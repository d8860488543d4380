"""Room `api`: materials - listed, read, created, changed with a reason."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.commands import submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.materials import MaterialChange, MaterialOut
from domain.master_data import MaterialIn, StorageClass
from services import materials
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["master data"])
Key = Annotated[UUID | None, Depends(submission_of)]
Reader = Annotated[Actor, permission(Permission.MASTER_READ)]
Writer = Annotated[Actor, permission(Permission.MASTER_WRITE)]


@router.get("/materials")
async def list_materials(
    actor: Reader,
    platform: ThePlatform,
    text: Annotated[str | None, Query(max_length=200)] = None,
    storage_class: StorageClass | None = None,
    special_control: bool | None = None,  # noqa: FBT001 - a query parameter
    active: bool | None = None,  # noqa: FBT001 - same
    after: After = None,
    limit: Limit = 50,
) -> Page[MaterialOut]:
    """Materials by code; `text` looks into codes, names, approval numbers and GTINs."""
    found = await materials.list_materials(
        platform,
        actor=actor,
        text=text,
        storage_class=storage_class,
        special_control=special_control,
        active=active,
        after=after,
        limit=limit,
    )
    return page(MaterialOut, found)


@router.post("/materials", status_code=201)
async def create_material(
    body: MaterialIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> MaterialOut:
    """Create a material."""
    made = await materials.create(platform, body, actor=actor, as_id=key, request_id=request_id)
    return MaterialOut.model_validate(made)


@router.get("/materials/{material}")
async def get_material(material: str, actor: Reader, platform: ThePlatform) -> MaterialOut:
    """A material by id or code."""
    return MaterialOut.model_validate(await materials.get(platform, material, actor=actor))


@router.patch("/materials/{material}")
async def change_material(
    material: str, body: MaterialChange, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> MaterialOut:
    """Change a material; before, after and reason go into the audit log."""
    made = await materials.change(
        platform, material, body.changes, reason=body.reason, actor=actor, as_id=key, request_id=request_id
    )
    return MaterialOut.model_validate(made)

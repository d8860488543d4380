"""Room `api`: sites with zones and locations - listed, read, created, changed with a reason."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.commands import submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.sites import SiteChange, SiteDetail, SiteOut, ZoneOut
from domain.master_data import SiteIn
from services import sites
from services.permissions import Permission
from services.platform import Actor
from services.sites import SiteView

router = APIRouter(route_class=ApiRoute, tags=["master data"])
Key = Annotated[UUID | None, Depends(submission_of)]
Reader = Annotated[Actor, permission(Permission.MASTER_READ)]
Admin = Annotated[Actor, permission(Permission.ADMIN_SITES)]


@router.get("/sites")
async def list_sites(
    actor: Reader, platform: ThePlatform, after: After = None, limit: Limit = 50
) -> Page[SiteOut]:
    """Sites by code."""
    return page(SiteOut, await sites.list_sites(platform, actor=actor, after=after, limit=limit))


@router.post("/sites", status_code=201)
async def create_site(
    body: SiteIn, actor: Admin, platform: ThePlatform, request_id: RequestId, key: Key
) -> SiteDetail:
    """Create a site with zones and locations."""
    return detail(await sites.create(platform, body, actor=actor, as_id=key, request_id=request_id))


@router.get("/sites/{site}")
async def get_site(site: str, actor: Reader, platform: ThePlatform) -> SiteDetail:
    """A site by id or code, with its places."""
    return detail(await sites.get(platform, site, actor=actor))


@router.patch("/sites/{site}")
async def change_site(
    site: str, body: SiteChange, actor: Admin, platform: ThePlatform, request_id: RequestId, key: Key
) -> SiteDetail:
    """Change a site; zones and locations named anew are added."""
    made = await sites.change(
        platform, site, body.changes, reason=body.reason, actor=actor, as_id=key, request_id=request_id
    )
    return detail(made)


def detail(view: SiteView) -> SiteDetail:
    """A site with its places."""
    head = SiteOut.model_validate(view.site).model_dump()
    return SiteDetail(**head, zones=[ZoneOut.model_validate(zone) for zone in view.zones])

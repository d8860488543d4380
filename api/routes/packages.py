"""Room `api`: packages - made, filled, closed, unpacked, and what is in them by SSCC or trace code."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from api.commands import submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.packages import PackageOut, PackageRowOut
from domain.packages_in import PackageIn, PackedIn
from services import packages
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["packages"])
Key = Annotated[UUID | None, Depends(submission_of)]
Reader = Annotated[Actor, permission(Permission.STOCK_READ)]
Mover = Annotated[Actor, permission(Permission.STOCK_MOVE)]
State = Literal["open", "closed", "shipped", "dissolved"]
Code = Annotated[str, Path(max_length=64, description="SSCC or aggregated trace code")]


@router.post("/packages", status_code=201)
async def create_package(
    body: PackageIn, actor: Mover, platform: ThePlatform, request_id: RequestId, key: Key
) -> PackageOut:
    """Make a package of goods at one place; without `sscc` it gets a new one."""
    made = await packages.create(platform, body, actor=actor, as_id=key, request_id=request_id)
    return PackageOut.of(made)


@router.get("/packages")
async def list_packages(
    actor: Reader,
    platform: ThePlatform,
    text: Annotated[
        str | None, Query(max_length=200, description="begins an SSCC, trace code or shipment; or an order")
    ] = None,
    state: State | None = None,
    site: Annotated[str | None, Query(max_length=200)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[PackageRowOut]:
    """Packages, newest first."""
    found = await packages.list_packages(
        platform, actor=actor, text=text, state=state, site=site, after=after, limit=limit
    )
    return page(PackageRowOut, found)


@router.get("/packages/{sscc}")
async def get_package(sscc: Code, actor: Reader, platform: ThePlatform) -> PackageOut:
    """A package with everything in it."""
    return PackageOut.of(await packages.get(platform, sscc, actor=actor))


@router.post("/packages/{sscc}/pack")
async def pack(
    sscc: Code, body: PackedIn, actor: Mover, platform: ThePlatform, request_id: RequestId
) -> PackageOut:
    """Put goods, or whole packages, into an open package."""
    return PackageOut.of(await packages.pack(platform, sscc, body, actor=actor, request_id=request_id))


@router.post("/packages/{sscc}/unpack")
async def unpack(
    sscc: Code, body: PackedIn, actor: Mover, platform: ThePlatform, request_id: RequestId
) -> PackageOut:
    """Take goods, or whole packages, out; a closed package stands open then."""
    return PackageOut.of(await packages.unpack(platform, sscc, body, actor=actor, request_id=request_id))


@router.post("/packages/{sscc}/close")
async def close(sscc: Code, actor: Mover, platform: ThePlatform, request_id: RequestId) -> PackageOut:
    """Close an open package."""
    return PackageOut.of(await packages.close(platform, sscc, actor=actor, request_id=request_id))

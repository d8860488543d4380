"""Room `api`: labels of packages, batches and places as PDFs of one page with bars."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import RequestId, ThePlatform, permission
from api.printed import pdf
from api.route import ApiRoute
from services import labels
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["labels"])
Reader = Annotated[Actor, permission(Permission.STOCK_READ)]
Language = Annotated[Literal["zh", "en"], Query(description="the language of the label")]
Code = Annotated[str, Path(max_length=200)]


@router.get("/packages/{sscc}/label", response_class=Response)
async def get_package_label(
    sscc: Code, actor: Reader, platform: ThePlatform, request_id: RequestId, language: Language = "zh"
) -> Response:
    """The label of a package: its SSCC as GS1-128."""
    return pdf(
        *await labels.of_package(platform, sscc, actor=actor, language=language, request_id=request_id)
    )


@router.get("/batches/{batch}/label", response_class=Response)
async def get_batch_label(
    batch: Code, actor: Reader, platform: ThePlatform, request_id: RequestId, language: Language = "zh"
) -> Response:
    """The label of a batch: GTIN, expiry and batch as GS1-128."""
    return pdf(*await labels.of_batch(platform, batch, actor=actor, language=language, request_id=request_id))


@router.get("/sites/{site}/locations/{location}/label", response_class=Response)
async def get_place_label(
    site: Code,
    location: Code,
    actor: Reader,
    platform: ThePlatform,
    request_id: RequestId,
    language: Language = "zh",
) -> Response:
    """The label of a location: its code as Code 128."""
    printed = await labels.of_place(
        platform, site, location, actor=actor, language=language, request_id=request_id
    )
    return pdf(*printed)

"""Room `api`: a version of a procedure as BPMN 2.0."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.dependencies import ThePlatform, permission
from api.route import ApiRoute
from api.routes.sops import ONE, SopKey, Version, known_version
from services import sop_bpmn
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["sops"])
Reader = Annotated[Actor, permission(Permission.SOP_READ)]
Language = Annotated[Literal["zh", "en"], Query(description="the language of the names")]


@router.get(ONE + "/bpmn", response_class=Response)
async def get_version_as_bpmn(
    key: SopKey, version: Version, actor: Reader, platform: ThePlatform, language: Language = "zh"
) -> Response:
    """A version as BPMN 2.0 with its picture, for other tools to read."""
    name, xml = await sop_bpmn.export(platform, key, known_version(version), actor=actor, language=language)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(xml, media_type="application/xml; charset=utf-8", headers=headers)

"""Room `api`: evidence packages - one ZIP that is verified without the product."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.evidence import asked_of
from api.schemas.evidence_packages import PackageIn
from services import evidence_package, evidence_package_stream, evidence_reading
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["evidence"])
Asker = Annotated[Actor, permission(Permission.AUDIT_READ, asks=True)]


@router.post("/evidence/packages", response_class=StreamingResponse)
async def make_evidence_package(
    body: PackageIn, actor: Asker, platform: ThePlatform, request_id: RequestId
) -> StreamingResponse:
    """Make an evidence package; it waits some seconds for its seal: `X-Sealed` says whether it came."""
    scope = await evidence_reading.scope_of(platform, actor=actor, **asked_of(body))
    made = await evidence_package.build(
        platform, scope, actor=actor, language=body.language, request_id=request_id
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Content-Length": str(made.size),
        "X-Sealed": "true" if made.sealed else "false",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(
        evidence_package_stream.parts(made), media_type="application/zip", headers=headers
    )

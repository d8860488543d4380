"""Room `api`: alive, ready, measured. Without log-in, and without anything worth hiding."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import ThePlatform, public
from api.route import ApiRoute
from services import readiness

router = APIRouter(route_class=ApiRoute)


@router.get("/healthz", dependencies=[public])
async def healthz() -> PlainTextResponse:
    """200 as long as the process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz", dependencies=[public])
async def readyz(platform: ThePlatform) -> JSONResponse:
    """200 only when the schema is current, Temporal reachable and a worker polls; 503 says which is not."""
    found = await readiness.examine(platform)
    return JSONResponse(
        {
            "ready": found.ready,
            "migrated": found.migrated,
            "engine": found.engine,
            "worker": found.worker,
        },
        200 if found.ready else 503,
    )


@router.get("/metrics", dependencies=[public])
async def metrics(request: Request) -> Response:
    """Prometheus text."""
    return Response(generate_latest(request.app.state.metrics), media_type=CONTENT_TYPE_LATEST)

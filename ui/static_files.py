"""UI: our own static files and an allow-list of vendor files, from our own origin.

Vendor files come from the npm registry, pinned with integrity by package-lock.json; nothing is copied.
"""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ui.answers import PageRoute
from ui.rendering import STATIC
from ui.session import public
from ui.view import View

MODULES = Path(__file__).resolve().parent.parent / "node_modules"
VENDOR = {
    "idb.js": MODULES / "idb" / "build" / "index.js",
    "htmx.min.js": MODULES / "htmx.org" / "dist" / "htmx.min.js",
    "sse.min.js": MODULES / "htmx-ext-sse" / "dist" / "sse.min.js",
}
FOR_EVER = "public, max-age=31536000, immutable"
router = APIRouter(route_class=PageRoute, include_in_schema=False)


class HashedFiles(StaticFiles):
    """Static files; an address with its content hash may be kept for ever, others ask again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = FOR_EVER if hashed else "no-cache"
        return response


def own_files() -> HashedFiles:
    """The application that serves ui/static."""
    return HashedFiles(directory=STATIC)


@router.get("/static/vendor/{name}")
async def vendor_file(name: str, _view: Annotated[View, public()]) -> Response:
    """One allow-listed file of a pinned package; anything else is not there."""
    path = VENDOR.get(name)
    if path is None or not path.is_file():
        return Response(status_code=404, media_type="text/plain")
    return FileResponse(path, media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/sw.js")
async def service_worker(_view: Annotated[View, public()]) -> Response:
    """The service worker, at the root because it serves pages below it; never an old one."""
    return FileResponse(STATIC / "sw.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"})

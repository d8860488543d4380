"""UI pages: an attachment's bytes, shown or saved - always as what the bytes are, never as a page of ours."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from services import attachments
from services.permissions import Permission
from ui.answers import PageRoute
from ui.pages.listing import identity
from ui.session import page_permission
from ui.view import View

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"
router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/attachments/{attachment_id}")
async def show(
    attachment_id: str, view: Annotated[View, page_permission(Permission.ATTACHMENT_READ)]
) -> Response:
    """The file in the browser's own viewer, in a sandbox."""
    found = await attachments.read(view.platform, identity(attachment_id), actor=view.person)
    name = quote(found.header.file_name)
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{name}",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, max-age=86400, immutable",
        "X-Digest-SHA256": found.header.sha256,
    }
    return Response(found.content, media_type=found.header.media_type, headers=headers)

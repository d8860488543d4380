"""UI pages: what is printed, as a PDF in the browser's own viewer."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from ui.pages.attachments import SANDBOX


def pdf(name: str, content: bytes) -> Response:
    """A PDF under the name that it is saved by."""
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)

"""Room `api`: what is printed, as a PDF."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response


def pdf(name: str, content: bytes) -> Response:
    """A PDF under the name that it is saved by."""
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)

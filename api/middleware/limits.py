"""Room `api`: how large a body may be - see `docs/reference/api.md`.

A body of declared length is refused before it is read, a chunked one as soon as it is too long.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.language import language_of
from api.problems import RefusedBody, refused
from domain.errors import LimitExceeded

KIB = 1024
MIB = 1024 * KIB
DOCUMENT_LIMIT = 32 * MIB
ATTACHMENT_LIMIT = 25 * MIB
WHOLE_LIMIT = 4 * MIB
OTHER_LIMIT = 256 * KIB
WHOLE = {"drafts", "text", "definition", "drills"}
"""Where a definition comes as one text, or the record of a drill."""
MULTIPART_MARGIN = 64 * KIB
"""What multipart framing may add to a file of the full size; the service counts the file itself."""


class BodyTooLarge(LimitExceeded):
    code = "body_too_large"
    zh = "内容超过 {limit_bytes} 字节的上限"
    en = "The body is larger than {limit_bytes} bytes"


def limit_of(path: str) -> int:
    """The limit in bytes for an address, the API's and the pages' alike."""
    parts = [part for part in path.removeprefix("/api/v1").split("/") if part]
    if "attachments" in parts:
        return ATTACHMENT_LIMIT + MULTIPART_MARGIN
    if parts[:1] in (["sops"], ["decision-tables"], ["drill"]) and parts[-1] in WHOLE:
        return WHOLE_LIMIT + MULTIPART_MARGIN
    return DOCUMENT_LIMIT if parts[:1] == ["documents"] else OTHER_LIMIT


class BodyLimits:
    """Answers 413 instead of reading on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = limit_of(scope["path"])
        declared = headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):  # noqa: PLR2004 - digits
            await _refuse(headers, limit, scope, receive, send)
            return
        await self._counted(scope, receive, send, headers, limit)

    async def _counted(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, limit: int
    ) -> None:
        read = 0
        answered = False

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise RefusedBody(BodyTooLarge(limit_bytes=limit))
            return message

        async def sending(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, counting, sending)
        except RefusedBody:
            if answered:
                raise
            await _refuse(headers, limit, scope, receive, send)


async def _refuse(headers: Headers, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    response = refused(BodyTooLarge(limit_bytes=limit), language_of(headers))
    response.headers["connection"] = "close"
    await response(scope, receive, send)

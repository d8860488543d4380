"""Room `api`: addresses that can be none of ours - a control character in the path, a NUL in the query.

The router reads a path up to its first line break and the database holds no NUL: both lead nowhere, and say
so as a problem before anything looks at them. Pages have an answer of their own.
"""

from __future__ import annotations

import unicodedata

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api import PREFIX
from api.language import language_of
from api.problems import RouteUnknown, refused


class PlainAddresses:
    """Answers 404 for an address of the API that no call can have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/") and not _plain(scope):
            await refused(RouteUnknown(), language_of(Headers(scope=scope)))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _plain(scope: Scope) -> bool:
    controls = any(unicodedata.category(sign) == "Cc" for sign in scope["path"])
    return not controls and b"%00" not in scope.get("query_string", b"")

"""UI: refusals and faults as pages, and the headers on every answer.

A refusal says what happened, why, and what to do next; a fault shows a request id and nothing of the inside.
"""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import Refusal
from services.permissions import NotPermitted
from services.readiness import is_outage
from ui.audit_words import permission_words
from ui.contexts.records import MessagePage
from ui.contexts.swaps import NoticePart
from ui.session import LoginNeeded, platform_of, visitor, visitor_language
from ui.translation import mark, translations
from ui.view import View

STATUS = {
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "forbidden": 403,
    "invalid": 422,
    "unauthenticated": 401,
    "limit": 429,
}
POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' blob: data:; style-src 'self'; script-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
log = structlog.get_logger("ui")
STATUS_OF_FAULTS = 500
TITLES = {
    400: mark("This cannot be done"),
    403: mark("Not allowed"),
    404: mark("Not found"),
    409: mark("Things have changed"),
    410: mark("Deleted under retention"),
    422: mark("Something needs another look"),
    429: mark("Too much at once"),
    500: mark("A fault"),
    503: mark("Interrupted for a moment"),
}
HINTS = {
    400: mark("Go back, check what was entered and try again."),
    403: mark("Ask somebody who holds the post, or the administrator for the post."),
    404: mark("Check the address or search for the record."),
    409: mark("Reload the page to see how things stand now."),
    410: mark("Header, digest and tombstone are kept for ever."),
    422: mark("Go back, check what was entered and try again."),
    429: mark("Wait a moment and try again."),
    500: mark("Tell the administrator the request number if it happens again."),
    503: mark("Wait a moment and try again."),
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a kind of refusal."""
    return STATUS.get(refusal.kind, 400)


class SecureHeaders:
    """ASGI middleware: the security headers on every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, sending)


def to_login(request: Request) -> Response:
    """To the log-in page, and afterwards back to where the person was; a stream of events is told to end."""
    if request.headers.get("Accept", "").startswith("text/event-stream"):  # it follows no redirect to a page
        return Response("event: over\ndata: .\n\n", media_type="text/event-stream")
    swaps = request.headers.get("HX-Request") == "true"
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if swaps:
        seen = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = seen.path + (f"?{seen.query}" if seen.query else "")
    target = f"/login?next={quote(back)}" if swaps or request.method == "GET" else "/login"
    return (
        Response(status_code=401, headers={"HX-Redirect": target}) if swaps else RedirectResponse(target, 303)
    )


async def refused(request: Request, message: str, status: int, title: str = "", hint: str = "") -> Response:
    """A refusal as a page, or as a notice where HTMX asked for a part."""
    view = await visitor_or_stranger(request)
    if view.swaps:
        headers = {
            "HX-Retarget": "#notice",
            "HX-Reselect": "unset",
            "HX-Reswap": "innerHTML show:#notice:top",
        }
        return view.page(NoticePart(message=message, tone="bad", hint=hint), status, headers)
    context = MessagePage(
        title=title or view.words.gettext(TITLES.get(status, TITLES[400])),
        message=message,
        status=status,
        hint=hint or view.words.gettext(HINTS.get(status, HINTS[400])),
        request_id=view.request_id if status >= STATUS_OF_FAULTS else "",
        back_href="/inbox" if view.actor else "/login",
        back_label=view.words.gettext("To the inbox") if view.actor else view.words.gettext("Log in"),
    )
    return view.page(context, status)


async def visitor_or_stranger(request: Request) -> View:
    """Whoever asks, for a page about a failure: never fails itself on a bad token or without a database."""
    try:
        return await visitor(request)
    except Exception as error:
        if not isinstance(error, Refusal) and not is_outage(error):
            raise
        return View(request, platform_of(request), translations(visitor_language(request)))


class PageRoute(APIRoute):
    """A route whose failures are pages, not JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except LoginNeeded:
                return to_login(request)
            except Refusal as refusal:
                view = await visitor_or_stranger(request)
                return await refused(request, told(refusal, view), status_of(refusal))
            except RequestValidationError:
                return await missing(request)
            except HTTPException as error:
                return await refused(request, str(error.detail), error.status_code)
            except Exception as error:
                log.exception("page_failed", path=request.url.path)
                return await failed(request, error)
            finally:
                await request.close()  # lets go of posted files

        return handle


def told(refusal: Refusal, view: View) -> str:
    """What a page says of a refusal: a missing permission by what it allows, not by its code."""
    if isinstance(refusal, NotPermitted):
        allows = permission_words(str(refusal.params.get("permission", "")), view.words)
        return view.words.gettext("Your posts do not allow this: %(what)s.", what=allows)
    return refusal.message(view.language)


async def missing(request: Request) -> Response:
    """The page of an address that leads nowhere."""
    view = await visitor_or_stranger(request)
    return await refused(request, view.words.gettext("There is nothing at this address."), 404)


async def failed(request: Request, error: Exception) -> Response:
    """The page of a fault of ours, or of a database that is away for a moment."""
    words = (await visitor_or_stranger(request)).words
    if is_outage(error):
        said = words.gettext("The system cannot reach its records just now. What was recorded is safe.")
        return await refused(request, said, 503)
    said = words.gettext("Something failed on our side. Nothing was lost: look, then try again.")
    return await refused(request, said, 500)

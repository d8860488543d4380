"""Room `api`: request ids, the access log and the request metrics.

The log holds no body, no query and no secret: method, path, status, duration, request id, principal's id.
"""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.language import language_of
from api.problems import of_fault

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
log = structlog.get_logger("xunji.access")


class RequestMetrics:
    """Counters and latencies by route template, never by raw path."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route", "status")
        self.requests = Counter("xunji_http_requests_total", "Requests answered", labels, registry=registry)
        self.seconds = Histogram(
            "xunji_http_request_seconds", "Time until the answer was sent", labels[:2], registry=registry
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in KNOWN_METHODS else "other"
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)


class Observation:
    """Outermost: gives every request an id, logs and counts its answer, and answers what nothing else did."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, sending)
            except Exception as error:
                log.exception("unhandled", method=scope["method"], path=scope["path"])
                if status or not _ours(scope["path"]):
                    raise
                await of_fault(error, language_of(headers), request_id)(scope, receive, sending)
            finally:
                self._record(scope, status or 499, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        self._metrics.count(scope["method"], _template(scope), status, seconds)
        if scope["path"] in QUIET:
            return
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1000, 1),
            principal=scope["state"].get("principal"),
        )


def _ours(path: str) -> bool:
    """Pages have an error page of their own, beyond this middleware."""
    return path in QUIET or path.startswith("/api/")


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())


def _template(scope: Scope) -> str:
    """The template of the matched route; a path that matched none must not make a metric of its own."""
    route = getattr(scope.get("route"), "path", None)
    return "unmatched" if route is None else f"{scope.get('root_path', '')}{route}"

"""Room `api`: the application - health and metrics at the root, the calls below /api/v1.

Pages are installed beside it by the door (web.py). It wires and knows no rule.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.exceptions import HTTPException
from starlette.requests import Request as AnyRequest
from starlette.routing import Match

from api import PREFIX
from api.language import language_of
from api.middleware.addresses import PlainAddresses
from api.middleware.limits import BodyLimits
from api.middleware.observation import Observation, RequestMetrics
from api.problems import Problem
from api.route import http_problem
from api.routes import ROUTERS, health
from services.platform import Platform

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]
VERSION = "1"
DESCRIPTION = """Procedures that run: start runs, do their tasks, post documents, ask for stock.

Bearer token of a person (`POST /auth/token`) or API key of a machine. Errors are `application/problem+json`
(RFC 9457) with a stable `code`; lists are `{items, next}`; `Idempotency-Key` makes a write repeatable."""
ERRORS = {
    "4XX": "Refused: the problem says why",
    "5XX": "A fault of ours; `Idempotency-Key` makes the repeat safe",
}


def create_app(platform: Platform, *, lifespan: Lifespan | None = None) -> FastAPI:
    """The whole application without pages."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    app = FastAPI(title="Xunji 循迹", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.platform = platform
    app.state.metrics = registry
    app.include_router(health.router)
    app.mount(PREFIX, create_api(platform), name="api")
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_middleware(BodyLimits)
    app.add_middleware(PlainAddresses)
    app.add_middleware(Observation, metrics=RequestMetrics(registry))
    return app


def create_api(platform: Platform) -> FastAPI:
    """The calls of /api/v1 with their OpenAPI document; problems are declared on each."""
    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": words, "content": {"application/problem+json": {"schema": _PROBLEM}}}
        for status, words in ERRORS.items()
    }
    api = FastAPI(
        title="Xunji 循迹 API",
        version=VERSION,
        description=DESCRIPTION,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=problems,
        separate_input_output_schemas=True,
        redirect_slashes=False,
    )
    api.state.platform = platform
    for router in ROUTERS:
        api.include_router(router)
    api.add_exception_handler(HTTPException, _http_problem)
    _declare(api)
    return api


_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def _declare(api: FastAPI) -> None:
    """Adds the problem schema, the bearer scheme and Idempotency-Key to the generated document."""
    generated = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            document = generated()
            complete(document)
            api.openapi_schema = document
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend the document


def complete(document: dict[str, Any]) -> None:
    """What FastAPI cannot know: how one authenticates, what errors look like, which calls are repeatable."""
    components = document.setdefault("components", {})
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = components.setdefault("schemas", {})
    schemas.update(schema.pop("$defs", {}))
    schemas["Problem"] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    document["servers"] = [{"url": PREFIX}]
    document["security"] = [{"bearer": []}]
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "same key and body: the first final answer again, for seven days",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    }
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            operation.get("responses", {}).pop("422", None)
            if path == "/auth/token":
                operation["security"] = []
            elif method != "get":
                operation.setdefault("parameters", []).append(key)


async def _http_problem(request: AnyRequest, error: Exception) -> Response:
    """Unknown addresses and methods, outside of any route."""
    assert isinstance(request, Request)
    return http_problem(error, language_of(request.headers), allowed=methods_at(request))


def methods_at(request: Request) -> list[str]:
    """The methods that an address has, over all its routes (RFC 9110: what `Allow` lists)."""
    routes = [route for router in (health.router, *ROUTERS) for route in router.routes]
    matching = [route for route in routes if route.matches(request.scope)[0] != Match.NONE]
    return sorted({method for route in matching for method in getattr(route, "methods", None) or ()})

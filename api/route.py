"""Room `api`: the route class of every call - access, strict body, idempotency, problems, in this order.

It knows no call in particular and no rule.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api import idempotency, strict_json
from api.dependencies import Access
from api.language import language_of
from api.problems import (
    HttpError,
    MethodNotAllowed,
    RefusedBody,
    RouteUnknown,
    of_fault,
    problem,
    refused,
)
from api.validation import from_pydantic
from domain.errors import Refusal

Handler = Callable[[Request], Awaitable[Response]]
log = structlog.get_logger("xunji.api")


class UndeclaredAccess(TypeError):
    """A route declares exactly one `permission(...)` or `public`."""


class UnsupportedMediaType(Refusal):
    code = "unsupported_media_type"
    kind = "invalid"
    zh = "请求正文须为 {expected}"
    en = "The body must be {expected}"


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            try:
                self._json = strict_json.parse(await self.body())
            except Refusal as refusal:
                raise RefusedBody(refusal) from refusal
        return self._json


class ApiRoute(APIRoute):
    """One call of the API."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = super().get_route_handler()
        access = declared_access(self)
        expected = _body_kind(self)

        async def handle(received: Request) -> Response:
            request = StrictRequest(received.scope, received.receive)

            async def work() -> Response:
                return await _in_shape(request, endpoint)

            async def admitted() -> Response:
                await access.admit(request)
                _check_media_type(request, expected)
                return await idempotency.once(request, work, multipart=expected == "multipart/form-data")

            try:
                return await _answered(request, admitted)
            finally:
                await request.close()  # the files of a form that was answered without being handled

        return handle


def declared_access(route: APIRoute) -> Access:
    """The one access declaration of a route, UndeclaredAccess without (or with two)."""
    found = [call for call in _calls(route.dependant) if isinstance(call, Access)]
    if len(found) != 1:
        raise UndeclaredAccess(f"{route.path} declares {len(found)} accesses")
    return found[0]


def _calls(dependant: Dependant) -> list[Any]:
    return [dependant.call, *(call for inner in dependant.dependencies for call in _calls(inner))]


def _body_kind(route: APIRoute) -> str | None:
    if route.body_field is None:
        return None
    info = route.body_field.field_info
    return "multipart/form-data" if isinstance(info, Form) else "application/json"


def _check_media_type(request: Request, expected: str | None) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if expected is not None and given != expected:
        raise UnsupportedMediaType(expected=expected)


async def _in_shape(request: Request, endpoint: Handler) -> Response:
    """The call's answer, or its refusal as a problem; faults of ours as a 500 without details."""
    return await _answered(request, lambda: endpoint(request))


async def _answered(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except Refusal as refusal:
        return refused(refusal, _language(request))
    except RequestValidationError as invalid:
        return refused(from_pydantic(invalid.errors()), _language(request))
    except HTTPException as plain:
        return http_problem(plain, _language(request))
    except Exception as error:
        log.exception("unhandled", path=request.scope.get("path"), method=request.method)
        return of_fault(error, _language(request), str(getattr(request.state, "request_id", "")))


def http_problem(error: Any, language: str, *, allowed: Sequence[str] = ()) -> Response:
    """An HTTP exception of the framework as a problem; `allowed` are the methods of a 405."""
    status = error.status_code
    if isinstance(error, RefusedBody):
        return refused(error.refusal, language)
    if status == HTTPStatus.NOT_FOUND:
        return refused(RouteUnknown(), language)
    if status == HTTPStatus.BAD_REQUEST:
        return refused(strict_json.MalformedBody(), language)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer = refused(MethodNotAllowed(), language)
        answer.headers["Allow"] = ", ".join(allowed)
        return answer
    words = HttpError(what=error.detail).message(language)
    return problem(status, HttpError.code, words, language, headers=error.headers)


def _language(request: Request) -> str:
    actor = getattr(request.state, "actor", None)
    return language_of(request.headers, actor.language if actor else None)

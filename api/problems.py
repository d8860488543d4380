"""Room `api`: problems - every error of this door in the one shape of RFC 9457.

A refusal's `kind` becomes a status here and nowhere else. Nothing of the inside (class names, SQL, traces,
the refused input itself) is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import HTTPException
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import FieldProblem, Invalid, Kind, NotFound, Refusal
from domain.sop_findings import DefinitionInvalid
from services.at_once import TooManyAtOnce
from services.readiness import is_outage

MEDIA_TYPE = "application/problem+json"
STATUS_OF_KIND: Mapping[Kind, int] = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "invalid": 422,
    "limit": 429,
}
STATUS_OF_CODE: Mapping[str, int] = {
    "malformed_body": 400,
    "body_too_large": 413,
    "attachment_too_large": 413,
    "unsupported_media_type": 415,
    "method_not_allowed": 405,
    "internal_error": 500,
    "service_unavailable": 503,
}
"""Refusals of HTTP itself, which have a status that no kind says."""

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求格式错误", "Bad request"),
    401: ("需要登录", "Authentication required"),
    403: ("不允许", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持的方法", "Method not allowed"),
    409: ("与当前状态冲突", "Conflict"),
    410: ("已按规定删除", "Deleted under the rules"),
    413: ("内容过大", "Content too large"),
    415: ("不支持的内容类型", "Unsupported media type"),
    422: ("填写内容有误", "Invalid input"),
    429: ("请稍后再试", "Too many attempts"),
    500: ("系统错误", "Internal error"),
    503: ("服务暂不可用", "Service unavailable"),
}
RETRY_AFTER_S = 2
_OWN = frozenset({"type", "title", "status", "detail", "code", "fields", "instance", "zh", "en", "what"})


class ProblemField(BaseModel):
    """One field that does not fit; `field` is a dotted path such as `lines.3.material`."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457). `code` is stable; `title` and `detail` are words in the caller's language."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="urn:xunji:problem:<code>")
    title: str
    status: int
    detail: str
    code: str
    fields: list[ProblemField] | None = None


class RouteUnknown(NotFound):
    zh = "没有这个地址"
    en = "There is nothing at this address"


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    kind = "invalid"
    zh = "该地址不支持此方法"
    en = "Method not allowed at this address"


class HttpError(Refusal):
    """What the framework refuses and nothing of ours has a word for."""

    code = "http_error"
    kind = "invalid"
    zh = "请求无法处理：{what}"
    en = "The request cannot be handled: {what}"


class InternalError(Refusal):
    """What is said of a fault of ours: the request id finds it in the log."""

    code = "internal_error"
    zh = "系统内部错误，请联系管理员并提供请求编号"
    en = "An internal error; tell the administrator the request id"


class ServiceAway(Refusal):
    """What is said while the database is away: a restart, a fail-over. Nothing is wrong with the call."""

    code = "service_unavailable"
    zh = "服务暂时中断，请稍候重试"
    en = "The service is interrupted; try again in a moment"


class RefusedBody(HTTPException):
    """Carries a refusal of the body through the framework, which lets HTTP exceptions pass."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(status_of(refusal), refusal.message("en"))
        self.refusal = refusal


def status_of(refusal: Refusal) -> int:
    """The status of a refusal, by its kind; a few codes of HTTP itself have their own."""
    return STATUS_OF_CODE.get(refusal.code, STATUS_OF_KIND[refusal.kind])


def problem(
    status: int,
    code: str,
    detail: str,
    language: str,
    *,
    fields: Sequence[ProblemField] = (),
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> JSONResponse:
    """A problem as a response."""
    zh, en = TITLES.get(status, (HTTPStatus(status).phrase, HTTPStatus(status).phrase))
    body: dict[str, Any] = {
        "type": f"urn:xunji:problem:{code}",
        "title": en if language == "en" else zh,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if fields:
        body["fields"] = [field.model_dump() for field in fields]
    body.update({name: value for name, value in extra.items() if name not in _OWN})
    sent = {"Content-Language": language, **(headers or {})}
    if status == HTTPStatus.UNAUTHORIZED:
        sent["WWW-Authenticate"] = "Bearer"
    return JSONResponse(jsonable_encoder(body), status, headers=sent, media_type=MEDIA_TYPE)


def refused(refusal: Refusal, language: str) -> JSONResponse:
    """A refusal in the caller's language; its facts (who won, which run) ride along as members."""
    status = status_of(refusal)
    facts = {name: value for name, value in refusal.params.items() if _shown(value)}
    if isinstance(facts.get("ids"), str):  # an ambiguous code: its candidates
        facts["ids"] = facts["ids"].split(", ")
    fields = [named(field, language) for field in refusal.fields] if isinstance(refusal, Invalid) else []
    if isinstance(refusal, DefinitionInvalid):
        facts = {"findings": [asdict(finding) for finding in refusal.findings]}
    headers = {"Retry-After": str(refusal.params["seconds"])} if isinstance(refusal, TooManyAtOnce) else None
    return problem(
        status, refusal.code, refusal.message(language), language, fields=fields, headers=headers, **facts
    )


def named(field: FieldProblem, language: str) -> ProblemField:
    """A domain field problem as a member of `fields`."""
    return ProblemField(field=field.field, code=field.code, message=field.message(language))


def internal_error(language: str, request_id: str = "") -> JSONResponse:
    """A 500 that says nothing about the inside."""
    words = InternalError().message(language)
    return problem(500, InternalError.code, words, language, request_id=request_id)


def of_fault(error: Exception, language: str, request_id: str = "") -> JSONResponse:
    """The answer to what nothing else has answered: the database is away, or something of ours is wrong."""
    answer = service_away if is_outage(error) else internal_error
    return answer(language, request_id)


def service_away(language: str, request_id: str = "") -> JSONResponse:
    """A 503 with when to come back; the same Idempotency-Key makes the repeat safe."""
    words, after = ServiceAway().message(language), {"Retry-After": str(RETRY_AFTER_S)}
    return problem(503, ServiceAway.code, words, language, headers=after, request_id=request_id)


def _shown(value: Any) -> bool:
    """Facts of a refusal that are plain values; objects of the inside are not shown."""
    if isinstance(value, list | tuple):
        return all(_shown(item) for item in value)
    return value is None or isinstance(value, str | int | UUID | date | Decimal)

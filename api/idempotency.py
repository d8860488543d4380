"""Room `api`: `Idempotency-Key` - the same call again gives the first final answer again.

Scope: principal, method and full path; kept seven days. The body's hash leaves passwords out and the body
itself is not kept; a 202 is not final; faults of ours are not remembered. The record is the service's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from api.dependencies import SAFE_METHODS, platform_of
from api.problems import MEDIA_TYPE
from domain.errors import Invalid
from services import idempotency as records

HEADER = "Idempotency-Key"
MAX_KEY = 200
_CHUNK = 1 << 20


class KeyNotUsable(Invalid):
    code = "idempotency_key_invalid"
    zh = "Idempotency-Key 须为 1 至 200 个可见 ASCII 字符"
    en = "Idempotency-Key is 1 to 200 visible ASCII characters"


async def once(request: Request, work: Callable[[], Awaitable[Response]], *, multipart: bool) -> Response:
    """The answer of `work`, or the remembered one when this key was used before."""
    key = request.headers.get(HEADER)
    actor = getattr(request.state, "actor", None)
    if key is None or actor is None or request.method in SAFE_METHODS:
        return await work()
    if not 1 <= len(key) <= MAX_KEY or not all("!" <= sign <= "~" for sign in key):
        raise KeyNotUsable
    platform = platform_of(request)
    entry = await records.begin(
        platform,
        actor=actor,
        method=request.method,
        path=request.scope["path"],
        key=key,
        body_hash=await body_hash(request, multipart=multipart),
    )
    if entry.status is not None:
        return remembered(entry.status, entry.response)
    request.state.submission_id = entry.submission_id
    response = await work()
    await _finish(request, entry, response)
    return response


def remembered(status: int, body: Any) -> Response:
    """The first final answer again."""
    media_type = MEDIA_TYPE if status >= HTTPStatus.BAD_REQUEST else "application/json"
    headers = {"Idempotency-Replayed": "true"}
    if body is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse(body, status, headers=headers, media_type=media_type)


async def body_hash(request: Request, *, multipart: bool) -> bytes:
    """SHA-256 of what the call says: passwords left out, the boundaries of multipart parts too."""
    digest = hashlib.sha256(request.scope.get("query_string", b"") + b"\n")
    if multipart:
        await _hash_parts(request, digest)
        return digest.digest()
    body = await request.body()
    try:
        body = json.dumps(without_passwords(json.loads(body)), sort_keys=True).encode()
    except (ValueError, RecursionError):
        digest.update(b"raw\n")  # not JSON: the route will refuse it
    digest.update(body)
    return digest.digest()


def without_passwords(value: Any) -> Any:
    """The value without any member called `password`."""
    if isinstance(value, dict):
        return {name: without_passwords(item) for name, item in value.items() if name != "password"}
    return [without_passwords(item) for item in value] if isinstance(value, list) else value


async def _hash_parts(request: Request, digest: Any) -> None:
    form = await request.form()
    for name, value in form.multi_items():
        digest.update(f"{len(name)} {name}\n".encode("utf-8", "replace"))
        if not isinstance(value, UploadFile):
            digest.update(f"{len(value)} {value}\n".encode("utf-8", "replace"))
            continue
        digest.update(f"{value.size} {value.filename}\n".encode("utf-8", "replace"))
        while chunk := await value.read(_CHUNK):
            digest.update(chunk)
        await value.seek(0)


async def _finish(request: Request, entry: records.Entry, response: Response) -> None:
    """Keeps the answer; of what is no JSON (a file) only its status."""
    body = bytes(response.body) if getattr(response, "body", b"") else b""
    is_json = "json" in response.headers.get("content-type", "")
    kept = json.loads(body) if body and is_json else None
    await records.finish(platform_of(request), entry, status=response.status_code, response=kept)

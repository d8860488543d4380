from collections.abc import AsyncIterator

import pytest

from api.middleware.limits import ATTACHMENT_LIMIT, DOCUMENT_LIMIT, MULTIPART_MARGIN, OTHER_LIMIT, limit_of
from tests.api.small_door import Small

KIB = 1024


async def chunks(size: int, *, prefix: bytes = b"") -> AsyncIterator[bytes]:
    yield prefix
    for _ in range(size // (64 * KIB) + 1):
        yield b"x" * 64 * KIB


def test_documents_attachments_and_the_rest_have_their_limits() -> None:
    assert limit_of("/api/v1/documents/purchase-orders") == limit_of("/documents/import") == 32 * KIB * KIB
    assert (
        limit_of("/api/v1/attachments")
        == limit_of("/tasks/1/attachments")
        == ATTACHMENT_LIMIT + MULTIPART_MARGIN
    )
    whole = (
        "/sops/a/versions/1/drills",
        "/drill/definition",
        "/api/v1/sops/a/drafts",
        "/sops/a/versions/1/design/text",
    )
    assert {limit_of(path) for path in whole} == {4 * KIB * KIB + MULTIPART_MARGIN}
    assert limit_of("/sops/a/versions/1/design/put") == limit_of("/drills") == OTHER_LIMIT
    assert limit_of("/api/v1/runs") == limit_of("/login") == limit_of("/") == 256 * KIB


async def test_a_declared_length_over_the_limit_is_refused_before_it_is_read(small: Small) -> None:
    async with small.client(None) as client:
        answer = await client.post("/api/v1/things", content=b"x" * (OTHER_LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["limit_bytes"] == OTHER_LIMIT


@pytest.mark.parametrize("path", ["/api/v1/things", "/api/v1/attachments"])
async def test_a_chunked_body_is_refused_as_soon_as_it_is_too_long(small: Small, path: str) -> None:
    multipart = path.endswith("attachments")
    boundary = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    kind = "multipart/form-data; boundary=B" if multipart else "application/json"
    size = ATTACHMENT_LIMIT + MULTIPART_MARGIN + 1 if multipart else OTHER_LIMIT
    async with small.client() as client:
        answer = await client.post(
            path, content=chunks(size, prefix=boundary if multipart else b'"'), headers={"Content-Type": kind}
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert small.seen == []


async def test_a_body_of_exactly_the_limit_passes(small: Small) -> None:
    body = b'{"name":"x","data":{"a":"' + b"y" * (OTHER_LIMIT - 28) + b'"}}'
    assert len(body) == OTHER_LIMIT
    async with small.client() as client:
        answer = await client.post(
            "/api/v1/things", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 200


async def test_documents_may_be_larger_than_other_bodies(small: Small) -> None:
    assert DOCUMENT_LIMIT > OTHER_LIMIT * 2
    async with small.client() as client:
        answer = await client.post("/api/v1/documents/things", json={"a": "y" * OTHER_LIMIT * 2})
    assert answer.status_code == 200


@pytest.mark.parametrize("length", ["-1", "9" * 30, "1e3", ""])
async def test_a_strange_content_length_is_no_fault_of_ours(small: Small, length: str) -> None:
    async with small.client() as client:
        answer = await client.post(
            "/api/v1/things",
            content=b"{}",
            headers={"Content-Length": length, "Content-Type": "application/json"},
        )
    assert answer.status_code < 500

import json
from typing import Any

import pytest

from tests.api.small_door import SOMEBODY, Small

SHAPE = {"type", "title", "status", "detail", "code"}


async def get(small: Small, path: str, **headers: str) -> Any:
    async with small.client(**headers) as client:
        return await client.get(path)


async def test_a_refusal_is_a_problem_with_its_facts_but_nothing_of_the_inside(small: Small) -> None:
    answer = await get(small, "/api/v1/fail/conflict")
    body = answer.json()
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == SHAPE | {"run_id"}
    assert body["type"] == "urn:xunji:problem:conflict"
    assert body["run_id"] == str(SOMEBODY)


async def test_field_problems_name_field_code_and_words(small: Small) -> None:
    answer = await get(small, "/api/v1/fail/fields", **{"Accept-Language": "en"})
    assert answer.status_code == 422
    assert answer.json()["fields"] == [{"field": "lines.3.batch", "code": "unknown", "message": "unknown"}]


async def test_a_fault_of_ours_says_nothing_but_its_request_id(small: Small) -> None:
    answer = await get(small, "/api/v1/fail/fault", **{"X-Request-Id": "abc-1"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "abc-1"


async def test_an_outage_of_the_database_asks_to_come_back(small: Small) -> None:
    answer = await get(small, "/api/v1/fail/outage", **{"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "zh"),
        ({"Accept-Language": "en-GB,zh;q=0.5"}, "en"),
        ({"Accept-Language": "fr, zh-Hans;q=0.8, en;q=0.7"}, "zh"),
        ({"Accept-Language": "en;q=x, *"}, "zh"),
        ({"Accept-Language": "de"}, "zh"),
    ],
)
async def test_the_answer_is_in_the_language_asked_for(small: Small, headers: dict, language: str) -> None:
    answer = await get(small, "/api/v1/fail/missing", **headers)
    assert answer.headers["content-language"] == language
    assert answer.json()["detail"].startswith("Not found" if language == "en" else "没有找到")


async def test_without_accept_language_a_person_is_answered_in_their_own(small: Small) -> None:
    async with small.client("english") as client:
        assert (await client.get("/api/v1/fail/missing")).headers["content-language"] == "en"


async def test_missing_and_wrong_members_are_named_without_repeating_them(small: Small) -> None:
    async with small.client() as client:
        answer = await client.post(
            "/api/v1/things", json={"count": "many", "password": ["hunter2secret"], "more": 1}
        )
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "validation")
    assert {field["field"] for field in body["fields"]} == {"name", "count", "password", "more"}
    assert "hunter2secret" not in answer.text


@pytest.mark.parametrize(
    "body", [b"{broken", b"\xff\xfe", b'{"name": NaN}', b'{"a":' * 100_000, b"", b"[" * 5000]
)
async def test_a_body_that_is_no_json_is_400(small: Small, body: bytes) -> None:
    async with small.client() as client:
        answer = await client.post(
            "/api/v1/things", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == (422 if body == b"" else 413 if len(body) > 262_144 else 400), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.5, "float"),
        (1e400, None),
        (2**60, "integer_too_large"),
        ("a\0b", "not_plain_text"),
        ("\ud800", "not_plain_text"),
        ({"\udfff": 1}, "not_plain_text"),
    ],
)
async def test_values_that_nothing_can_hold_are_refused_by_their_path(
    small: Small, value: Any, code: str | None
) -> None:
    body = json.dumps({"name": "x", "data": {"deep": [0, value]}})
    async with small.client() as client:
        answer = await client.post(
            "/api/v1/things", content=body, headers={"Content-Type": "application/json"}
        )
    if code is None:
        assert answer.status_code == 400
    else:
        assert answer.status_code == 422
        assert answer.json()["fields"][0]["code"] == code
        assert answer.json()["fields"][0]["field"].startswith("data.deep.1")


@pytest.mark.parametrize(
    "body", ['{"name": "x", "name": "y"}', '{"name": "x", "data": {"a": [{"b": 1, "c": 2, "b": 1}]}}']
)
async def test_a_member_given_twice_is_refused(small: Small, body: str) -> None:
    async with small.client() as client:
        answer = await client.post(
            "/api/v1/things", content=body.encode(), headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 422
    (field,) = answer.json()["fields"]
    assert (field["field"], field["code"]) == ("name" if "y" in body else "b", "member_twice")
    assert small.seen == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"])
async def test_a_body_in_another_encoding_is_refused(small: Small, encoding: str) -> None:
    async with small.client() as client:
        answer = await client.post(
            "/api/v1/things",
            content='{"name": "\xe9\\ud800"}'.encode(encoding),
            headers={"Content-Type": "application/json"},
        )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


async def test_another_media_type_is_415(small: Small) -> None:
    async with small.client() as client:
        answer = await client.post("/api/v1/things", content=b"name=x")
        wrong = await client.post("/api/v1/attachments", json={"name": "x"})
    assert (answer.status_code, wrong.status_code) == (415, 415)
    assert answer.json()["code"] == "unsupported_media_type"


async def test_an_id_that_is_none_is_422_and_a_nul_leads_nowhere(small: Small) -> None:
    async with small.client() as client:
        invalid = await client.post("/api/v1/things/not-an-id/work")
        nul = await client.get("/api/v1/fail/a%00b")
        queried = await client.get("/api/v1/fail/conflict?x=%00")
    assert (invalid.status_code, nul.status_code, queried.status_code) == (422, 404, 404)

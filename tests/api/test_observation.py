from typing import Any

import pytest
import structlog
from prometheus_client import generate_latest

from tests.api.small_door import Small


async def test_every_answer_carries_a_request_id_and_keeps_a_good_one(small: Small) -> None:
    async with small.client() as client:
        kept = await client.get("/open", headers={"X-Request-Id": "erp-42"})
        made = await client.get("/open")
        refused = await client.get("/open", headers={"X-Request-Id": "a b\tc"})
    assert kept.headers["x-request-id"] == "erp-42"
    assert made.headers["x-request-id"] != refused.headers["x-request-id"]
    assert " " not in refused.headers["x-request-id"]


async def test_the_access_log_holds_no_body_query_or_secret(small: Small) -> None:
    with structlog.testing.capture_logs() as lines:
        async with small.client() as client:
            await client.post("/api/v1/things?token=hidden", json={"name": "x", "password": "hunter2secret"})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/api/v1/things", 200)
    assert line["principal"]
    assert not any(secret in str(lines) for secret in ("hidden", "hunter2secret", "reader"))


async def test_metrics_count_by_route_template(small: Small) -> None:
    async with small.client() as client:
        await client.get("/api/v1/fail/conflict")
        await client.get("/nowhere/at/all")
        await client.request("BREW", "/open")
    text = generate_latest(small.registry).decode()
    assert 'route="/api/v1/fail/{how}",status="409"' in text
    assert 'route="unmatched"' in text
    assert "nowhere" not in text
    assert "BREW" not in text


@pytest.mark.parametrize("path", ["/api/v1/fail/fault"])
async def test_faults_are_logged_with_their_trace(small: Small, path: str) -> None:
    with structlog.testing.capture_logs() as lines:
        async with small.client() as client:
            await client.get(path)
    found: list[Any] = [line for line in lines if line["event"] == "unhandled"]
    assert found
    assert found[0]["exc_info"]

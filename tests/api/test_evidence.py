"""Evidence at the JSON door: an archive with its contents, a verification, and who may ask for which."""

import hashlib
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from services.archiving import LOST_AFTER, Archiver
from tests.api.house_door import Door
from tests.stand_in_engine import StandInEngine


@pytest.fixture
async def archived(door: Door) -> str:
    """A run that was ended and archived; the engine of these tests keeps no history."""
    run = await door.run()
    async with door.world.write() as tx:
        ended = {"state": "completed", "outcome": "completed"}
        await tx.execute(
            sa.update(t.run)
            .where(t.run.c.id == run)
            .values(ended_at=sa.func.clock_timestamp() - LOST_AFTER - timedelta(hours=1), **ended)
        )
    engine = cast("StandInEngine", door.world.platform.gateway)
    engine.runs.pop(str(run))
    assert await Archiver(door.world.platform).round() == 1
    return str(run)


async def test_an_archive_is_read_with_its_contents(door: Door, archived: str) -> None:
    header: dict[str, Any] = await door.ok("zheng", "GET", f"/evidence/{archived}")
    assert header["run_id"] == archived and header["block"] is None
    assert {part["name"] for part in header["parts"]} >= {"record.json"}
    for part in header["parts"]:
        answer = await door.call("zheng", "GET", f"/evidence/{archived}/{part['name']}")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == part["sha256"]
        assert len(answer.content) == part["size"]


async def test_what_is_not_there_is_not_found(door: Door, archived: str) -> None:
    open_run = await door.run()
    for path in (f"/evidence/{uuid4()}", f"/evidence/{open_run}", f"/evidence/{archived}/other.json"):
        assert (await door.call("zheng", "GET", path)).status_code == 404, path
    assert (await door.call("zheng", "GET", f"/evidence/{archived}/..%2Fx")).status_code in {404, 422}


async def test_a_verification_says_what_it_looked_at_and_is_written_down(door: Door, archived: str) -> None:
    verdict: dict[str, Any] = await door.ok("zheng", "POST", "/evidence/verify", {"run": archived})
    assert (verdict["sound"], verdict["runs"], verdict["findings"]) == (True, 1, [])
    assert verdict["unsealed"] > 0
    whole: dict[str, Any] = await door.ok("zheng", "POST", "/evidence/verify", {"levels": [1]})
    assert whole["levels"] == [1] and whole["runs"] >= 1
    a = t.audit_event.c
    events = await door.world.rows(sa.select(a.after).where(a.action == "verify.evidence").order_by(a.id))
    assert [event["after"]["levels"] for event in events] == [[1, 2, 3, 4], [1]]


async def test_a_replay_certificate_is_a_pdf(door: Door, archived: str) -> None:
    for language in ("zh", "en"):
        answer = await door.call("zheng", "GET", f"/evidence/{archived}/certificate?language={language}")
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
    assert (await door.call("zheng", "GET", f"/evidence/{uuid4()}/certificate")).status_code == 404
    open_run = await door.run()
    assert (await door.call("zheng", "GET", f"/evidence/{open_run}/certificate")).status_code == 409


async def test_a_head_that_was_kept_is_looked_for(door: Door) -> None:
    head = {"number": 900, "hash": "ab" * 32}
    verdict: dict[str, Any] = await door.ok(
        "zheng", "POST", "/evidence/verify", {"levels": [1], "heads": [head]}
    )
    [found] = verdict["findings"]
    assert (verdict["sound"], found["code"], found["block"], verdict["places"]) == (
        False,
        "tail_cut",
        900,
        [],
    )


@pytest.mark.parametrize(
    "body",
    [
        {"levels": []},
        {"levels": [5]},
        {"heads": [{"number": 1, "hash": "x"}]},
        {"run": "x"},
        {"run": str(uuid4()), "person": "li"},
        {"from": "yesterday"},
        {"unknown": 1},
    ],
)
async def test_rubbish_is_refused(door: Door, body: dict[str, Any]) -> None:
    assert (await door.call("zheng", "POST", "/evidence/verify", body)).status_code == 422


async def test_everything_is_verified_by_who_reads_the_audit_log_everywhere(
    door: Door, archived: str
) -> None:
    for body in ({}, {"person": "li"}, {"from": "2026-01-01T00:00:00Z"}):
        assert (await door.call("li", "POST", "/evidence/verify", body)).status_code == 403, body
    for body in ({"person": "nobody"}, {"batch": "nothing"}, {"run": str(uuid4())}):
        assert (await door.call("zheng", "POST", "/evidence/verify", body)).status_code == 404, body
    assert (await door.call("far", "GET", f"/evidence/{archived}")).status_code == 403

"""A verification at all levels: an untouched house is sound, and each kind of change is found at its level."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from db.queries.evidence_scope import EvidenceScope
from services import evidence_check, sealing
from services.evidence_check import EvidenceVerdict
from tests.servers import TestDatabase
from tests.services.tasks.archiving import archived, begun, ended
from tests.world import World


async def verdict_of(
    world: World, scope: EvidenceScope | None = None, levels: Sequence[int] = (1, 2, 3, 4)
) -> EvidenceVerdict:
    steps = evidence_check.verify(world.platform, scope or EvidenceScope(), levels)
    return [verdict async for verdict in steps][-1]


async def a_run(world: World) -> UUID:
    run = await begun(world)
    await ended(world, run)
    await archived(world, run)
    await sealing.seal(world.platform)
    return run


def as_superuser(database: TestDatabase, *changes: str) -> None:
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        for change in changes:
            session.execute(change.encode())


async def test_an_untouched_house_is_sound(archiving: World) -> None:
    run, other = await a_run(archiving), await begun(archiving)
    verdict = await verdict_of(archiving)
    assert verdict.findings == []
    assert (verdict.runs, verdict.not_archived) == (1, 1)
    assert verdict.blocks and verdict.rows and verdict.contents == 3 and verdict.events > 10
    for scope, runs, waiting in (
        (EvidenceScope(run_id=run), 1, 0),
        (EvidenceScope(run_id=other), 0, 1),
        (EvidenceScope(person_id=archiving.people["li"]), 1, 1),
        (EvidenceScope(person_id=archiving.people["zhao"]), 0, 0),
        (EvidenceScope(until=datetime.now(UTC) - timedelta(days=1)), 0, 0),
        (EvidenceScope(since=datetime.now(UTC) - timedelta(days=1)), 1, 0),
    ):
        found = await verdict_of(archiving, scope)
        assert (found.findings, found.runs, found.not_archived) == ([], runs, waiting), scope


CHANGES = {
    "a sealed row": (
        "ALTER TABLE submission DISABLE TRIGGER USER; UPDATE submission SET reason = 'x'",
        {1: {"row_edited"}},
    ),
    "a task": ("UPDATE task SET outcome = 'other' WHERE path = 'one#1'", {4: {"row_changed_since_archived"}}),
    "an effect": (
        "DELETE FROM effect WHERE path = 'two#1'",
        {4: {"row_gone_since_archived"}},
    ),
    "a balance": (
        (
            "INSERT INTO balance (site_id, location_id, batch_id, status, owner_id, quantity) "
            "SELECT s.id, s.id, s.id, 'qualified', s.id, 5 FROM site s LIMIT 1"
        ),
        {4: {"ledger"}},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_is_found_at_its_level(archiving: World, database: TestDatabase, change: str) -> None:
    await a_run(archiving)
    sql, expected = CHANGES[change]
    as_superuser(database, "SET session_replication_role = replica", *sql.split("; "))
    found: dict[int, set[str]] = {}
    for finding in (await verdict_of(archiving)).findings:
        found.setdefault(finding.level, set()).add(finding.code)
    assert found == expected


async def test_a_history_that_was_changed_with_its_digest_is_found_by_every_level(
    archiving: World, database: TestDatabase
) -> None:
    """A superuser who writes another history, and the digest of it into the header."""
    await a_run(archiving)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("ALTER TABLE archive_body DISABLE TRIGGER ALL")
        session.execute("ALTER TABLE archive DISABLE TRIGGER ALL")
        found = session.execute("SELECT content FROM archive_body WHERE name = 'history-1.json'").fetchone()
        assert found is not None
        history = json.loads(gzip.decompress(found[0]))
        for event in history["events"]:
            accepted = event.get("workflowExecutionUpdateAcceptedEventAttributes")
            if accepted:
                accepted["acceptedRequest"]["meta"]["updateId"] = "other"
                break
        written = json.dumps(history).encode()
        session.execute(
            "UPDATE archive_body SET content = %s WHERE name = 'history-1.json'", [gzip.compress(written)]
        )
        session.execute(
            "UPDATE archive SET parts = (SELECT jsonb_agg(CASE WHEN part ->> 'name' = 'history-1.json'"
            " THEN jsonb_set(part, '{sha256}', to_jsonb(encode(sha256(%s), 'hex'))) ELSE part END)"
            " FROM jsonb_array_elements(parts) AS part)",
            [written],
        )
        session.execute("UPDATE archive a SET row_hash = archive_hash_v1(a)")
    findings = (await verdict_of(archiving)).findings
    assert {(finding.level, finding.code) for finding in findings} >= {
        (1, "row_edited"),
        (3, "replay"),
        (4, "update_without_submission"),
    }


async def test_only_the_levels_that_were_asked_for(archiving: World, database: TestDatabase) -> None:
    await a_run(archiving)
    as_superuser(database, "UPDATE task SET outcome = 'other' WHERE path = 'one#1'")
    assert (await verdict_of(archiving, levels=(1, 2, 3))).sound
    assert not (await verdict_of(archiving, levels=(4,))).sound

"""A verification at all levels: an untouched house is sound, and each kind of change is found at its level."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries import archives
from db.queries.evidence_scope import EvidenceScope
from services import evidence_check, nightly_proof, sealing
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


async def test_one_person_in_two_steps_that_are_kept_apart_is_found(
    archiving: World, database: TestDatabase
) -> None:
    """A superuser makes the second performer the first one, in every row of the record that says so."""
    await a_run(archiving)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("ALTER TABLE archive_body DISABLE TRIGGER ALL")
        session.execute("ALTER TABLE archive DISABLE TRIGGER ALL")
        found = session.execute("SELECT content FROM archive_body WHERE name = 'record.json'").fetchone()
        assert found is not None
        li, wang = (str(archiving.people[name]) for name in ("li", "wang"))
        written = gzip.decompress(found[0]).decode().replace(wang, li).encode()
        session.execute(
            "UPDATE archive_body SET content = %s WHERE name = 'record.json'", [gzip.compress(written)]
        )
        session.execute(
            "UPDATE archive SET parts = (SELECT jsonb_agg(CASE WHEN part ->> 'name' = 'record.json'"
            " THEN jsonb_set(part, '{sha256}', to_jsonb(encode(sha256(%s), 'hex'))) ELSE part END)"
            " FROM jsonb_array_elements(parts) AS part)",
            [written],
        )
    codes = {finding.code for finding in (await verdict_of(archiving, levels=(4,))).findings}
    assert {"segregation", "update_differs"} <= codes


async def test_the_house_verifies_every_night_and_tells_what_it_finds(
    archiving: World, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_night(_tx: object) -> bool:
        return True

    async def by_day(_tx: object) -> bool:
        return False

    await a_run(archiving)
    monkeypatch.setattr(archives, "night", by_day)
    assert await nightly_proof.prove_if_due(archiving.platform) is None
    monkeypatch.setattr(archives, "night", at_night)
    verdict = await nightly_proof.prove_if_due(archiving.platform)
    assert verdict is not None and verdict.sound and verdict.runs == 1
    assert await nightly_proof.prove_if_due(archiving.platform) is None, "once a night"
    assert await archiving.rows(sa.select(t.notification).where(t.notification.c.link == "/evidence")) == []
    as_superuser(database, "UPDATE task SET outcome = 'other' WHERE path = 'one#1'")
    await nightly_proof.prove(archiving.platform)
    told = await archiving.rows(sa.select(t.notification).where(t.notification.c.link == "/evidence"))
    assert archiving.people["zheng"] in {row["person_id"] for row in told}
    assert "归档后记录被改动" in told[0]["body_zh"]


async def test_whether_it_is_night_is_asked_of_the_first_site(archiving: World) -> None:
    async with archiving.platform.database.read() as tx:
        assert await archives.night(tx) in {True, False}

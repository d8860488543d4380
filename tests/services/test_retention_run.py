"""Contents whose retention is over are deleted by a run with three signatures; verification says so, plainly."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Invalid, NotFound, Refusal
from domain.retention import HoldNotInForce
from domain.sop_progress.refusals import NotSegregated
from services import (
    archived_runs,
    evidence_check,
    evidence_package,
    evidence_reading,
    retention,
    sealing,
    timeline,
)
from services import evidence_package_verifier as verifier
from services.archived_runs import ContentsDeleted
from services.evidence_check import EvidenceScope, EvidenceVerdict
from services.permissions import NotPermitted
from tests.servers import TestDatabase
from tests.services import deletions
from tests.services.deletions import (
    ASKS,
    WITNESSES,
    answered,
    begun,
    chosen,
    deleted,
    kept_contents,
    old_runs,
    outcome_of,
)
from tests.services.tasks.test_evidence_package import content_of, members, sealer
from tests.statements import counted
from tests.ui.house import House, open_house


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(database.app_url, seal_key="A" * 43) as made:
        await deletions.staffed(made)
        yield made


async def verdict_of(
    house: House, levels: Sequence[int] = (1, 4), run: UUID | None = None
) -> EvidenceVerdict:
    await sealing.seal(house.world.platform)
    steps = evidence_check.verify(house.world.platform, EvidenceScope(run_id=run), levels)
    return [verdict async for verdict in steps][-1]


ATTACKED = ("archive_body", "tombstone")


def attack(database: TestDatabase, *changes: str) -> None:
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        for table in ATTACKED:
            session.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        for change in changes:
            session.execute(change.encode())
        for table in ATTACKED:
            session.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())


async def test_what_is_over_is_deleted_once_and_a_verification_says_so(
    house: House, database: TestDatabase
) -> None:
    first, second = await old_runs(house, database, 2)
    assert await kept_contents(house) == 4
    run = await deleted(house)
    assert await outcome_of(house, run) == ("completed", "deleted")
    assert await kept_contents(house) == 0
    stones = await house.world.rows(sa.select(t.tombstone).order_by(t.tombstone.c.id))
    people = house.world.people
    assert [stone["run_id"] for stone in stones] == [first, second]
    assert {(s["asked_by"], s["approved_by"], s["witnessed_by"]) for s in stones} == {
        (people[ASKS], people["zhou"], people[WITNESSES])
    }
    assert {(s["reason"], s["rule"], s["destruction_run_id"]) for s in stones} == {("保存期满", "law", run)}
    a = t.audit_event.c
    events = await house.world.rows(
        sa.select(a.object_id).where(a.action == "delete.contents", a.run_id == run)
    )
    assert {event["object_id"] for event in events} == {str(first), str(second)}
    verdict = await verdict_of(house)
    assert (verdict.findings, verdict.deleted, verdict.runs) == ([], 2, 2)
    assert (await verdict_of(house, (1, 2, 3, 4), run=first)).deleted == 1


async def test_who_reads_a_deleted_run_is_told_by_whom(house: House, database: TestDatabase) -> None:
    [old] = await old_runs(house, database)
    await deleted(house)
    auditor = await house.actor("zheng")
    with pytest.raises(ContentsDeleted, match=r"召回员.*witnessed"):
        await evidence_reading.part_of(house.world.platform, old, "record.json", actor=auditor)
    async with house.world.platform.database.read() as tx:
        assert await archived_runs.events(tx, old) == []
    assert await timeline.history_of(house.world.platform, old) == []


async def test_a_package_of_a_deleted_run_holds_its_tombstone_and_is_sound(
    house: House, database: TestDatabase
) -> None:
    """Both header and tombstone are proven; a package that leaves the tombstone out is not."""
    [old] = await old_runs(house, database)
    await deleted(house)
    auditor = await house.actor("zheng")
    async with sealer(house.world):
        made = await evidence_package.build(house.world.platform, EvidenceScope(run_id=old), actor=auditor)
    data = content_of(made)
    found = verifier.check(data)
    assert (found.verdict, found.findings, found.deleted) == ("sound", [], 1)
    files = members(data)
    told = json.loads(files[f"runs/{old}/tombstone.json"])
    assert (told["row"]["reason"], len(told["signatures"])) == ("保存期满", 3)
    assert f"runs/{old}/history-1.json" not in files


async def test_what_is_kept_or_not_approved_or_objected_to_stays(
    house: House, database: TestDatabase
) -> None:
    await old_runs(house, database)
    run = await begun(house)
    await chosen(house, run, "keep")
    await answered(house, run, "approval", "zhou", "approved")
    await answered(house, run, "witness", WITNESSES, "witnessed")
    assert await outcome_of(house, run) == ("completed", "none_chosen")
    run = await begun(house)
    await chosen(house, run)
    await answered(house, run, "approval", "zhou", "refused", "检查在即")
    assert await outcome_of(house, run) == ("completed", "refused")
    run = await begun(house)
    await chosen(house, run)
    await answered(house, run, "approval", "zhou", "approved")
    await answered(house, run, "witness", WITNESSES, "objected", "清单有误")
    assert await outcome_of(house, run) == ("completed", "objected")
    assert await kept_contents(house) == 2


async def test_nothing_due_nothing_asked(house: House) -> None:
    assert await outcome_of(house, await begun(house)) == ("completed", "nothing_due")


async def test_a_hold_set_meanwhile_keeps_all_of_it(house: House, database: TestDatabase) -> None:
    old, _ = await old_runs(house, database, 2)
    run = await begun(house)
    await chosen(house, run)
    await answered(house, run, "approval", "zhou", "approved")
    admin = await house.actor("admin")
    held = await retention.set_hold(house.world.platform, "run", str(old), reason="药监局来函", actor=admin)
    await answered(house, run, "witness", WITNESSES, "witnessed")
    assert await outcome_of(house, run) == ("completed", "kept")
    assert await kept_contents(house) == 4
    standing = await retention.standing(house.world.platform, actor=admin)
    assert [row["run_id"] for row in standing.due] != [old] and len(standing.due) == 1
    assert [(row["kind"], row["reason"]) for row in standing.holds] == [("run", "药监局来函")]
    await retention.lift_hold(house.world.platform, held, reason="结案", actor=admin)
    await deleted(house)
    assert await kept_contents(house) == 0


async def test_who_asked_does_not_witness(house: House, database: TestDatabase) -> None:
    """The segregation of the procedure stands before the database's own."""
    await old_runs(house, database)
    run = await begun(house)
    await chosen(house, run)
    await answered(house, run, "approval", "zhou", "approved")
    admin = house.world.people["admin"]
    async with house.world.write() as tx:
        post = await tx.scalar(sa.select(t.post.c.id).where(t.post.c.code == "warehouse_manager"))
        held = {"person_id": house.world.people[ASKS], "post_id": post}
        await tx.execute(sa.insert(t.post_assignment).values(**held))
    assert admin
    with pytest.raises(Refusal) as refused:
        await answered(house, run, "witness", ASKS, "witnessed")
    assert isinstance(refused.value, NotSegregated)


async def test_damaged_contents_are_not_deleted(house: House, database: TestDatabase) -> None:
    [old] = await old_runs(house, database)
    attack(database, "UPDATE archive_body SET content = 'x' WHERE name = 'record.json'")
    run = await deleted(house)
    assert await outcome_of(house, run) == ("completed", "kept")
    [finding] = (await verdict_of(house, (1,), run=old)).findings
    assert finding.code == "body_altered"


async def test_deletions_past_the_rules_are_found(house: House, database: TestDatabase) -> None:
    """Contents taken away, put back, a tombstone edited, made up, or without its signatures."""
    gone, stays = await old_runs(house, database, 2)
    held = await retention.set_hold(
        house.world.platform, "run", str(stays), reason="x", actor=await house.actor("admin")
    )
    assert held
    run = await deleted(house)
    assert (await verdict_of(house, (1,))).findings == (await verdict_of(house, run=gone)).findings == []
    attack(
        database,
        f"DELETE FROM archive_body b USING archive a WHERE a.id = b.archive_id AND a.run_id = '{stays}'",
        "UPDATE tombstone SET parts = parts - 0",
        f"INSERT INTO archive_body SELECT id, 'record.json', 'x' FROM archive WHERE run_id = '{gone}'",
        f"UPDATE effect SET path = 'other#1' WHERE workflow_id = 'run/{run}' AND action = 'retention.delete_bodies'",
    )
    found = [*(await verdict_of(house, (1,))).findings, *(await verdict_of(house, (4,), run=gone)).findings]
    assert {(finding.level, finding.code) for finding in found} == {
        (1, "body_missing"),
        (1, "row_edited"),
        (1, "tombstone_differs"),
        (1, "body_not_deleted"),
        (4, "tombstone_unfounded"),
    }


async def test_a_tombstone_that_was_made_up_is_unfounded(house: House, database: TestDatabase) -> None:
    """A superuser takes contents away and writes a well-formed tombstone, with one person's signatures."""
    first, second = await old_runs(house, database, 2)
    await retention.set_hold(
        house.world.platform, "run", str(second), reason="x", actor=await house.actor("admin")
    )
    await deleted(house)
    names = [column.name for column in t.tombstone.c]
    values = {
        "id": "uuidv7()",
        "run_id": f"'{second}'",
        "archive_id": f"(SELECT id FROM archive WHERE run_id = '{second}')",
        "parts": f"(SELECT parts FROM archive WHERE run_id = '{second}')",
        "witness_signature_id": "x.asked_signature_id",
        "tx": "pg_current_xact_id()",
        "recorded_at": "clock_timestamp()",
    }
    given = ", ".join(values.get(name, f"x.{name}") for name in names)
    attack(
        database,
        f"DELETE FROM archive_body b USING archive a WHERE a.id = b.archive_id AND a.run_id = '{second}'",
        f"INSERT INTO tombstone ({', '.join(names)}) SELECT {given} FROM tombstone x WHERE run_id = '{first}'",
        "UPDATE tombstone AS r SET row_hash = tombstone_hash_v2(r)",
    )
    found = (await verdict_of(house, run=second)).findings
    assert [(finding.level, finding.code) for finding in found] == [(4, "tombstone_unfounded")]


async def test_how_things_stand_takes_as_many_statements_however_much_there_is(
    house: House, database: TestDatabase
) -> None:
    auditor = await house.actor("zheng")
    found = []
    for number in (0, 5):
        if number:
            await old_runs(house, database, number)
        with counted() as sent:
            standing = await retention.standing(house.world.platform, actor=auditor)
        found.append((len(standing.due), len(sent)))
    assert [number for number, _ in found] == [0, 5] and found[0][1] == found[1][1]


async def test_holds_are_set_and_lifted_by_who_may_with_a_reason(house: House) -> None:
    platform, admin = house.world.platform, await house.actor("admin")
    zhou, far = await house.actor("zhou"), await house.actor("far")
    for actor in (zhou, far):
        with pytest.raises(NotPermitted):
            await retention.set_hold(platform, "all", "", reason="x", actor=actor)
    with pytest.raises(Refusal):
        await retention.set_hold(platform, "all", "", reason=" ", actor=admin)
    for kind, about in (("run", "none"), ("sop", "none"), ("batch", "none")):
        with pytest.raises(NotFound):
            await retention.set_hold(platform, kind, about, reason="x", actor=admin)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await retention.set_hold(platform, "run", " ", reason="x", actor=admin)
    held = await retention.set_hold(platform, "sop", deletions.KEY, reason="诉讼", actor=admin)
    await retention.lift_hold(platform, held, reason="结案", actor=admin)
    with pytest.raises(HoldNotInForce):
        await retention.lift_hold(platform, held, reason="再次", actor=admin)
    a = t.audit_event.c
    rows = await house.world.rows(
        sa.select(a.action, a.refused, a.reason).where(a.object_type == "legal_hold").order_by(a.id)
    )
    assert json.dumps([(row["action"], row["refused"]) for row in rows[-3:]]) == json.dumps(
        [("set.legal_hold", False), ("lift.legal_hold", False), ("lift.legal_hold", True)]
    )
    standing = await retention.standing(platform, actor=await house.actor("zheng"))
    assert [(row["sop"], row["lifted_why"]) for row in standing.lifted] == [(deletions.KEY, "结案")]

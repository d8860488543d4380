"""Files go with the last run that uses them: who asks for one is told so, and a verification tells it from theft."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.attachments import AttachmentDeleted
from domain.errors import NotFound
from services import attachments, evidence_check, evidence_package, retention, sealing
from services import evidence_package_verifier as verifier
from services.evidence_check import EvidenceScope
from tests import aged
from tests.servers import TestDatabase
from tests.services import deletions
from tests.services.deletions import deleted, old_runs, outcome_of
from tests.services.tasks.test_evidence_package import content_of, members, sealer
from tests.ui.house import House, open_house

PHOTO, PAPER = b"%PDF-photo", b"%PDF-paper"


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(database.app_url, seal_key="A" * 43) as made:
        await deletions.staffed(made)
        yield made


async def attached(house: House, database: TestDatabase, content: bytes, run: UUID | None) -> UUID:
    owner = Database(database.owner_url, pool_size=1)
    async with owner.write() as tx:
        tx.audited_elsewhere("the test's own world")
        made = await aged.attach(tx, content, person=house.world.people["li"], run=run)
    await owner.close()
    return made


async def findings(house: House, run: UUID | None = None) -> Sequence[tuple[str, str | None]]:
    await sealing.seal(house.world.platform)
    steps = evidence_check.verify(house.world.platform, EvidenceScope(run_id=run), (1,))
    verdict = [found async for found in steps][-1]
    return [(finding.code, finding.key) for finding in verdict.findings]


def attack(database: TestDatabase, *changes: str) -> None:
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        for table in ("attachment_body", "tombstone"):
            session.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        for change in changes:
            session.execute(change.encode())
        for table in ("attachment_body", "tombstone"):
            session.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())


async def test_who_asks_for_a_deleted_file_is_told_when_and_by_which_run(
    house: House, database: TestDatabase
) -> None:
    [old] = await old_runs(house, database)
    photo = await attached(house, database, PHOTO, old)
    run = await deleted(house)
    assert await outcome_of(house, run) == ("completed", "deleted")
    platform, reader = house.world.platform, await house.actor("li")
    with pytest.raises(AttachmentDeleted) as refused:
        await attachments.read(platform, photo, actor=reader)
    assert refused.value.params["run"] == str(run)
    assert str(run) in refused.value.message("zh") and str(run) in refused.value.message("en")
    head = await attachments.head(platform, photo, actor=reader)
    assert (head.deleted_by, head.size, head.run_id) == (run, len(PHOTO), old)
    assert head.deleted_at is not None
    with pytest.raises(NotFound):
        await attachments.head(platform, old, actor=reader)
    lines = await house.world.rows(
        sa.select(t.line.c.data).join(t.line_set).where(t.line_set.c.run_id == run)
    )
    assert {line["data"]["contents"] for line in lines} == {3}, "two parts and a file"


async def test_a_file_that_comes_again_is_there_for_all_who_had_it(
    house: House, database: TestDatabase
) -> None:
    [old] = await old_runs(house, database)
    photo = await attached(house, database, PHOTO, old)
    await deleted(house)
    assert await findings(house) == []
    again = await attached(house, database, PHOTO, None)
    reader = await house.actor("li")
    for one in (photo, again):
        assert (await attachments.read(house.world.platform, one, actor=reader)).content == PHOTO
        assert (await attachments.head(house.world.platform, one, actor=reader)).deleted_at is None
    assert await findings(house) == []


async def test_bytes_that_go_or_come_past_the_rules_are_found(house: House, database: TestDatabase) -> None:
    """Taken away without a tombstone, put back after it, left out of a tombstone; nothing of it looks deleted."""
    [old] = await old_runs(house, database)
    photo = await attached(house, database, PHOTO, old)
    paper = await attached(house, database, PAPER, None)
    await deleted(house)
    assert await findings(house) == []
    gone = sa.select(t.attachment.c.sha256).where(t.attachment.c.id == paper)
    digest = await house.world.scalar(gone)
    attack(database, f"DELETE FROM attachment_body WHERE sha256 = '{digest}'")
    assert await findings(house) == [("body_missing", str(paper))]
    with pytest.raises(NotFound):
        await attachments.read(house.world.platform, paper, actor=await house.actor("li"))
    back = f"INSERT INTO attachment_body SELECT encode(sha256(b), 'hex'), b FROM (VALUES ('{PAPER.decode()}'::bytea)"
    attack(database, f"{back}, ('{PHOTO.decode()}'::bytea)) AS v (b)")
    assert await findings(house) == [("body_not_deleted", str(photo))]
    sha = await house.world.scalar(sa.select(t.attachment.c.sha256).where(t.attachment.c.id == photo))
    stone = str(await house.world.scalar(sa.select(t.tombstone.c.id)))
    attack(database, f"DELETE FROM attachment_body WHERE sha256 = '{sha}'")
    assert await findings(house) == []
    attack(database, "UPDATE tombstone SET attachments = '[]'")
    assert await findings(house) == [("row_edited", stone), ("body_missing", str(photo))]


async def test_a_tombstone_of_another_run_excuses_no_file_of_a_run_that_is_kept(
    house: House, database: TestDatabase
) -> None:
    """A superuser takes a kept run's file and writes its digest into a tombstone that is there."""
    first, second = await old_runs(house, database, 2)
    photo = await attached(house, database, PHOTO, second)
    admin = await house.actor("admin")
    await retention.set_hold(house.world.platform, "run", str(second), reason="x", actor=admin)
    await deleted(house)
    assert await findings(house) == []
    attack(
        database,
        f"""UPDATE tombstone AS r SET attachments = (SELECT jsonb_agg(jsonb_build_object('sha256', sha256::text,
        'size', size)) FROM attachment WHERE id = '{photo}') WHERE run_id = '{first}'""",
        "UPDATE tombstone AS r SET row_hash = tombstone_hash_v2(r)",
        "DELETE FROM attachment_body",
    )
    found = await findings(house)
    assert ("body_missing", str(photo)) in found and "row_edited" in {code for code, _ in found}


async def test_packages_of_deleted_runs_are_sound_and_tell_which_deletion_took_a_file(
    house: House, database: TestDatabase
) -> None:
    """A photo of two runs went with the second one: the package of the first has both tombstones."""
    first, second = await old_runs(house, database, 2)
    for run in (first, second):
        await attached(house, database, PHOTO, run)
    await attached(house, database, PAPER, first)
    await deleted(house)
    auditor, platform = await house.actor("zheng"), house.world.platform
    for run, tombstones in ((first, 2), (second, 1)):
        async with sealer(house.world):
            made = await evidence_package.build(platform, EvidenceScope(run_id=run), actor=auditor)
        data = content_of(made)
        found = verifier.check(data)
        assert (found.verdict, found.findings, found.deleted) == ("sound", [], 1)
        told = json.loads(members(data)[f"runs/{run}/tombstone.json"])
        assert len(told["others"]) == tombstones - 1
        assert all(len(one["signatures"]) == 3 for one in (told, *told["others"]))


async def test_a_file_that_was_taken_stops_the_deletion_of_its_run(
    house: House, database: TestDatabase
) -> None:
    [old] = await old_runs(house, database)
    photo = await attached(house, database, PHOTO, old)
    attack(database, "DELETE FROM attachment_body")
    run = await deleted(house)
    assert await outcome_of(house, run) == ("completed", "kept"), "a deletion covers up nothing"
    assert await findings(house) == await findings(house, old) == [("body_missing", str(photo))]
    assert await findings(house, run) == []


async def test_a_damaged_file_stops_the_deletion(house: House, database: TestDatabase) -> None:
    [old] = await old_runs(house, database)
    await attached(house, database, PHOTO, old)
    attack(
        database,
        "ALTER TABLE attachment_body DROP CONSTRAINT ck_attachment_body_digest",
        "UPDATE attachment_body SET bytes = 'x'",
    )
    run = await deleted(house)
    assert await outcome_of(house, run) == ("completed", "kept")

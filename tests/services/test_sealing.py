"""Sealing: what is committed gets into a block, once, whoever seals and however late it commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from db.queries import seals as queries
from db.session import Database
from domain.evidence import SealNotNext
from domain.evidence_findings import EvidenceFinding
from domain.seal_blocks import BlockHead, unpack
from domain.seal_check import ExportedHead
from domain.seal_keys import SealKey, SealKeyUnreadable, fingerprint
from services import seal_heads, sealing
from services.evidence_verification import SealVerdict, verify_seals
from services.platform import Platform, PlatformSettings
from tests.servers import TestDatabase

KEY = "A" * 43
OTHER = "B" * 42 + "A"


@pytest.fixture
async def platform(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Platform]:
    opened = Database(database.app_url)
    settings = PlatformSettings(secret_key="x", seal_key=KEY, heads_file=tmp_path / "heads.jsonl")
    yield Platform(opened, cast("Any", None), settings)
    await opened.close()


async def note(platform: Platform, *names: str) -> None:
    """An audit event for each name, in transactions of their own."""
    for name in names:
        async with platform.database.write() as tx:
            await tx.audit("try.it", "thing", name)


async def verdict_of(platform: Platform, exported: Sequence[ExportedHead] = ()) -> SealVerdict:
    async with platform.database.read() as tx:
        key = platform.settings.seal_key
        return await verify_seals(tx, own=SealKey(key).public if key else None, exported=exported)


async def blocks(platform: Platform) -> list[list[str]]:
    """The names of the tables in each block."""
    async with platform.database.read() as tx:
        found = await queries.blocks(tx, 0, 1000)
    return [[table for table, _, _ in unpack(bytes(row["entries"])) or ()] for row in found]


async def test_what_is_committed_is_sealed_once(platform: Platform) -> None:
    assert await sealing.seal(platform) == 0  # nothing was done yet
    await note(platform, "a", "b")
    assert await sealing.seal(platform) == 2
    assert await sealing.seal(platform) == 0
    await note(platform, "c")
    assert (await verdict_of(platform)).unsealed == 1
    assert await sealing.seal(platform) == 1
    assert await blocks(platform) == [["audit_event"] * 2, ["audit_event"]]
    verdict = await verdict_of(platform)
    assert (verdict.findings, verdict.blocks, verdict.rows, verdict.unsealed) == ([], 2, 3, 0)


async def test_a_late_commit_goes_into_a_later_block(platform: Platform) -> None:
    """While a transaction is open nothing that began after it is sealed, and afterwards both are."""
    async with platform.database.write() as late:
        await late.audit("try.it", "thing", "late")
        await note(platform, "early")
        assert await sealing.seal(platform) == 0
        verdict = await verdict_of(platform)
        assert (verdict.unsealed, verdict.sound) == (1, True)
    assert await sealing.seal(platform) == 2
    verdict = await verdict_of(platform)
    assert (verdict.rows, verdict.unsealed, verdict.sound) == (2, 0, True)


async def test_sealers_at_once_make_one_chain(platform: Platform) -> None:
    for at in range(5):
        await note(platform, *(f"{at}.{number}" for number in range(4)))
        await asyncio.gather(*(sealing.seal(platform) for _ in range(4)), return_exceptions=True)
    await sealing.seal(platform)
    verdict = await verdict_of(platform)
    assert (verdict.rows, verdict.unsealed, verdict.sound) == (20, 0, True)


async def test_many_rows_make_many_blocks_and_a_transaction_is_not_divided(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsealed = queries.unsealed
    monkeypatch.setattr(queries, "unsealed", lambda tx, after, until: unsealed(tx, after, until, most=2))
    async with platform.database.write() as tx:
        for name in "abcde":
            await tx.audit("try.it", "thing", name)
    await note(platform, "f", "g", "h")
    assert await sealing.seal(platform) == 8
    assert [len(block) for block in await blocks(platform)] == [5, 2, 1]
    assert (await verdict_of(platform)).sound


async def test_the_chain_is_only_continued_at_its_end(platform: Platform, database: TestDatabase) -> None:
    await note(platform, "a")
    await sealing.seal(platform)
    async with platform.database.read() as tx:
        [row] = await queries.heads(tx, 0, 10)
        horizon = await queries.horizon(tx)
    head = queries.head_of(row)
    good = replace(
        head, number=2, from_tx=head.until_tx, until_tx=horizon + 1_000, previous=bytes(row["hash"])
    )
    for wrong in (
        good,  # it ends behind the oldest open transaction
        replace(good, number=3),
        replace(good, until_tx=horizon, previous=bytes(32)),
        replace(good, until_tx=horizon, from_tx=head.until_tx - 1),
    ):
        await note(platform, "more")
        with pytest.raises(SealNotNext):
            await _put_in(platform, wrong)
    for change in ("UPDATE seal_block SET count = 9", "DELETE FROM seal_block", "DELETE FROM seal_key"):
        with (
            psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session,
            pytest.raises(psycopg.Error, match="added, never changed"),
        ):
            session.execute(change.encode())


async def _put_in(platform: Platform, head: BlockHead) -> None:
    async with platform.database.write() as tx:
        tx.audited_elsewhere("an attack")
        await queries.add_block(tx, head, bytes(64), b"")


async def test_a_new_key_is_vouched_for_by_the_one_before(platform: Platform) -> None:
    await note(platform, "a")
    await sealing.seal(platform)
    await note(platform, "b")
    stranger = replace(platform, settings=replace(platform.settings, seal_key=OTHER))
    with pytest.raises(sealing.SealKeyUnknown, match="XUNJI_SEAL_KEY_BEFORE"):
        await sealing.seal(stranger)
    assert [found.code for found in (await verdict_of(stranger)).findings] == ["key_not_ours"]
    heir = replace(stranger, settings=replace(stranger.settings, seal_key_before=KEY))
    assert await sealing.seal(heir) == 1
    assert (await verdict_of(heir)).findings == []
    assert [found.code for found in (await verdict_of(platform)).findings] == ["key_not_ours"]


@pytest.mark.parametrize("text", ["", "short", "?" * 43, "A" * 44])
def test_a_key_is_32_bytes(text: str) -> None:
    with pytest.raises(SealKeyUnreadable):
        SealKey(text)
    assert len(fingerprint(SealKey(KEY).public)) == 79


async def test_without_a_key_nothing_is_sealed(platform: Platform) -> None:
    await note(platform, "a")
    assert await sealing.seal(replace(platform, settings=PlatformSettings(secret_key="x"))) == 0
    assert (await verdict_of(platform)).unsealed == 1


async def test_heads_are_written_outside_and_tell_a_tail_that_was_cut(
    platform: Platform, database: TestDatabase
) -> None:
    path = platform.settings.heads_file
    assert path is not None
    assert await seal_heads.export_head(platform) is None
    assert seal_heads.exported_heads(path) == []
    for name in "abc":
        await note(platform, name)
        await sealing.seal(platform)
        assert await seal_heads.export_head(platform)
        assert await seal_heads.export_head(platform) is None
    exported = seal_heads.exported_heads(path)
    assert [head.number for head in exported] == [1, 2, 3]
    verdict = await verdict_of(platform, exported)
    assert (verdict.findings, verdict.exported_until) == ([], 3)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("ALTER TABLE seal_block DISABLE TRIGGER USER")
        session.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        session.execute("DELETE FROM audit_event WHERE object_id = 'c'")
        session.execute("DELETE FROM seal_block WHERE number = 3")
    assert (await verdict_of(platform)).sound  # inside everything fits together again
    assert (await verdict_of(platform, exported)).findings == [EvidenceFinding(1, "tail_cut", 3)]
    path.write_bytes(path.read_bytes() + b"{}\n")
    with pytest.raises(seal_heads.HeadsUnreadable, match="line 4"):
        seal_heads.exported_heads(path)

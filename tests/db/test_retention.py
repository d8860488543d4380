"""Contents of archives go when the longest rule says so, before a witness, leaving a tombstone - and never else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from db.ids import new_id
from db.row_hash import row_hash
from db.session import Database
from domain.evidence import EvidenceIsImmutable
from domain.retention import (
    ArchiveNotWhole,
    DeletionNotWitnessed,
    HoldNotInForce,
    RetentionNotOver,
    UnderLegalHold,
)
from tests import aged
from tests.aged import Asking
from tests.db.retention_house import LONG_AGO, NOW, House, open_house
from tests.servers import TestDatabase


@pytest.fixture
async def house(module_database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(module_database) as made:
        yield made


async def test_what_is_over_goes_and_leaves_a_tombstone(house: House) -> None:
    run = await house.run()
    by = await house.asking(run)
    await house.delete(run, by)
    assert await house.bodies(run) == 0
    async with house.app.read() as tx:
        stone = await tx.one(sa.select(t.tombstone).where(t.tombstone.c.run_id == run))
        header = await tx.one(sa.select(t.archive).where(t.archive.c.run_id == run))
    assert stone["parts"] == header["parts"] and len(stone["parts"]) == 2
    assert (stone["rule"], stone["destruction_run_id"], stone["archive_id"]) == ("law", by.run, header["id"])
    three = (house.room.keeper, house.room.checker, house.manager)
    assert (stone["asked_by"], stone["approved_by"], stone["witnessed_by"]) == three
    assert bytes(stone["row_hash"]) == row_hash("tombstone", stone)
    with pytest.raises(ArchiveNotWhole):
        await house.delete(run)


async def test_too_early_nothing_goes(house: House) -> None:
    run = await house.run(NOW - timedelta(days=365 * 5))
    with pytest.raises(RetentionNotOver, match="kept until"):
        await house.delete(run)
    assert await house.bodies(run) == 2


async def test_on_the_last_day_it_is_kept_and_on_the_next_it_may_go(house: House) -> None:
    """The day counts where the site is."""
    today = NOW.astimezone(ZoneInfo("Asia/Shanghai")).date()
    last = _years_later(today, -5)
    if _years_later(last, 5) != today:  # the 29th of February has no such day
        last -= timedelta(days=1)
    at = datetime(last.year, last.month, last.day, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    kept, over = await house.run(at), await house.run(at - timedelta(days=1))
    assert await house.end(kept) == ("law", _years_later(last, 5))
    with pytest.raises(RetentionNotOver):
        await house.delete(kept)
    await house.delete(over)


async def test_a_run_that_is_made_older_than_its_archive_says_gains_nothing(house: House) -> None:
    run = await house.run(NOW - timedelta(days=30))
    async with house.app.write() as tx:
        await tx.execute(sa.update(t.run).where(t.run.c.id == run).values(ended_at=LONG_AGO))
        tx.audited_elsewhere("an attack")
    with pytest.raises(RetentionNotOver):
        await house.delete(run)


async def test_a_hold_keeps_all_that_it_covers_until_it_is_lifted(house: House) -> None:
    batch = await house.batch(None)
    run = await house.run(batches=[batch])
    by = await house.asking(run)
    for kind, about in (
        ("run", {"run_id": run}),
        ("batch", {"batch_id": batch}),
        ("sop", {"sop_id": house.version[0]}),
        ("all", {}),
    ):
        held = await house.hold(kind, **about)
        with pytest.raises(UnderLegalHold, match="诉讼"):
            await house.delete(run, by)
        await house.hold("lift", lifts_id=held)
        with pytest.raises(HoldNotInForce):
            await house.hold("lift", lifts_id=held)
    with pytest.raises(HoldNotInForce):
        await house.hold("lift", lifts_id=new_id())
    await house.hold("run", run_id=await house.run())
    await house.delete(run, by)


async def test_a_deletion_waits_for_a_hold_that_is_being_set_and_then_does_nothing(house: House) -> None:
    run = await house.run()
    by = await house.asking(run)
    async with house.app.write() as tx:
        row = {"kind": "run", "run_id": run, "reason": "诉讼", "actor_id": house.room.checker}
        await tx.execute(sa.insert(t.legal_hold).values(**row))
        tx.audited_elsewhere("a hold is evidence itself")
        deleting = asyncio.create_task(house.delete(run, by))
        done, _ = await asyncio.wait([deleting], timeout=0.3)
        assert not done
    with pytest.raises(UnderLegalHold):
        await deleting
    assert await house.bodies(run) == 2


async def test_a_hold_waits_for_a_deletion_under_way(house: House) -> None:
    run = await house.run()
    by = await house.asking(run)
    async with house.app.write() as tx:
        await tx.scalar(aged.deletion(run, by))
        tx.audited_elsewhere("a tombstone is evidence itself")
        setting = asyncio.create_task(house.hold("run", run_id=run))
        done, _ = await asyncio.wait([setting], timeout=0.3)
        assert not done
    await setting
    assert await house.bodies(run) == 0


async def test_a_called_run_is_kept_with_its_caller(house: House) -> None:
    async with house.arranged() as tx:
        whole: dict[str, Any] = {
            "site": house.room.east,
            "person": house.room.keeper,
            "version": house.version,
        }
        caller = await aged.ended_run(tx, ended_at=None, **whole)
        called = await aged.ended_run(tx, ended_at=LONG_AGO, called_by=caller, **whole)
        beside = await aged.ended_run(tx, ended_at=LONG_AGO, called_by=caller, **whole)
        await aged.kept(tx, called)
    by = await house.asking(called)
    assert await house.end(called) == ("under_way", None)
    with pytest.raises(RetentionNotOver):
        await house.delete(called, by)
    async with house.arranged() as tx:
        await tx.execute(
            sa.update(t.run).where(t.run.c.id == caller).values(state="completed", ended_at=LONG_AGO)
        )
    held = await house.hold("run", run_id=beside)
    with pytest.raises(UnderLegalHold):
        await house.delete(called, by)
    await house.hold("lift", lifts_id=held)
    await house.delete(called, by)


async def test_without_three_persons_in_a_run_that_lists_it_nothing_goes(house: House) -> None:
    run, keeper, checker = await house.run(), house.room.keeper, house.room.checker
    for persons in ((keeper, keeper, checker), (keeper, checker, checker), (keeper, checker, keeper)):
        with pytest.raises(DeletionNotWitnessed):
            await house.delete(run, await house.asking(run, persons=persons))
    with pytest.raises(DeletionNotWitnessed):
        await house.delete(run, await house.asking(run, one_task=True))
    with pytest.raises(DeletionNotWitnessed):
        await house.delete(run, await house.asking(await house.run()))
    by, other = await house.asking(run), await house.asking(run)
    with pytest.raises(DeletionNotWitnessed):
        await house.delete(run, Asking(by.run, by.asked, by.approved, other.witness))
    async with house.arranged() as tx:
        over = sa.update(t.run).where(t.run.c.id == other.run)
        await tx.execute(over.values(state="completed", ended_at=sa.func.clock_timestamp()))
    with pytest.raises(DeletionNotWitnessed):
        await house.delete(run, other)
    assert await house.bodies(run) == 2


async def test_the_application_has_no_other_way(house: House) -> None:
    run = await house.run()
    by = await house.asking(run)
    stone = sa.insert(t.tombstone).values(
        run_id=run,
        destruction_run_id=by.run,
        path="x#1",
        asked_signature_id=by.asked,
        approved_signature_id=by.approved,
        witness_signature_id=by.witness,
        reason="x",
    )
    for change in (
        sa.text("DELETE FROM archive_body"),
        sa.text("TRUNCATE archive_body"),
        sa.text("UPDATE archive_body SET content = ''"),
        sa.text("UPDATE retention_rule SET years_after_end = 5"),
        stone,
    ):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):  # noqa: PT012
            async with house.app.write() as tx:
                await tx.execute(change)
                tx.audited_elsewhere("an attack")
    assert await house.bodies(run) == 2


async def test_the_owner_deletes_nothing_without_a_tombstone_of_the_same_change(house: House) -> None:
    run, other = await house.run(), await house.run()
    for change in (
        "DELETE FROM archive_body",
        "TRUNCATE archive_body",
        "UPDATE archive_body SET name = name",
    ):
        with pytest.raises(EvidenceIsImmutable):
            async with house.arranged() as tx:
                await tx.execute(sa.text(change))
    await house.delete(run)
    with pytest.raises(EvidenceIsImmutable):
        async with house.arranged() as tx:
            await tx.execute(sa.text("DELETE FROM archive_body"))
    assert await house.bodies(other) == 2


async def test_what_is_not_whole_is_not_deleted(house: House, module_database: TestDatabase) -> None:
    run = await house.run()
    root = Database(module_database.superuser_url, pool_size=1)
    async with root.write() as tx:
        tx.audited_elsewhere("an attack")
        await tx.execute(sa.text("ALTER TABLE archive_body DISABLE TRIGGER USER"))
        archive = sa.select(t.archive.c.id).where(t.archive.c.run_id == run).scalar_subquery()
        b = t.archive_body.c
        await tx.execute(sa.delete(t.archive_body).where(b.archive_id == archive, b.name == "record.json"))
        for trigger in ("refuse_change", "delete_with_tombstone"):
            await tx.execute(sa.text(f"ALTER TABLE archive_body ENABLE ALWAYS TRIGGER {trigger}"))
    await root.close()
    with pytest.raises(ArchiveNotWhole):
        await house.delete(run)
    async with house.arranged() as tx:
        whole: dict[str, Any] = {
            "site": house.room.east,
            "person": house.room.keeper,
            "version": house.version,
        }
        bare = await aged.ended_run(tx, ended_at=LONG_AGO, **whole)
    with pytest.raises(ArchiveNotWhole):
        await house.delete(bare)


async def test_a_run_that_deleted_is_kept_for_ever(house: House) -> None:
    run = await house.run()
    by = await house.asking(run)
    await house.delete(run, by)
    async with house.arranged() as tx:
        over = sa.update(t.run).where(t.run.c.id == by.run)
        await tx.execute(over.values(state="completed", ended_at=LONG_AGO))
    assert await house.end(by.run) == ("destruction", None)


CLASSES: dict[str, tuple[dict[str, Any], int | None, int | None]] = {
    "drug": ({}, 5, 1),
    "special": ({"special_control": True}, 5, 5),
    "vaccine": ({"record_class": "vaccine"}, 5, 5),
    "device": ({"category": "device"}, 5, 2),
    "implant": ({"category": "device", "record_class": "implant"}, None, 2),
}
DAYS = st.dates(date(2004, 2, 29), date(2024, 12, 31))


@given(
    ended=DAYS,
    hour=st.integers(0, 23),
    site=st.sampled_from(["east", "west"]),
    retention=st.sampled_from([None, "P1Y", "P5Y", "P7Y", "P30Y"]),
    goods=st.lists(st.tuples(st.sampled_from(sorted(CLASSES)), DAYS | st.none()), max_size=4),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_longest_rule_wins(
    house: House,
    ended: date,
    hour: int,
    site: str,
    retention: str | None,
    goods: list[tuple[str, date | None]],
) -> None:
    zone = ZoneInfo("Asia/Shanghai" if site == "east" else "Asia/Urumqi")
    batches = [await house.batch(expires, **CLASSES[name][0]) for name, expires in goods]
    async with house.arranged() as tx:
        version = await aged.procedure(tx, house.room.keeper, retention)
    at = datetime(ended.year, ended.month, ended.day, hour, tzinfo=zone)
    run = await house.run(at, site=house.room.ids[site], version=version, batches=batches)
    floor = int((retention or "P5Y")[1:-1])
    wanted: list[date | None] = [_years_later(ended, max(floor, 5))]
    for name, expires in goods:
        _, after_end, after_expiry = CLASSES[name]
        wanted.append(None if after_end is None else _years_later(ended, after_end))
        if expires is not None and after_expiry is not None:
            wanted.append(_years_later(expires, after_expiry))
    longest = None if None in wanted else max(day for day in wanted if day)
    rule, until = await house.end(run)
    assert until == longest
    if longest is None:
        assert rule == "record_class"


def _years_later(day: date, years: int) -> date:
    """As PostgreSQL counts: the 29th of February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)

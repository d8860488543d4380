"""Nothing that the application can change makes a retention shorter; lists of what is due ask for a page alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ledger
from db import tables as t
from db.ids import new_id
from db.queries import retention_due
from db.queries._paging import CursorUnknown, cursor_of
from domain.batches import IdentityIsImmutable
from domain.retention import RetentionNotOver, UnderLegalHold
from tests import aged
from tests.db.retention_house import LONG_AGO, NOW, House, open_house
from tests.db.stockroom import new_batch
from tests.servers import TestDatabase

FAR = date(2080, 1, 1)


@pytest.fixture
async def house(module_database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(module_database) as made:
        yield made


async def changed(house: House, change: Any, *, owner: bool = False) -> None:
    async with (house.owner if owner else house.app).write() as tx:
        await tx.execute(change)
        tx.audited_elsewhere("an attack")


def _of(table: sa.Table, key: UUID, **values: Any) -> sa.Update:
    return sa.update(table).where(table.c.id == key).values(**values)


async def test_a_run_loses_no_batch_and_may_be_about_more(house: House) -> None:
    one, two = await house.batch(FAR), await house.batch(None)
    run = await house.run(batches=[one])
    for owner in (False, True):
        for left in ([], [two]):
            with pytest.raises(IdentityIsImmutable):
                await changed(house, _of(t.run, run, batch_ids=left), owner=owner)
    await changed(house, _of(t.run, run, batch_ids=[two, one]))
    assert (await house.end(run))[0] == "batch"
    with pytest.raises(RetentionNotOver):
        await house.delete(run)


@pytest.mark.parametrize("what", ["submission", "posting"])
async def test_a_run_did_not_end_before_the_last_thing_that_was_done_in_it(house: House, what: str) -> None:
    """The application makes a run of today one of long ago, and archives it as such."""
    keeper = house.room.keeper
    made: dict[str, Any] = {"site": house.room.east, "person": keeper, "version": house.version}
    async with house.app.write() as tx:
        run = await aged.ended_run(tx, ended_at=NOW, **made)
        if what == "submission":
            row = {"kind": "task", "run_id": run, "actor_id": keeper, "content_hash": aged.DIGEST}
            await tx.execute(sa.insert(t.submission).values(**row))
        else:
            receipt = house.room.receipt(await new_batch(tx, house.room, run.hex, None), 1)
            await ledger.post(tx, replace(receipt, run_id=run, path="post#1"))
        tx.audited_elsewhere("an attack")
    await changed(house, _of(t.run, run, started_at=LONG_AGO, ended_at=LONG_AGO))
    async with house.app.write() as tx:
        await aged.kept(tx, run)
        tx.audited_elsewhere("an attack")
    _, until = await house.end(run)
    assert until is not None and until > NOW.date() + timedelta(days=365 * 5 - 2)
    with pytest.raises(RetentionNotOver):
        await house.delete(run)


async def test_goods_are_kept_as_whatever_they_ever_were(house: House) -> None:
    """A class is taken back before or after the run was archived, also by direct SQL on what was noted."""
    implant = await house.batch(None, category="device", record_class="implant")
    special = await house.batch(date(2020, 1, 1), special_control=True)
    before = await house.run(batches=[implant])
    wanted = await house.end(await house.run(datetime(2012, 1, 1, tzinfo=UTC), batches=[special]))
    assert wanted == ("batch", date(2025, 1, 1))
    await changed(house, _of(t.material, implant, record_class=None, kept_as=[]))
    await changed(house, _of(t.material, implant, category="drug"))
    await changed(house, _of(t.material, special, special_control=False))
    after = await house.run(batches=[implant])
    assert await house.end(before) == await house.end(after) == ("record_class", None)
    later = await house.run(datetime(2012, 1, 1, tzinfo=UTC), batches=[special])
    assert await house.end(later) == wanted


async def test_what_was_true_when_it_was_archived_stays_true(house: House) -> None:
    """A line of a document is given another batch, the document another run; rule and hold find both still."""
    held, other = await house.batch(FAR), await house.batch(None)
    keeper, document, line = house.room.keeper, new_id(), new_id()
    async with house.arranged() as tx:
        made: dict[str, Any] = {"site": house.room.east, "person": keeper, "version": house.version}
        run, another = [await aged.ended_run(tx, ended_at=LONG_AGO, **made) for _ in range(2)]
        head = {"kind": "receipt", "number": document.hex, "run_id": run, "created_by": keeper}
        places = {"site_id": house.room.east, "legal_entity_id": house.room.entity}
        await tx.execute(sa.insert(t.document).values(id=document, **head, **places))
        goods = {"line_no": 1, "material_id": house.room.material, "quantity": 1, "batch_id": held}
        await tx.execute(sa.insert(t.document_line).values(id=line, document_id=document, **goods))
        await aged.kept(tx, run)
    wanted = await house.end(run)
    assert wanted == ("batch", FAR.replace(year=FAR.year + 1))
    await changed(house, _of(t.document_line, line, batch_id=other))
    await changed(house, _of(t.document, document, run_id=another))
    assert await house.end(run) == wanted
    await house.hold("batch", batch_id=held)
    with pytest.raises(UnderLegalHold):
        await house.delete(run)


async def test_nobody_lowers_what_was_noted(house: House) -> None:
    run, f = await house.run(), t.retention_floor.c
    noted: list[dict[str, Any]] = [
        {"until": date(2000, 1, 1)},
        {"batch_ids": []},
        {"gone": True},
        {"rule": "x"},
    ]
    for values in noted:
        change = sa.update(t.retention_floor).where(f.run_id == run).values(**values)
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            await changed(house, change)
        with pytest.raises(IdentityIsImmutable):
            await changed(house, change, owner=True)
    for gone in (sa.delete(t.retention_floor), sa.text("TRUNCATE retention_floor")):
        with pytest.raises(IdentityIsImmutable):
            await changed(house, gone, owner=True)
    await house.delete(run)
    async with house.app.read() as tx:
        assert await tx.scalar(sa.select(f.gone).where(f.run_id == run))


CHANGES = st.lists(
    st.sampled_from(
        [{"special_control": on} for on in (True, False)]
        + [{"category": "device", "record_class": "implant"}, {"category": "drug", "record_class": "vaccine"}]
        + [{"category": one, "record_class": None} for one in ("drug", "device")]
    ),
    min_size=1,
    max_size=5,
)


@given(changes=CHANGES, expires=st.dates(date(2010, 1, 1), date(2040, 1, 1)))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_change_of_a_class_shortens_anything(
    house: House, changes: list[dict[str, Any]], expires: date
) -> None:
    batch = await house.batch(expires)
    run = await house.run(datetime(2015, 6, 1, tzinfo=UTC), batches=[batch])
    _, last = await house.end(run)
    for values in changes:
        await changed(house, _of(t.material, batch, **values))
        _, now = await house.end(run)
        assert now is None or (last is not None and now >= last)
        last = now


async def test_lists_look_at_a_page_and_say_where_the_next_begins(house: House) -> None:
    """What its family or a hold keeps stands among those looked at, and in no list of what is due."""
    async with house.arranged() as tx:
        version = await aged.procedure(tx, house.room.keeper)
    begun = datetime(1950, 1, 1, tzinfo=UTC)
    made = [
        await house.run(begun + timedelta(days=n), site=house.room.west, version=version) for n in range(5)
    ]
    young = await house.run(NOW)
    hold = await house.hold("run", run_id=made[1])
    async with house.app.read() as tx:
        first = await retention_due.examined(tx, 2, None)
        second = await retention_due.examined(tx, 2, first.next)
        assert [row["run_id"] for row in (*first.items, *second.items)] == made[:4]
        assert [row["holds"] for row in first.items] == [0, 1]
        due = await retention_due.due(tx, 3, house.room.west)
        assert [row["run_id"] for row in due] == [made[0], made[2], made[3]]
        coming = [row["run_id"] for row in await retention_due.upcoming(tx, 1000)]
        assert young in coming and not set(made) & set(coming)
        for forged in ("x", cursor_of("no day", made[0]), cursor_of("2020-01-01")):
            with pytest.raises(CursorUnknown):
                await retention_due.examined(tx, 2, forged)
    await house.hold("lift", lifts_id=hold)
    held = await house.hold("sop", sop_id=version[0])
    async with house.app.read() as tx:
        assert await retention_due.due(tx, 3, house.room.west) == []
    await house.hold("lift", lifts_id=held)
    await house.delete(made[0])
    everything = await house.hold()
    async with house.app.read() as tx:
        assert (await retention_due.examined(tx, 1, None)).items[0]["run_id"] == made[1]
        assert await retention_due.due(tx, 3, house.room.west) == []
    await house.hold("lift", lifts_id=everything)

"""Goods that are carried away between their count and its adjustment: the books are corrected where they stand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.counting import Counting
from tests.services.sealing import recall, recall_zone
from tests.stand_in_engine import StandInEngine
from tests.world import GTINS, make_world

SHELF, APART, RED = ("A1", "A-01", "qualified"), ("A1", "Z-01", "recalled"), ("A1", "R-01", "rejected")


@pytest.fixture
async def counting(working: TestDatabase) -> AsyncIterator[Counting]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Counting(await make_world(opened, engine), engine)
    await made.prepare()
    await made.values(M1="12.50")
    async with made.world.write() as tx:
        await recall_zone(tx, made.world.sites["SH1"])
    yield made
    await opened.close()


async def recalled(counting: Counting, batch: UUID, *, carried: bool = True) -> None:
    async with counting.world.write() as tx:
        await recall(tx, batch, counting.world.people["zhou"], carried=carried)


async def counted(counting: Counting, found: int) -> None:
    await counting.start()
    await counting.count("count", "sun", found)
    await counting.count("second_count", "feng", found)


@pytest.mark.parametrize("found", [98, 103])
@pytest.mark.parametrize(("carried", "where"), [(True, APART), (False, SHELF)])
async def test_what_a_recall_took_since_the_count_is_corrected_where_it_stands(
    counting: Counting, found: int, carried: bool, where: tuple[str, str, str]
) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counted(counting, found)
    await recalled(counting, batch, carried=carried)
    await counting.review(cause="misplaced")
    assert await counting.state() == ("completed", "completed")
    assert await counting.balances() == {where: found}
    data = (await counting.record())["A-01", "A1"]["data"]
    assert (data["expected"], data["counted"], data["adjusted"]) == (100, found, True)


async def test_what_quality_has_rejected_since_the_count_is_corrected_in_the_red_zone(
    counting: Counting,
) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counted(counting, 98)
    red = await counting.place("R-01", "rejected")
    await counting.post("status_change", batch, 100, await counting.place("A-01"), red)
    await counting.review()
    assert await counting.state() == ("completed", "completed")
    assert await counting.balances() == {RED: 98}


async def test_what_was_carried_away_before_the_count_is_not_touched(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await recalled(counting, batch)
    await counting.claim("count", "sun")
    await counting.answer("count", "sun", 1, {"counted_quantity": 2})  # they forgot two
    await counting.finish("count", "sun")
    await counting.count("second_count", "feng", 2)
    await counting.review(cause="misplaced")
    assert await counting.balances() == {APART: 100, SHELF: 2}


async def test_what_is_left_on_the_shelf_is_corrected_there_first(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counted(counting, 90)
    red = await counting.place("R-01", "rejected")
    await counting.post("status_change", batch, 94, await counting.place("A-01"), red)
    await counting.review()
    assert await counting.state() == ("completed", "completed")
    assert await counting.balances() == {RED: 90}


async def test_the_missing_piece_is_the_one_that_nobody_scanned_before_it_was_recalled(
    counting: Counting,
) -> None:
    batch = await counting.pieces("A-01", "M1", "A1", ["N1", "N2", "N3"])
    await counting.start()
    await counting.count("count", "sun", 2)
    await counting.claim("second_count", "feng")
    for serial in ("N1", "N3"):
        await counting.scan("second_count", "feng", f"]C101{GTINS['M1'].zfill(14)}10A1\x1d21{serial}", 1)
    await counting.answer("second_count", "feng", 1, {"counted_quantity": 2})
    await counting.finish("second_count", "feng")
    await recalled(counting, batch)
    await counting.review()
    p, s = t.serial_place.c, t.serial.c
    rows = await counting.world.rows(
        sa.select(s.number, p.kind, p.status).join(t.serial_place, p.serial_id == s.id)
    )
    places = {row["number"]: (row["kind"], row["status"]) for row in rows}
    there = ("internal", "recalled")
    assert places == {"N1": there, "N2": ("count", None), "N3": there}
    assert await counting.state() == ("completed", "completed")


async def test_two_counts_of_what_a_recall_took_correct_it_once(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counted(counting, 97)
    first = counting.run
    await counting.start("random", size=5)
    await counting.count("count", "sun", 97)
    await counting.count("second_count", "feng", 97)
    second, counting.run = counting.run, first
    await recalled(counting, batch)
    await counting.review()
    assert await counting.state() == ("completed", "completed")
    counting.run = second
    await counting.review()
    assert (await counting.state())[0] == "incident"
    [incident] = await counting.world.rows(sa.select(t.task.c.content).where(t.task.c.kind == "incident"))
    assert incident["content"]["data"][0]["value"] == "ledger_changed"
    assert await counting.balances() == {APART: 97}

"""A piece is picked for one order at a time: at the same moment, out of a case, and until its goods are booked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.stock_scans import TakenMeanwhile
from services import stock_scans, worklists
from services.actions import ACTIONS, UNDOS
from tests.services.shipping import Outbound, gs1
from tests.services.test_shipping_scans import case
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from services.scanning import ScanAnswer
    from tests.servers import TestDatabase

PICKERS = ("he", "lv")


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    yield made
    await opened.close()


async def two_orders(outbound: Outbound, quantity: int = 1) -> list[UUID]:
    """Two orders of so many packs, each pick claimed by another person."""
    runs = []
    for number, who in enumerate(PICKERS, 1):
        runs.append(await outbound.begin(("M1", quantity), number=f"SO-{number}"))
        await outbound.claim("pick", who)
    return runs


async def scan_of(outbound: Outbound, run: UUID, who: str, code: str) -> ScanAnswer:
    outbound.run = run
    return await outbound.scan("pick", who, code)


async def at_the_same_moment(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch, runs: list[UUID], codes: tuple[str, str]
) -> list[ScanAnswer]:
    """Both look before either scan is kept; whoever looks again does it alone."""
    looked, both = 0, asyncio.Event()
    judge = stock_scans.judge

    async def judged(*given: Any) -> Any:
        nonlocal looked
        found = await judge(*given)
        looked += 1
        if looked == 2:
            both.set()
        await both.wait()
        return found

    monkeypatch.setattr(stock_scans, "judge", judged)
    scans = []
    for run, code, who in zip(runs, codes, PICKERS, strict=True):
        outbound.run = run
        task, actor = await outbound.task("pick"), await outbound.world.actor(who)
        given: dict[str, Any] = {"scan_id": uuid4(), "epoch": task["epoch"], "code": code, "actor": actor}
        scans.append(worklists.scan(outbound.world.platform, task["id"], **given))
    return await asyncio.gather(*scans)


async def test_of_two_who_look_at_the_same_moment_one_gets_the_piece(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    runs = await two_orders(outbound)
    code = gs1("M1", "B1", "S1")
    answers = await at_the_same_moment(outbound, monkeypatch, runs, (code, code))
    verdicts = [answer.verdict for answer in answers]
    assert sorted(verdicts) == ["matched", "refused"]
    got, told = verdicts.index("matched"), answers[verdicts.index("refused")]
    assert (told.reason_code, told.totals.scanned_quantity) == ("taken", 0)
    assert f"SO-{got + 1}" in told.message["zh"]


async def test_two_who_scan_different_pieces_at_the_same_moment_both_get_theirs(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    runs = await two_orders(outbound)
    codes = (gs1("M1", "B1", "S1"), gs1("M1", "B1", "S2"))
    answers = await at_the_same_moment(outbound, monkeypatch, runs, codes)
    assert [answer.verdict for answer in answers] == ["matched", "matched"]


@pytest.mark.parametrize("case_first", [True, False])
async def test_a_case_and_a_piece_in_it_are_not_taken_by_two(outbound: Outbound, case_first: bool) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3", "S4")
    sscc = f"]C100{await case(outbound, ('B1', 2, ['S1', 'S2']))}"
    runs = await two_orders(outbound, 2)
    codes = (sscc, gs1("M1", "B1", "S1")) if case_first else (gs1("M1", "B1", "S1"), sscc)
    assert (await scan_of(outbound, runs[0], "he", codes[0])).verdict == "matched"
    second = await scan_of(outbound, runs[1], "lv", codes[1])
    assert (second.verdict, second.reason_code) == ("refused", "taken")
    assert "SO-1" in second.message["zh"]


async def test_a_case_and_a_piece_in_it_are_not_taken_at_the_same_moment(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3", "S4")
    sscc = f"]C100{await case(outbound, ('B1', 2, ['S1', 'S2']))}"
    runs = await two_orders(outbound, 2)
    answers = await at_the_same_moment(outbound, monkeypatch, runs, (sscc, gs1("M1", "B1", "S2")))
    assert sorted(answer.verdict for answer in answers) == ["matched", "refused"]


async def test_what_is_undone_is_free_again(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    runs = await two_orders(outbound)
    first = await scan_of(outbound, runs[0], "he", gs1("M1", "B1", "S1"))
    await outbound.take_back("pick", "he", first.scan_id)
    assert (await scan_of(outbound, runs[1], "lv", gs1("M1", "B1", "S1"))).verdict == "matched"


async def test_a_list_that_is_done_keeps_its_pieces_until_they_are_booked(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3", "S4")
    runs = await two_orders(outbound, 2)
    assert (await scan_of(outbound, runs[0], "he", gs1("M1", "B1", "S1"))).verdict == "matched"
    await outbound.answer("pick", "he", 1, {"found_quantity": 1, "reason": "少一件"}, "short")
    await outbound.finish("pick", "he", outcome="done")
    assert (await outbound.task("short_decision"))["state"] == "open"
    waiting = await scan_of(outbound, runs[1], "lv", gs1("M1", "B1", "S1"))
    assert (waiting.verdict, waiting.reason_code) == ("refused", "taken")
    outbound.run = runs[0]
    await outbound.filled("short_decision", "wu", "stop", reason="客户取消")
    assert (await scan_of(outbound, runs[1], "lv", gs1("M1", "B1", "S1"))).verdict == "matched"


async def test_what_was_picked_and_sent_back_to_the_shelf_is_free_again(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    runs = await two_orders(outbound)
    assert (await scan_of(outbound, runs[0], "he", gs1("M1", "B1", "S1"))).verdict == "matched"
    await outbound.finish("pick", "he", outcome="done")
    picked = await scan_of(outbound, runs[1], "lv", gs1("M1", "B1", "S1"))
    assert (picked.verdict, picked.reason_code) == ("refused", "not_here")
    outbound.run = runs[0]
    await outbound.claim("review", "feng")
    await outbound.send_back("review", "feng", "pick", "拣错")
    assert (await scan_of(outbound, runs[1], "lv", gs1("M1", "B1", "S1"))).verdict == "matched"


async def test_the_same_number_on_other_goods_is_another_piece(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1")
    await outbound.serials("A-01", "M2", "C1", "S1")
    runs = []
    for number, (who, material) in enumerate(zip(PICKERS, ("M1", "M2"), strict=True), 1):
        runs.append(await outbound.begin((material, 1), number=f"SO-{number}"))
        await outbound.claim("pick", who)
    assert (await scan_of(outbound, runs[0], "he", gs1("M1", "B1", "S1"))).verdict == "matched"
    assert (await scan_of(outbound, runs[1], "lv", gs1("M2", "C1", "S1"))).verdict == "matched"


async def test_the_database_refuses_a_scan_that_nobody_looked_at(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    runs = await two_orders(outbound)
    await scan_of(outbound, runs[0], "he", gs1("M1", "B1", "S1"))
    [kept] = await outbound.world.rows(sa.select(t.scan).where(t.scan.c.verdict == "matched"))
    outbound.run = runs[1]
    task = await outbound.task("pick")
    stamped = ("id", "tx", "recorded_at", "row_hash", "hash_version")
    row = {name: value for name, value in kept.items() if name not in stamped}
    row |= {"task_id": task["id"], "line_set_id": task["line_set_id"]}
    with pytest.raises(TakenMeanwhile, match="SO-1"):
        async with outbound.world.write() as tx:
            await tx.execute(sa.insert(t.scan).values(**row))

"""What a stocktake does to the books: reviewed, adjusted once, and never what is not there."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.batches import PlaceKind
from domain.errors import Refusal
from domain.reservations import Reserved
from services import reservations, runs, tasks
from services.reservations import Taker
from tests.services.counting import SIGNED, Counting
from tests.world import GTINS

A1, A2 = ("A-01", "A1"), ("A-02", "A2")


async def test_what_quality_does_not_approve_changes_no_books(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.count("count", "sun", 10)
    await counting.count("second_count", "feng", 10)
    await counting.review(cause="lost", reason="已查监控")
    await counting.claim("approval", "zhou")
    await counting.finish("approval", "zhou", outcome="refused", data={"assessment": "不足"}, reason="再查")
    assert await counting.state() == ("completed", "not_adjusted")
    assert await counting.balances() == {("A1", "A-01", "qualified"): 100}
    data = (await counting.record())[A1]["data"]
    assert (data["variance"], data["adjusted"], data["cause"]) == (-90, False, "lost")


async def test_a_line_that_is_kept_stays_and_the_others_are_adjusted(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.stock("A-02", "M1", "A2", 40)
    await counting.start()
    await counting.count("count", "sun", 99, 41)
    await counting.count("second_count", "feng", 99, 41)
    await counting.claim("review", "wu")
    await counting.answer("review", "wu", 1, {"cause": "lost", "reason": "已查找"}, "adjust")
    with pytest.raises(Refusal) as not_booked:
        await counting.answer("review", "wu", 2, {"cause": "not_booked", "reason": "x"}, "adjust")
    assert not_booked.value.code == "form_invalid"
    await counting.answer("review", "wu", 2, {"cause": "not_booked", "reason": "退货单未入账"}, "keep")
    await counting.finish("review", "wu")
    assert await counting.balances() == {("A1", "A-01", "qualified"): 99, ("A2", "A-02", "qualified"): 40}
    assert (await counting.document())["header"]["adjusted"] == 1


async def test_two_stocktakes_of_one_position_correct_it_once(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    full = await counting.start("full")
    await counting.count("count", "sun", 97)
    random = await counting.start("random", size=5)
    await counting.count("count", "sun", 97)
    counting.run = full
    await counting.count("second_count", "feng", 97)
    await counting.review()
    counting.run = random
    await counting.count("second_count", "feng", 97)
    assert await counting.state() == ("completed", "agreed")
    assert await counting.balances() == {("A1", "A-01", "qualified"): 97}


async def test_books_that_change_between_review_and_adjustment_stop_it_by_name(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    full = await counting.start("full")
    await counting.count("count", "sun", 97)
    await counting.count("second_count", "feng", 97)
    random = await counting.start("random", size=5)
    await counting.count("count", "sun", 97)
    await counting.count("second_count", "feng", 97)
    await counting.review()
    assert random
    counting.run = full
    await counting.review()
    assert (await counting.state())[0] == "incident"
    assert await counting.balances() == {("A1", "A-01", "qualified"): 97}
    [incident] = await counting.world.rows(
        sa.select(t.task.c.content).where(t.task.c.run_id == full, t.task.c.kind == "incident")
    )
    assert incident["content"]["data"][0]["value"] == "ledger_changed"
    await runs.command(
        counting.world.platform,
        full,
        "send_back",
        reason="复盘",
        to="second_count",
        actor=await counting.world.actor("zhou"),
    )
    await counting.count("second_count", "feng", 97)
    assert await counting.state() == ("completed", "agreed")


async def test_what_has_left_cannot_be_taken_from_the_books(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 10)
    await counting.start()
    await counting.count("count", "sun", 8)
    await counting.count("second_count", "feng", 8)
    await counting.post("sample", batch, 9, await counting.place("A-01"), PlaceKind.SAMPLE)
    await counting.review()
    assert (await counting.state())[0] == "incident"
    assert await counting.balances() == {("A1", "A-01", "qualified"): 1}


@pytest.mark.parametrize("scanned", [("N1", "N3"), ("N1",)])
async def test_missing_pieces_are_those_that_nobody_scanned(
    counting: Counting, scanned: tuple[str, ...]
) -> None:
    await counting.pieces("A-01", "M1", "A1", ["N1", "N2", "N3"])
    await counting.start()
    await counting.count("count", "sun", 2)
    await counting.claim("second_count", "feng")
    for serial in scanned:
        code = f"]C101{GTINS['M1'].zfill(14)}10A1\x1d21{serial}"
        answer = await counting.scan("second_count", "feng", code, 1)
        assert answer.verdict == "matched", answer.message
    await counting.answer("second_count", "feng", 1, {"counted_quantity": 2})
    await counting.finish("second_count", "feng")
    await counting.review()
    p, s = t.serial_place.c, t.serial.c
    places = await counting.world.rows(
        sa.select(s.number, p.kind).join(t.serial_place, p.serial_id == s.id).order_by(s.number)
    )
    kinds = {row["number"]: row["kind"] for row in places}
    if len(scanned) == 2:
        assert await counting.state() == ("completed", "completed")
        assert kinds == {"N1": "internal", "N2": "count", "N3": "internal"}
    else:  # two were not scanned and one is missing: nobody guesses which
        assert (await counting.state())[0] == "incident"
        assert set(kinds.values()) == {"internal"}


async def test_goods_at_several_places_are_counted_where_the_counter_stands(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 5)
    await counting.stock("A-02", "M1", "A1", 7)
    await counting.start()
    await counting.claim("count", "sun")
    code = f"]C101{GTINS['M1'].zfill(14)}10A1"
    assert (await counting.scan("count", "sun", code)).reason_code == "place_needed"
    assert (await counting.scan("count", "sun", "A-02")).location == "A-02"
    assert [(await counting.scan("count", "sun", code, line)).line for line in (2, 1, 2)] == [2, 1, 2]


async def test_what_is_promised_is_not_taken_from_the_books_until_it_is_released(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 10)
    goods, taker = await _promised(counting, batch, 9), Taker(counting.world.people["admin"])
    await counting.start()
    await counting.count("count", "sun", 8)
    await counting.count("second_count", "feng", 8)
    await counting.review()
    [incident] = await counting.world.rows(sa.select(t.task).where(t.task.c.kind == "incident"))
    assert incident["content"]["data"][0]["value"] == "stock_reserved"
    assert (await counting.balances())["A1", "A-01", "qualified"] == 10
    async with counting.world.write() as tx:
        await reservations.release_run(tx, goods, by=taker, reason="盘点差异")
    zhou = await counting.world.actor("zhou")
    await tasks.claim(counting.world.platform, incident["id"], actor=zhou)
    await tasks.complete(
        counting.world.platform, incident["id"], outcome="retry", data={}, epoch=incident["epoch"], actor=zhou
    )
    assert await counting.state() == ("completed", "completed")
    assert (await counting.balances())["A1", "A-01", "qualified"] == 8


async def _promised(counting: Counting, batch: UUID, quantity: int) -> UUID:
    """An order of a licensed customer to which so much is promised; its id."""
    world, position = counting.world, await counting.place("A-01")
    async with world.write() as tx:
        customer = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "C1"))
        licence = {"kind": "gsp", "number": "C", "scope": ["drug"], "valid_until": "2099-12-31"}
        await tx.execute(sa.insert(t.licence).values(party_id=customer, **licence))
        order = await tx.scalar(
            sa.insert(t.document)
            .values(
                kind="sales_order",
                number="SO-1",
                party_id=customer,
                site_id=position.site_id,
                legal_entity_id=position.owner_id,
                created_by=world.people["admin"],
            )
            .returning(t.document.c.id)
        )
        material = await tx.scalar(sa.select(t.batch.c.material_id).where(t.batch.c.id == batch))
        line = await tx.scalar(
            sa.insert(t.document_line)
            .values(document_id=order, line_no=1, material_id=material, quantity=quantity)
            .returning(t.document_line.c.id)
        )
        goods = [Reserved(line, batch, position, quantity)]
        await reservations.reserve(tx, goods, by=Taker(world.people["admin"]))
    found: UUID = order
    return found


async def test_a_cancelled_count_leaves_nothing_but_its_evidence(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    run = await counting.start()
    await counting.count("count", "sun", 98)
    await runs.command(
        counting.world.platform,
        run,
        "cancel",
        reason="改期",
        actor=await counting.world.actor("zhou"),
        signature=SIGNED,
    )
    assert (await counting.state())[0] == "cancelled"
    assert (await counting.document())["state"] == "cancelled"
    assert await counting.balances() == {("A1", "A-01", "qualified"): 100}

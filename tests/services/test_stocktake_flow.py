"""A stocktake from the plan to the record: what the ledger says afterwards, and what nobody may do."""

from __future__ import annotations

from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.batches import PlaceKind
from domain.errors import Invalid, Refusal
from domain.sop_progress.refusals import NotSegregated, StaleEpoch
from services import additions, attachments, worklists
from services.additions import LineOnList, NothingIsAdded
from tests.services.counting import Counting
from tests.world import GTINS

A1, A2 = ("A-01", "A1"), ("A-02", "A2")


async def test_books_and_goods_agree_and_the_record_says_so(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.stock("A-02", "M1", "A2", 40)
    before = await counting.balances()
    run = await counting.start()
    named = sa.select(t.run.c.summary_zh, t.run.c.summary_en).where(t.run.c.id == run)
    assert [tuple(row.values()) for row in await counting.world.rows(named)] == [
        ("SH1 全面盘点", "SH1, everything")
    ]
    await counting.count("count", "sun", 100, 40)
    assert await counting.state() == ("completed", "agreed")
    assert await counting.balances() == before
    record, document = await counting.record(), await counting.document()
    assert {key: row["data"]["variance"] for key, row in record.items()} == {A1: 0, A2: 0}
    assert document["state"] == "closed"
    assert {k: document["header"][k] for k in ("counted", "accuracy", "differing", "value")} == {
        "counted": 2,
        "accuracy": "100.00",
        "differing": 0,
        "value": "0",
    }
    assert len(document["header"]["signatures"]) == 1


async def test_a_difference_is_counted_again_reviewed_and_adjusted_exactly(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.stock("A-02", "M1", "A2", 40)
    await counting.start()
    await counting.count("count", "sun", 98, 40)
    assert [line["batch_number"] for line in await counting.lines("second_count")] == ["A1"]
    await counting.count("second_count", "feng", 98)
    [line] = await counting.lines("review")
    assert (line["expected"], line["counted"], line["variance"], line["value"]) == (100, 98, -2, "-25.00")
    await counting.review()
    assert await counting.state() == ("completed", "completed")
    assert await counting.balances() == {("A1", "A-01", "qualified"): 98, ("A2", "A-02", "qualified"): 40}
    m, p = t.move.c, t.posting.c
    [move] = await counting.world.rows(
        sa.select(m.quantity, m.to_kind, m.reason, p.document_id)
        .join(t.posting, p.id == m.posting_id)
        .where(p.kind == "count_adjustment")
    )
    document = await counting.document()
    assert move == {
        "quantity": 2,
        "to_kind": "count",
        "reason": "damaged",
        "document_id": document["id"],
    }
    data = (await counting.record())[A1]["data"]
    assert (data["cause"], data["adjusted"], data["first_counted"], data["second_counted"]) == (
        "damaged",
        True,
        98,
        98,
    )
    assert document["header"]["accuracy"] == "50.00"


async def test_the_second_count_takes_a_miscount_back(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.count("count", "sun", 10)
    await counting.count("second_count", "feng", 100)
    assert await counting.state() == ("completed", "agreed")
    data = (await counting.record())[A1]["data"]
    assert (data["variance"], data["agreed"], data["first_counted"]) == (0, False, 10)
    assert (await counting.document())["header"]["accuracy"] == "0.00"


async def test_what_moves_meanwhile_makes_no_false_difference(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counting.stock("A-02", "M1", "A2", 40)
    await counting.start()
    await counting.carry(batch, 30, "A-01", "A-02")  # after the plan, before the count
    await counting.claim("count", "sun")
    await counting.answer("count", "sun", 1, {"counted_quantity": 70})
    place = await counting.place("A-01")
    await counting.post("sample", batch, 5, place, PlaceKind.SAMPLE)  # after its line, before the end
    await counting.answer("count", "sun", 2, {"counted_quantity": 40})
    await counting.add("sun", "A-02", "M1:A1", 30)  # carried there: not on the sheet of the morning
    await counting.finish("count", "sun")
    assert await counting.state() == ("completed", "agreed")
    assert (await counting.record())[A1]["data"]["moved"] == -30


async def test_after_the_adjustment_the_books_are_the_count_plus_what_moved_since(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.count("count", "sun", 98)
    await counting.carry(batch, 40, "A-01", "A-02")
    await counting.count("second_count", "feng", 58)
    await counting.carry(batch, 10, "A-01", "A-02")
    [line] = await counting.lines("review")
    assert (line["expected"], line["counted"], line["variance"], line["agreed"]) == (60, 58, -2, True)
    await counting.review()
    assert await counting.balances() == {("A1", "A-01", "qualified"): 48, ("A1", "A-02", "qualified"): 50}


async def test_a_remark_after_the_count_is_no_new_count(counting: Counting) -> None:
    batch = await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.claim("count", "sun")
    await counting.answer("count", "sun", 1, {"counted_quantity": 100})
    await counting.carry(batch, 20, "A-01", "A-02")
    await counting.answer("count", "sun", 1, {"counted_quantity": 100, "note": "一盒标签破损"})
    await counting.finish("count", "sun")
    assert await counting.state() == ("completed", "agreed")


async def test_goods_beside_the_sheet_are_booked_where_they_were_found(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.batch("M1", "LOST7")
    await counting.start()
    await counting.claim("count", "sun")
    await counting.answer("count", "sun", 1, {"counted_quantity": 100})
    await counting.add("sun", "a-02", f"]C101{GTINS['M1'].zfill(14)}10LOST7", 3)
    corrected = await counting.add("sun", "A-02", "M1:LOST7", 4)
    assert (corrected.line, corrected.answer) == (2, {"counted_quantity": 4})
    await counting.finish("count", "sun")
    assert [line["batch_number"] for line in await counting.lines("second_count")] == ["LOST7"]
    await counting.count("second_count", "feng", 4)
    await counting.review(cause="misplaced")
    assert (await counting.balances())["LOST7", "A-02", "qualified"] == 4
    data = (await counting.record())["A-02", "LOST7"]["data"]
    assert (data["added"], data["expected"], data["variance"]) == (True, 0, 4)


async def test_a_batch_that_nobody_registered_is_never_made_by_counting(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.claim("count", "sun")
    for location, goods, code in (
        ("A-02", "M1:NOBODY", "batch_unknown"),
        ("A-02", f"]C101{GTINS['M1'].zfill(14)}10NOBODY", "batch_unknown"),
        ("A-02", f"]C101{GTINS['M1'].zfill(14)}", "batch_needed"),
        ("Z-99", "M1:A1", "location_unknown"),
    ):
        with pytest.raises(Invalid) as refused:
            await counting.add("sun", location, goods, 1)
        assert [problem.code for problem in refused.value.fields] == [code]
    with pytest.raises(LineOnList):
        await counting.add("sun", "A-01", "M1:A1", 1)
    with pytest.raises(Refusal) as refused_form:
        await counting.add("sun", "A-02", "M1:A1", -1)
    assert refused_form.value.code == "form_invalid"
    added = uuid4()
    first = await counting.add("sun", "A-02", "M1:A1", 1, added_id=added)
    assert await counting.add("sun", "A-02", "M1:A1", 1, added_id=added) == first


async def test_only_lists_that_say_so_take_more_lines(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.count("count", "sun", 99)
    task = await counting.claim("second_count", "feng")
    with pytest.raises(NothingIsAdded):
        await additions.add(
            counting.world.platform,
            task["id"],
            added_id=uuid4(),
            location="A-02",
            goods="M1:A1",
            data={"counted_quantity": 1},
            epoch=1,
            actor=await counting.world.actor("feng"),
        )


async def test_nobody_counts_twice_nor_reviews_the_own_count(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    async with counting.world.write() as tx:  # one person holds every post of the count
        for post in ("reviewer", "warehouse_manager"):
            await tx.execute(
                sa.insert(t.post_assignment).from_select(
                    ["person_id", "post_id", "site_id"],
                    sa.select(
                        sa.literal(counting.world.people["sun"], sa.Uuid),
                        t.post.c.id,
                        sa.literal(counting.world.sites["SH1"], sa.Uuid),
                    ).where(t.post.c.code == post),
                )
            )
    await counting.start()
    await counting.count("count", "sun", 99)
    with pytest.raises(NotSegregated):
        await counting.claim("second_count", "sun")
    await counting.count("second_count", "feng", 99)
    with pytest.raises(NotSegregated):
        await counting.claim("review", "sun")


async def test_a_count_of_a_pass_that_is_over_is_refused(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.claim("count", "sun")
    task = await counting.task("count")
    with pytest.raises(StaleEpoch):
        await worklists.line_result(
            counting.world.platform,
            task["id"],
            1,
            result_id=uuid4(),
            outcome="done",
            data={"counted_quantity": 1},
            epoch=2,
            actor=await counting.world.actor("sun"),
        )


async def test_special_control_has_no_tolerance_two_persons_and_a_photo(counting: Counting) -> None:
    await counting.stock("X-01", "M3", "S1", 10)
    await counting.start()
    await counting.count("count", "sun", 9)
    assert (await counting.task("count"))["state"] == "awaiting_signature"
    await counting.sign("count", "wang")
    await counting.count("second_count", "feng", 9)
    n = t.notification.c
    told = await counting.world.rows(sa.select(n.template).where(n.template == "special_control_differs"))
    assert len(told) == 1
    await counting.claim("review", "wu")
    with pytest.raises(Refusal) as no_photo:
        await counting.answer("review", "wu", 1, {"cause": "damaged"}, "adjust")
    assert no_photo.value.code == "form_invalid"
    task = await counting.task("review")
    photo = await attachments.add(
        counting.world.platform,
        b"%PDF-1.4\n%%EOF\n",
        actor=await counting.world.actor("wu"),
        file_name="photo.pdf",
        task_id=task["id"],
    )
    await counting.answer("review", "wu", 1, {"cause": "damaged", "photo": [str(photo.id)]}, "adjust")
    await counting.finish("review", "wu")
    await counting.claim("approval", "zhou")
    await counting.finish("approval", "zhou", data={"assessment": "已报告"})
    assert await counting.state() == ("completed", "completed")
    assert await counting.balances() == {("S1", "X-01", "qualified"): 9}
    assert (await counting.record())["X-01", "S1"]["data"]["photo"] == [str(photo.id)]

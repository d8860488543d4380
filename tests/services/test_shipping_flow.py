"""From the sales order to the customer: what the ledger says after each hand-over, and what stops it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.sop_progress.refusals import FormInvalid, NotSegregated
from services import documents, shipping_note, tasks
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    yield made
    await opened.close()


async def test_an_order_leaves_and_the_books_say_so(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 100)
    await outbound.begin(("M1", 30))
    assert await outbound.reserved() == 30
    await outbound.pick()
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 70, ("A1", "F-01", "qualified"): 30}
    assert await outbound.reserved() == 30
    await outbound.review()
    await outbound.pack({"package": 1, "package_count": 3})
    await outbound.load()
    await outbound.hand_over(3)
    assert await outbound.state() == ("completed", "completed")
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 70}
    assert await outbound.reserved() == 0
    assert await outbound.order_state() == ("closed", [30])
    shipment = await outbound.shipment()
    assert shipment["state"] == "closed"
    assert {
        name: shipment["header"][name] for name in ("carrier", "vehicle", "driver", "received_by", "packages")
    } == {
        "carrier": "迅达",
        "vehicle": "沪A12345",
        "driver": "张师傅",
        "received_by": "张师傅",
        "packages": 3,
    }
    [line] = await outbound.shipment_lines()
    people = outbound.world.people
    assert (line["quantity"], line["batch_number"], line["order_line_no"]) == (30, "A1", 1)
    assert (line["data"]["picker"], line["data"]["reviewer"]) == (str(people["he"]), str(people["feng"]))
    assert line["data"]["quality"] == "normal"
    assert {line["data"][name] for name in ("picked", "reviewed")} == {30}
    m, p = t.move.c, t.posting.c
    [move] = await outbound.world.rows(
        sa.select(m.quantity, m.document_line_id, p.document_id, m.to_kind)
        .join(t.posting, p.id == m.posting_id)
        .where(p.kind == "issue")
    )
    assert move == {
        "quantity": 30,
        "document_line_id": line["id"],
        "document_id": shipment["id"],
        "to_kind": "customer",
    }
    rows = await outbound.world.rows(sa.select(t.package.c.state, t.package.c.number))
    assert sorted((row["state"], row["number"]) for row in rows) == [("shipped", n) for n in (1, 2, 3)]


async def test_the_reviewer_is_never_the_picker(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 10)
    await outbound.begin(("M1", 10))
    await outbound.pick("lv")
    task = await outbound.task("review")
    with pytest.raises(NotSegregated):
        await tasks.claim(outbound.world.platform, task["id"], actor=await outbound.world.actor("lv"))
    await outbound.review("feng")
    assert (await outbound.task("pack"))["state"] == "open"


async def test_what_is_short_is_allocated_elsewhere_picked_and_sent(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.stock("A-02", "M1", "A2", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick("he", {"outcome": "short", "found_quantity": 12, "reason": "货位少货"})
    await outbound.filled("short_decision", "wu", "reallocate")
    [more] = await outbound.lines("pick_more")
    assert (more["batch_number"], more["location"], more["quantity"]) == ("A2", "A-02", 8)
    await outbound.listed("pick_more", "he", "picked")
    assert await outbound.balances() == {
        ("A1", "A-01", "qualified"): 8,
        ("A1", "F-01", "qualified"): 12,
        ("A2", "A-02", "qualified"): 12,
        ("A2", "F-01", "qualified"): 8,
    }
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    assert await outbound.state() == ("completed", "completed")
    assert await outbound.order_state() == ("closed", [20])
    assert await outbound.reserved() == 0


async def test_who_asked_for_another_batch_does_not_decide_on_it(outbound: Outbound) -> None:
    """Out of the order of expiry goes what somebody else has signed for, also where one person holds both posts."""
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.stock("A-02", "M1", "A2", 20)
    await outbound.begin(("M1", 20))
    world = outbound.world
    async with world.write() as tx:
        manager = await tx.scalar(sa.select(t.post.c.id).where(t.post.c.code == "warehouse_manager"))
        held = {"person_id": world.people["he"], "post_id": manager, "site_id": world.sites["SH1"]}
        await tx.execute(sa.insert(t.post_assignment).values(held))
    await outbound.pick("he", {"outcome": "replaced", "other_batch": "A2", "reason": "客户要求"})
    task = await outbound.task("short_decision")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, task["id"], actor=await world.actor("he"))
    await outbound.filled("short_decision", "wu", "reallocate")
    [more] = await outbound.lines("pick_more")
    assert (more["batch_number"], more["override"]) == ("A2", True)


async def test_what_is_short_may_stay_on_the_order(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick("he", {"outcome": "short", "found_quantity": 12, "reason": "货位少货"})
    await outbound.filled("short_decision", "wu", "partial")
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    assert await outbound.state() == ("completed", "completed")
    assert await outbound.order_state() == ("open", [12])
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 8}
    assert await outbound.reserved() == 0


async def test_goods_that_the_review_refuses_are_undecided_and_quality_decides(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 30)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    bad = {"outcome": "partly", "refused_quantity": 3, "defect": "noise_or_leakage", "reason": "渗漏"}
    await outbound.review("feng", bad)
    assert await outbound.balances() == {
        ("A1", "A-01", "qualified"): 10,
        ("A1", "F-01", "qualified"): 17,
        ("A1", "W-01", "quarantine"): 3,
    }
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    assert await outbound.order_state() == ("open", [17])
    [line] = await outbound.shipment_lines()
    assert {name: line["data"][name] for name in ("picked", "reviewed", "refused", "quality", "finding")} == {
        "picked": 20,
        "reviewed": 17,
        "refused": 3,
        "quality": "noise_or_leakage",
        "finding": "渗漏",
    }
    await outbound.listed("refused_goods", "zhou", "rejected", [{"assessment": "破损"}])
    assert await outbound.state() == ("completed", "completed")
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 10, ("A1", "R-01", "rejected"): 3}


async def test_when_nothing_passes_nothing_leaves(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review("feng", {"outcome": "refused", "defect": "damaged", "reason": "浸水"})
    given = {"assessment": "更换外箱", "location": "A-02"}
    await outbound.listed("refused_goods", "zhou", "released", [given])
    assert await outbound.state() == ("completed", "nothing_sent")
    assert await outbound.balances() == {("A1", "A-02", "qualified"): 20}
    assert (await outbound.shipment())["state"] == "cancelled"
    assert await outbound.order_state() == ("open", [0])


async def test_another_quantity_packed_than_reviewed_goes_no_further(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review()
    await outbound.pack({"package": 1, "packed_quantity": 19})
    task = await outbound.task("difference_decision")
    assert task["state"] == "open"
    told = await outbound.world.rows(sa.select(t.effect.c.result).where(t.effect.c.action == "outbound.pack"))
    assert "复核 20，装箱 19" in told[0]["result"]["asked"]["message"]
    await outbound.filled("difference_decision", "zhou", "done", cause="漏装一盒")
    assert await outbound.state() == ("completed", "difference")
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 20}
    assert await outbound.reserved() == 0


async def test_a_packing_with_gaps_is_done_again(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review()
    await outbound.pack({"package": 2})
    await outbound.claim("pack_again", "kong")
    await outbound.send_back("pack_again", "kong", "pack", "箱号有误")
    await outbound.pack({"package": 1})
    assert (await outbound.task("loading"))["state"] == "open"


async def test_packages_missing_at_the_hand_over_are_a_difference(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review()
    await outbound.pack({"package": 1, "package_count": 2})
    await outbound.load()
    await outbound.claim("hand_over", "kong")
    said = {"packages": 1, "received_by": "张师傅"}
    with pytest.raises(FormInvalid) as refused:
        await outbound.finish("hand_over", "kong", outcome="done", data=said)
    [problem] = refused.value.fields
    assert (problem.field, problem.code) == ("packages", "check_failed")
    signed = sa.select(sa.func.count()).select_from(t.signature)
    before = await outbound.world.scalar(signed)
    assert (await outbound.task("hand_over"))["state"] == "claimed"
    await outbound.finish("hand_over", "kong", outcome="differs", data=said, reason="少一箱")
    assert await outbound.world.scalar(signed) == before + 1
    await outbound.filled("difference_decision", "zhou", "done", cause="少装一箱")
    assert await outbound.state() == ("completed", "difference")
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 20}
    states = await outbound.world.rows(sa.select(t.package.c.state))
    assert {row["state"] for row in states} == {"dissolved"}
    shipment = await outbound.world.scalar(sa.select(t.document.c.id).where(t.document.c.kind == "shipment"))
    admin = await outbound.world.actor("admin")
    record = await documents.get(outbound.world.platform, shipment, actor=admin)
    meant = [one.meaning_zh for one in record.signatures]
    assert meant[-2:] == ["交接", "差异调查"], "the record says who found it and who looked into it"
    async with outbound.world.platform.database.read() as tx:
        note = await shipping_note.build(tx, record, "zh")
    assert dict(note.facts)["件数"] == str(record.document.header["packages"]) == "2"


async def test_a_hold_between_pick_and_hand_over_stops_the_goods_until_it_is_released(
    outbound: Outbound,
) -> None:
    batch = await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    hold = await outbound.hold(batch)
    await outbound.load()
    task = await outbound.task("issue_stopped")
    assert task["state"] == "open"
    told = await outbound.world.rows(
        sa.select(t.effect.c.result).where(t.effect.c.action == "outbound.check_issuable")
    )
    assert "A1" in told[0]["result"]["asked"]["message"]
    assert "质量锁定中" in told[0]["result"]["asked"]["message"]
    await outbound.release(hold)
    await outbound.claim("issue_stopped", "zhou")
    await outbound.send_back("issue_stopped", "zhou", "loading", "锁定已解除")
    await outbound.load()
    await outbound.hand_over()
    assert await outbound.state() == ("completed", "completed")
    assert await outbound.balances() == {}


async def test_a_hold_after_the_hand_over_keeps_the_goods_in_the_books(outbound: Outbound) -> None:
    batch = await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await outbound.hold(batch)
    await outbound.hand_over()
    await outbound.filled("sealed_decision", "zhou", "done", assessment="承运人已退回")
    assert await outbound.state() == ("completed", "stopped")
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 20}
    kinds = await outbound.world.rows(sa.select(t.posting.c.kind).distinct())
    assert "issue" not in {row["kind"] for row in kinds}


async def test_special_control_goods_have_two_pairs_of_eyes_at_every_step(outbound: Outbound) -> None:
    await outbound.stock("X-01", "M3", "S1", 10)
    await outbound.begin(("M3", 10))
    await outbound.pick()
    assert (await outbound.task("pick"))["state"] == "awaiting_signature"
    await outbound.sign("pick", "sun")
    await outbound.review()
    assert (await outbound.task("review"))["state"] == "awaiting_signature"
    await outbound.sign("review", "wu")
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    await outbound.sign("hand_over", "sun")
    assert await outbound.state() == ("completed", "completed")
    shipment = await outbound.shipment()
    assert len(shipment["header"]["signatures"]) == 8


async def test_cold_goods_wait_in_the_cold_and_do_not_leave_warm(outbound: Outbound) -> None:
    await outbound.stock("C-01", "M2", "C1", 10)
    await outbound.begin(("M2", 10))
    await outbound.pick()
    assert await outbound.balances() == {("C1", "FC-01", "qualified"): 10}
    await outbound.review()
    await outbound.pack()
    await outbound.load(transport_mode="refrigerated", temperature="9.5", container="BX-7")
    await outbound.claim("not_cooled", "wu")
    await outbound.send_back("not_cooled", "wu", "loading", "预冷后重装")
    await outbound.load(transport_mode="refrigerated", temperature="4.5", container="BX-7")
    await outbound.hand_over()
    assert await outbound.state() == ("completed", "completed")
    header = (await outbound.shipment())["header"]
    assert (header["temperature"], header["container"]) == ("4.5", "BX-7")


async def test_the_last_box_goes_to_one_order_and_the_other_is_told(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 1)
    await outbound.begin(("M1", 1), number="SO-1")
    first = outbound.run
    second = await outbound.begin(("M1", 1), number="SO-2")
    assert await outbound.state() == ("completed", "refused")
    told = await outbound.world.rows(
        sa.select(t.effect.c.result).where(
            t.effect.c.action == "outbound.allocate", t.effect.c.workflow_id == f"run/{second}"
        )
    )
    assert told[0]["result"]["asked"]["refused"] == "not_enough"
    assert second != first
    outbound.run = first
    await outbound.pick()
    assert await outbound.balances() == {("A1", "F-01", "qualified"): 1}


async def test_cancelling_takes_everything_back_last_first(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review(
        "feng", {"outcome": "partly", "refused_quantity": 3, "defect": "label", "reason": "模糊"}
    )
    await outbound.pack()
    await outbound.load()
    await outbound.cancel("客户取消")
    assert (await outbound.state())[0] == "cancelled"
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 20}
    assert await outbound.reserved() == 0
    assert await outbound.order_state() == ("open", [0])
    assert (await outbound.shipment())["state"] == "cancelled"

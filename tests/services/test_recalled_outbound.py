"""A recall while an order is on its way out: nothing of it leaves, and the run goes on to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.sealing import recall, recall_zone
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

CARRIED = pytest.mark.parametrize("carried", [True, False])
BAD = {"outcome": "partly", "refused_quantity": 3, "defect": "label", "reason": "模糊"}
APART = ("Z-01", "recalled")


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    async with made.world.write() as tx:
        await recall_zone(tx, made.world.sites["SH1"])
    await made.stock("A-01", "M1", "A1", 20)
    await made.begin(("M1", 20))
    yield made
    await opened.close()


async def sealed(outbound: Outbound, *, carried: bool) -> None:
    async with outbound.world.write() as tx:
        batch_id = await tx.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "A1"))
        await recall(tx, batch_id, outbound.world.people["zhou"], carried=carried)


async def incidents(outbound: Outbound) -> int:
    found = await outbound.world.scalar(
        sa.select(sa.func.count()).select_from(t.task).where(t.task.c.kind == "incident")
    )
    return int(found)


async def nothing_left(outbound: Outbound) -> None:
    """The order waits again, the goods are the recall's, and nobody had to repair anything."""
    assert await outbound.balances() == {("A1", *APART): 20}
    assert await outbound.reserved() == 0
    assert await outbound.order_state() == ("open", [0])
    assert await incidents(outbound) == 0


@CARRIED
async def test_what_is_recalled_before_the_pick_is_recorded_stays_where_it_is(
    outbound: Outbound, carried: bool
) -> None:
    await outbound.scan_all("pick", "he")
    await sealed(outbound, carried=carried)
    await outbound.pick()
    assert await outbound.state() == ("completed", "stopped")
    assert await incidents(outbound) == 0
    where = APART if carried else ("A-01", "qualified")
    assert await outbound.balances() == {("A1", *where): 20}


@CARRIED
async def test_what_is_recalled_after_the_pick_is_reviewed_stopped_and_set_apart(
    outbound: Outbound, carried: bool
) -> None:
    await outbound.pick()
    await outbound.scan_all("review", "feng")
    await sealed(outbound, carried=carried)
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await outbound.filled("issue_stopped", "zhou", "stop", reason="召回", assessment="归召回处理")
    assert (await outbound.state())[0] == "completed"
    await nothing_left(outbound)


@CARRIED
async def test_what_the_review_refuses_of_a_recalled_batch_is_set_apart(
    outbound: Outbound, carried: bool
) -> None:
    await outbound.pick()
    await sealed(outbound, carried=carried)
    await outbound.review("feng", {"outcome": "refused", "defect": "label", "reason": "模糊"})
    data = {"outcome": "released", "assessment": "更换标签后合格", "location": "A-01"}
    await outbound.listed("refused_goods", "zhou", "released", (data,))
    assert await outbound.state() == ("completed", "nothing_sent")
    await nothing_left(outbound)


@CARRIED
@pytest.mark.parametrize("outcome", ["released", "rejected"])
async def test_what_was_refused_and_then_recalled_is_the_recalls_whatever_quality_decides(
    outbound: Outbound, outcome: str, carried: bool
) -> None:
    await outbound.pick()
    await outbound.review("feng", BAD)
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    assert await outbound.balances() == {("A1", "W-01", "quarantine"): 3}
    await sealed(outbound, carried=carried)
    data = {
        "outcome": outcome,
        "assessment": "已核对",
        **({"location": "A-01"} if outcome == "released" else {}),
    }
    await outbound.listed("refused_goods", "zhou", outcome, (data,))
    assert await outbound.state() == ("completed", "completed")
    assert await outbound.balances() == {("A1", *APART): 3}
    assert await incidents(outbound) == 0
    told = await outbound.world.rows(
        sa.select(t.notification.c.title_zh).where(t.notification.c.template == "left_to_recall")
    )
    assert [row["title_zh"] for row in told] == ["出库货物已被召回：SO-1"]


@CARRIED
async def test_what_is_recalled_after_the_hand_over_is_called_back_and_set_apart(
    outbound: Outbound, carried: bool
) -> None:
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await sealed(outbound, carried=carried)
    await outbound.hand_over()
    await outbound.filled("sealed_decision", "zhou", "done", assessment="承运人已退回")
    assert await outbound.state() == ("completed", "stopped")
    await nothing_left(outbound)


@CARRIED
async def test_cancelling_after_a_recall_takes_nothing_out_of_its_zone(
    outbound: Outbound, carried: bool
) -> None:
    await outbound.pick()
    await outbound.review("feng", BAD)
    await sealed(outbound, carried=carried)
    await outbound.cancel("客户取消")
    assert (await outbound.state())[0] == "cancelled"
    held = await outbound.balances()
    assert held[("A1", *APART)] == 20
    assert await outbound.order_state() == ("open", [0])

"""Quality rejects a batch while an order is on its way out: nothing of it leaves, and the run goes on to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.rejected_batches import BatchRejected
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.quality import rejected_in
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

CARRIED = pytest.mark.parametrize("carried", [True, False])
RED = {("A1", "R-01", "rejected"): 20}


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    """Twenty A1 are picked."""
    opened = Database(working.app_url)
    made = Outbound(await make_world(opened, (engine := StandInEngine(opened, ACTIONS, UNDOS))), engine)
    await made.prepare()
    await made.stock("A-01", "M1", "A1", 20)
    await made.begin(("M1", 20))
    await made.pick()
    yield made
    await opened.close()


async def all_red(outbound: Outbound) -> None:
    """The order waits again, the goods are red, and nobody had to repair anything."""
    assert await outbound.balances() == RED
    assert await outbound.reserved() == 0
    assert await outbound.order_state() == ("open", [0])
    incident = sa.select(sa.func.count()).select_from(t.task).where(t.task.c.kind == "incident")
    assert await outbound.world.scalar(incident) == 0


@CARRIED
async def test_what_is_rejected_after_the_pick_is_stopped_and_red(outbound: Outbound, carried: bool) -> None:
    await outbound.scan_all("review", "feng")
    await rejected_in(outbound, "A1", carried=carried)
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await outbound.filled("issue_stopped", "zhou", "stop", reason="不合格", assessment="归不合格处理")
    assert (await outbound.state())[0] == "completed"
    await all_red(outbound)


@CARRIED
@pytest.mark.parametrize("when", ["before the review", "after it"])
async def test_what_the_review_refused_of_it_is_not_released(
    outbound: Outbound, carried: bool, when: str
) -> None:
    if when == "before the review":
        await rejected_in(outbound, "A1", carried=carried)
    await outbound.review("feng", {"outcome": "refused", "defect": "label", "reason": "模糊"})
    if when == "after it":
        await rejected_in(outbound, "A1", carried=carried)
    await outbound.claim("refused_goods", "zhou")
    data = {"assessment": "更换标签后合格", "location": "A-01"}
    with pytest.raises(BatchRejected):
        await outbound.answer("refused_goods", "zhou", 1, data, "released")
    await outbound.answer("refused_goods", "zhou", 1, {"assessment": "不合格"}, "rejected")
    await outbound.finish("refused_goods", "zhou", outcome="done")
    assert await outbound.state() == ("completed", "nothing_sent")
    await all_red(outbound)

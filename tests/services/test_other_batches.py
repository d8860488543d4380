"""Another batch that cannot go is refused in words when it is named, and never an incident afterwards (GSP 85)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.other_batches import OtherBatchStopped, OtherBatchUnfit
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.sealing import recall, recall_zone
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()  # the site's day counts
INSTEAD = {"other_batch": "A2", "reason": "客户要求"}


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    made = Outbound(await make_world(opened, (engine := StandInEngine(opened, ACTIONS, UNDOS))), engine)
    await made.prepare()
    yield made
    await opened.close()


async def dated(outbound: Outbound, number: str, expires_on: date) -> None:
    """A registered batch of M1 that expires on a day."""
    async with outbound.world.write() as tx:
        material = await tx.scalar(sa.select(t.material.c.id).where(t.material.c.code == "M1"))
        maker = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "MF1"))
        values = {"material_id": material, "manufacturer_id": maker, "number": number}
        await tx.execute(sa.insert(t.batch).values(**values, expires_on=expires_on))


async def begun(outbound: Outbound) -> None:
    """Twenty A1 are allocated; the customer wants ninety days."""
    await outbound.stock("A-01", "M1", "A1", 20)
    async with outbound.world.write() as tx:
        customer = t.party.c.code == "C2"
        await tx.execute(sa.update(t.party).where(customer).values(min_remaining_days=90))
    await outbound.begin(("M1", 20))
    await outbound.claim("pick", "he")


async def incidents(outbound: Outbound) -> int:
    found = await outbound.world.scalar(
        sa.select(sa.func.count()).select_from(t.task).where(t.task.c.kind == "incident")
    )
    return int(found)


@pytest.mark.parametrize(
    ("batch", "more", "why"),
    [
        ("A9", {}, "没有该商品的这个批号"),
        ("HELD", {}, "已锁定"),
        ("OLD", {}, "已过有效期"),
        ("SHORT", {}, "剩余效期 30 天，客户要求至少 90 天"),
        ("NONE", {}, "没有可供的合格品"),
        ("A2", {"other_location": "A-01"}, "货位 A-01 没有，在 A-02"),
    ],
)
async def test_a_batch_that_cannot_go_is_refused_when_it_is_named(
    outbound: Outbound, batch: str, more: dict[str, str], why: str
) -> None:
    await begun(outbound)
    for number, days in (("OLD", -1), ("SHORT", 30), ("NONE", 300)):
        await dated(outbound, number, TODAY + timedelta(days=days))
    for number in ("A2", "OLD", "SHORT", "HELD"):
        made = await outbound.stock("A-02", "M1", number, 20)
        if number == "HELD":
            await outbound.hold(made)
    with pytest.raises(OtherBatchUnfit) as refused:
        await outbound.answer("pick", "he", 1, {**INSTEAD, "other_batch": batch, **more}, "replaced")
    assert why in refused.value.message("zh")
    assert refused.value.message("en").isascii()
    await outbound.answer("pick", "he", 1, {**INSTEAD, "other_location": "a-02"}, "replaced")
    await outbound.finish("pick", "he", outcome="done")
    await outbound.filled("short_decision", "wu", "reallocate")
    [line] = await outbound.lines("pick_more")
    assert (line["batch_number"], line["location"], line["override"]) == ("A2", "A-02", True)


async def test_what_was_stopped_since_it_was_named_is_told_when_the_list_is_completed(
    outbound: Outbound,
) -> None:
    await begun(outbound)
    other = await outbound.stock("A-02", "M1", "A2", 20)
    await outbound.answer("pick", "he", 1, INSTEAD, "replaced")
    hold = await outbound.hold(other)
    with pytest.raises(OtherBatchUnfit):
        await outbound.finish("pick", "he", outcome="done")
    await outbound.release(hold)
    await outbound.finish("pick", "he", outcome="done")
    assert (await outbound.task("short_decision"))["state"] == "open"


async def test_what_was_stopped_since_it_was_picked_is_told_who_decides_and_the_run_goes_on(
    outbound: Outbound,
) -> None:
    await begun(outbound)
    other = await outbound.stock("A-02", "M1", "A2", 20)
    await outbound.answer("pick", "he", 1, INSTEAD, "replaced")
    await outbound.finish("pick", "he", outcome="done")
    await outbound.hold(other)
    with pytest.raises(OtherBatchStopped) as refused:
        await outbound.filled("short_decision", "wu", "reallocate")
    assert "请选部分发货或中止" in refused.value.message("zh")
    await outbound.finish("short_decision", "wu", outcome="partial", data={})
    assert await outbound.state() == ("completed", "stopped")
    assert await outbound.order_state() == ("open", [0])
    assert (await outbound.reserved(), await incidents(outbound)) == (0, 0)


@pytest.mark.parametrize("carried", [True, False])
async def test_instead_of_a_batch_that_was_sealed_another_one_goes(outbound: Outbound, carried: bool) -> None:
    async with outbound.world.write() as tx:
        await recall_zone(tx, outbound.world.sites["SH1"])
    await begun(outbound)
    await outbound.stock("A-02", "M1", "A2", 20)
    async with outbound.world.write() as tx:
        sealed = await tx.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "A1"))
        await recall(tx, sealed, outbound.world.people["zhou"], carried=carried)
    await outbound.answer("pick", "he", 1, INSTEAD, "replaced")
    await outbound.finish("pick", "he", outcome="done")
    await outbound.filled("short_decision", "wu", "reallocate")
    await outbound.listed("pick_more", "he", "picked")
    assert (await outbound.balances())["A2", "F-01", "qualified"] == 20
    assert (await outbound.reserved(), await incidents(outbound)) == (20, 0)

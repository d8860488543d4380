"""Whatever is scanned in the inbox leads to its task: goods, place, document, package."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.errors import Refusal
from services import tasks
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound, gs1
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    """An order that is being picked."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    await made.stock("A-01", "M1", "A1", 20)
    await made.begin(("M1", 20))
    yield made
    await opened.close()


async def task_named(outbound: Outbound, code: str, who: str = "admin") -> object:
    return await tasks.task_of_code(outbound.world.platform, code, actor=await outbound.world.actor(who))


async def test_goods_place_and_order_lead_to_the_pick(outbound: Outbound) -> None:
    expected = await outbound.world.scalar(sa.select(t.task.c.id).where(t.task.c.step_id == "pick"))
    for code in ("A1", gs1("M1", "A1"), "A-01", "a-01", "SO-1"):
        assert await task_named(outbound, code) == expected, code
    for strange in ("A-99", gs1("M1", "ZZ"), "0" * 18):
        with pytest.raises(Refusal) as refused:
            await task_named(outbound, strange)
        assert refused.value.code == "not_found", strange


async def test_a_package_and_the_shipment_s_number_lead_to_the_loading(outbound: Outbound) -> None:
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    sscc = await outbound.world.scalar(sa.select(t.package.c.sscc))
    open_ = t.task.c.state.in_(("open", "claimed"))
    expected = await outbound.world.scalar(sa.select(t.task.c.id).where(open_))
    for code in (sscc, f"]C100{sscc}", f"(00){sscc}", "CK-SO-1"):
        assert await task_named(outbound, code) == expected, code


async def test_goods_lead_to_the_run_that_is_about_them_where_no_list_names_them(outbound: Outbound) -> None:
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    loading = await outbound.world.scalar(sa.select(t.task.c.id).where(t.task.c.step_id == "loading"))
    batch = await outbound.world.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "A1"))
    async with outbound.world.write() as tx:  # as a hold writes it down
        await tx.execute(sa.update(t.run).values(batch_ids=[batch]))
    for code in ("A1", gs1("M1", "A1"), gs1("M1", "A1", count=20)):
        assert await task_named(outbound, code) == loading, code
    await outbound.stock("A-01", "M1", "A1", 5)
    await outbound.begin(("M1", 5), number="SO-2")
    second = sa.select(t.task.c.id).where(t.task.c.step_id == "pick", t.task.c.run_id == outbound.run)
    assert await task_named(outbound, gs1("M1", "A1")) == await outbound.world.scalar(second)
    assert await task_named(outbound, gs1("M1", "A1"), "kong") == loading  # what kong may do comes first


async def test_what_a_person_may_do_comes_before_what_others_do_with_the_same_goods(
    outbound: Outbound,
) -> None:
    await outbound.pick("lv")  # its review is open, and due before any pick
    await outbound.stock("A-01", "M1", "A1", 5)
    await outbound.begin(("M1", 5), number="SO-2")
    world = outbound.world
    async with world.write() as tx:
        everything = sa.func.array_append(t.post.c.permissions, "task.read")
        await tx.execute(sa.update(t.post).where(t.post.c.code == "picker").values(permissions=everything))
    second = sa.select(t.task.c.id).where(t.task.c.step_id == "pick", t.task.c.run_id == outbound.run)
    assert await task_named(outbound, gs1("M1", "A1"), "he") == await world.scalar(second)
    others = await tasks.list_tasks(world.platform, actor=await world.actor("he"), claimable=False)
    assert [task.step_id for task in others.items] == ["review"]


async def test_what_follows_a_list_is_found_by_the_labels_of_its_goods(outbound: Outbound) -> None:
    """Where nobody wrote the run's batches down: a batch, its place, a piece of it."""
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    loading = await outbound.world.scalar(sa.select(t.task.c.id).where(t.task.c.step_id == "loading"))
    b = t.batch.c
    async with outbound.world.write() as tx:
        await tx.execute(sa.update(t.run).values(batch_ids=[]))
        batch = await tx.one(sa.select(b.id, b.material_id).where(b.number == "A1"))
        piece = {"batch_id": batch["id"], "material_id": batch["material_id"], "number": "8" * 20}
        await tx.execute(sa.insert(t.serial).values(piece))
        tx.audited_elsewhere("a piece of the test")
    for code in ("A1", gs1("M1", "A1"), "A-01", "8" * 20):
        assert await task_named(outbound, code) == loading, code
    with pytest.raises(Refusal):
        await task_named(outbound, "9" * 20)

"""A worker dies while a run goes over to another version, before or after the database has it: nothing is half done.

PostgreSQL, Temporal and the worker are real; times are shortened.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from temporalio import activity
from temporalio.client import Client

from activities import advance as activity_module
from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult
from db import tables as t
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from services import advance, changeover_orders, changeover_proposals, changeovers, runs
from tests.procedures import CHANGED, PROCEDURES
from tests.servers import TemporalServer, TestDatabase
from tests.services.tasks.steps import SIGNED, do
from tests.world import World, make_world
from workflows import _options

SILENCE_S = 2.0


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    return await connect(temporal_server.address, temporal_server.namespace)


@pytest.fixture
async def world(database: TestDatabase, client: Client) -> AsyncIterator[World]:
    opened = Database(database.app_url)
    made = await make_world(opened, Gateway(client))
    await made.publish(PROCEDURES["changed_over"])
    yield made
    await opened.close()


@pytest.fixture(autouse=True)
def shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_options.ADVANCE, "heartbeat_timeout", timedelta(seconds=SILENCE_S))
    monkeypatch.setattr(activity_module, "BEAT_EVERY_S", SILENCE_S / 8)


async def opened(world: World, path: str) -> None:
    async with asyncio.timeout(30):
        while not await world.rows(sa.select(t.task.c.id).where(t.task.c.path == path)):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("committed", [False, True], ids=["before", "after"])
async def test_it_goes_over_once_whenever_its_worker_dies(
    world: World, client: Client, *, committed: bool
) -> None:
    attempts: list[int] = []
    over = asyncio.Event()

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def perform(given: AdvanceInput) -> AdvanceResult:
        moving = any(operation.op == "settle_changeover" for operation in given.operations)
        if moving:
            attempts.append(activity.info().attempt)
        if moving and len(attempts) == 1:
            if committed:
                await advance.perform(world.database, given)
            await over.wait()  # as a killed process: no answer, no sign of life
        return await advance.perform(world.database, given)

    async with build_worker(client, [perform], cached_runs=0):
        started = await runs.start(world.platform, "probe", {}, actor=await world.actor("li"), site="SH1")
        await opened(world, "first#1")
        await do(world, "li", started.row.id, "first#1")
        due = await world.scalar(sa.select(t.task.c.due_at).where(t.task.c.path == "slow#1"))
        await world.retire_all()
        await world.publish(CHANGED)
        author, admin = await world.actor("author"), await world.actor("admin")
        order = await changeover_proposals.propose(
            world.platform, "probe", 2, [started.row.id], reason="new", actor=author
        )
        done = await changeover_orders.approve(world.platform, order.row.id, signature=SIGNED, actor=admin)
        async with asyncio.timeout(30):
            while done.open:
                await asyncio.sleep(0.1)
                done = await changeovers.order(world.platform, order.row.id, actor=admin)
        assert [one.result for one in done.runs] == ["moved"]
        await do(world, "li", started.row.id, "slow#1")
        assert due == await world.scalar(sa.select(t.task.c.due_at).where(t.task.c.path == "slow#1"))
        await opened(world, "new#1")
        over.set()
    assert attempts == [1, 2]
    row = await world.rows(sa.select(t.run.c.changeovers, t.run.c.state))
    assert (row[0]["changeovers"], row[0]["state"]) == (1, "running")

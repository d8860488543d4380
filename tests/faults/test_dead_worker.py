"""A worker dies in the middle of an advance: it is missed by its silence, and another attempt is made soon.

PostgreSQL, Temporal and the worker are real; times are shortened.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from temporalio import activity
from temporalio.client import Client

from activities import advance as activity_module
from activities.advance import Advances
from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult
from db import tables as t
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from services import advance, runs
from tests.servers import TemporalServer, TestDatabase
from tests.world import World, make_world, two_steps
from workflows import _options

SILENCE_S = 2.0


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    return await connect(temporal_server.address, temporal_server.namespace)


@pytest.fixture
async def world(database: TestDatabase, client: Client) -> AsyncIterator[World]:
    opened = Database(database.app_url)
    made = await make_world(opened, Gateway(client))
    await made.publish(two_steps())
    yield made
    await opened.close()


@pytest.fixture(autouse=True)
def shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_options.ADVANCE, "heartbeat_timeout", timedelta(seconds=SILENCE_S))
    monkeypatch.setattr(activity_module, "BEAT_EVERY_S", SILENCE_S / 8)


async def first_task(world: World) -> Any:
    """Start a run and wait for its first task; what stops for good fails here."""
    found = await runs.start(world.platform, "two_steps", {}, actor=await world.actor("li"), site="SH1")
    async with asyncio.timeout(60):
        while not (rows := await world.rows(sa.select(t.task).where(t.task.c.run_id == found.row.id))):
            await asyncio.sleep(0.02)
    [task] = rows
    return task


async def test_an_advance_whose_worker_has_gone_silent_is_made_by_another(
    world: World, client: Client
) -> None:
    attempts: list[int] = []
    over = asyncio.Event()

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def perform(given: AdvanceInput) -> AdvanceResult:
        attempts.append(activity.info().attempt)
        if len(attempts) == 1:
            await over.wait()  # as a killed process: no answer, no sign of life
        return await advance.perform(world.database, given)

    async with build_worker(client, [perform]):
        assert (await first_task(world))["state"] == "open"
        over.set()
    assert attempts == [1, 2]


async def test_an_advance_that_takes_longer_than_the_silence_is_let_finish(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []
    perform = advance.perform

    async def slow(database: Database, given: AdvanceInput) -> AdvanceResult:
        attempts.append(activity.info().attempt)
        await asyncio.sleep(2 * SILENCE_S)
        return await perform(database, given)

    monkeypatch.setattr(advance, "perform", slow)
    async with build_worker(client, [Advances(world.platform).advance]):
        assert (await first_task(world))["state"] == "open"
    assert attempts == [1]

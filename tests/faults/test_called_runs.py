"""Called runs on the real engine, database and worker: each once, whoever dies between the call and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from temporalio import activity
from temporalio.client import Client

from activities import advance as activity_module
from activities.advance import Advances
from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult, EndRun
from contracts.calls import CallRuns
from db import tables as t
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from services import advance, run_commands, runs, sweeps
from services.submissions import CommandAnswer, Pending
from tests.procedures import ERRAND, ERRANDS, LINES, definition, human
from tests.servers import TemporalServer, TestDatabase
from tests.services.tasks.probes import PROBE_ACTIONS, PROBE_UNDOS
from tests.services.tasks.steps import EFFECT, SIGNED, do, marks
from tests.world import World, make_world
from workflows import _options

SILENCE_S = 2.0
CALLER = {
    **definition(
        LINES,
        {"id": "act", **EFFECT},
        {"id": "errands", "call": ERRANDS},
        human("last"),
        {"end": "completed"},
    ),
    "sop": "caller",
}
Stops = Callable[[AdvanceInput], Awaitable[None]]


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    return await connect(temporal_server.address, temporal_server.namespace)


@pytest.fixture
async def world(database: TestDatabase, client: Client) -> AsyncIterator[World]:
    opened = Database(database.app_url)
    made = await make_world(opened, Gateway(client))
    await made.publish(ERRAND)
    await made.publish(CALLER)
    yield made
    await opened.close()


@pytest.fixture(autouse=True)
def actions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probes stand in for the catalogue; a silent worker is missed soon."""
    monkeypatch.setattr("services.actions.ACTIONS", PROBE_ACTIONS)
    monkeypatch.setattr("services.actions.UNDOS", PROBE_UNDOS)
    monkeypatch.setitem(_options.ADVANCE, "heartbeat_timeout", timedelta(seconds=SILENCE_S))
    monkeypatch.setattr(activity_module, "BEAT_EVERY_S", SILENCE_S / 8)


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(90):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found


async def called(world: World, run: UUID) -> list[Mapping[str, Any]]:
    r = t.run.c
    return await world.rows(sa.select(t.run).where(r.called_by == run).order_by(r.called_line))


async def tasks_of(world: World, runs_: list[UUID]) -> list[Mapping[str, Any]]:
    return await world.rows(sa.select(t.task).where(t.task.c.run_id.in_(runs_)))


async def start(world: World) -> UUID:
    found = await runs.start(world.platform, "caller", {}, actor=await world.actor("li"), site="SH1")
    return found.row.id


async def errands_open(world: World, run: UUID) -> list[UUID]:
    """The five called runs, each with its one task."""

    async def look() -> list[UUID]:
        ids = [row["id"] for row in await called(world, run)]
        return ids if len(await tasks_of(world, ids)) == 5 else []

    found: list[UUID] = await until(look)
    return found


async def ended(world: World, run: UUID, state: str) -> None:
    async def look() -> bool:
        return bool(
            await world.scalar(sa.select(sa.exists().where(t.run.c.id == run, t.run.c.state == state)))
        )

    await until(look)


class Dying:
    """The activity of a worker that dies once, after the commit of an advance with such an operation."""

    def __init__(self, world: World, operation: type[Any]) -> None:
        self.world, self.operation = world, operation
        self.died = False
        self.over = asyncio.Event()
        self.real = Advances(world.platform)

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def advance(self, given: AdvanceInput) -> AdvanceResult:
        if not self.died and any(isinstance(o, self.operation) for o in given.operations):
            self.died = True
            await advance.perform(self.world.database, given)
            await (
                self.over.wait()
            )  # as a killed process: no answer, no sign of life, nothing after the commit
        return await self.real.advance(given)


@pytest.mark.parametrize("operation", [CallRuns, EndRun])
async def test_a_worker_that_dies_after_the_commit_is_made_up_for(
    world: World, client: Client, operation: type[Any]
) -> None:
    """Between the call and the start in the engine; between the end and the word to the caller."""
    dying = Dying(world, operation)
    async with build_worker(client, [dying.advance]):
        run = await start(world)
        errands = await errands_open(world, run)
        for errand in errands:
            await do(world, "li", errand, "go#1", "done")
        await until(lambda: tasks_of(world, [run]))
        assert dying.died
        await do(world, "li", run, "last#1")
        await ended(world, run, "completed")
        dying.over.set()
    assert len(await called(world, run)) == 5
    assert {row["outcome"] for row in await called(world, run)} == {"done"}
    assert len(await tasks_of(world, errands)) == 5


async def test_word_that_nobody_brought_is_brought_by_the_sweep(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "OWED_AFTER_S", 0.0)

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def mute(given: AdvanceInput) -> AdvanceResult:
        return await advance.perform(world.database, given)  # and nothing after the commit

    async with build_worker(client, [mute]):
        run = await start(world)
        ids = [row["id"] for row in await until(lambda: called(world, run))]
        sweeper = sweeps.Sweeper(world.platform, compare_all=False)
        assert (await sweeper.round()).started == 5
        await errands_open(world, run)
        for errand in ids:
            await do(world, "li", errand, "go#1", "lost")
        assert (await sweeper.round()).told == 1
        await until(lambda: tasks_of(world, [run]))
    assert [row["outcome"] for row in await called(world, run)] == ["lost"] * 5


@pytest.mark.parametrize("cached", [500, 0], ids=["cached", "replayed at every task"])
async def test_a_whole_tree_is_cancelled_and_undone(world: World, client: Client, cached: int) -> None:
    async with build_worker(client, [Advances(world.platform).advance], cached_runs=cached, sandboxed=True):
        run = await start(world)
        errands = await errands_open(world, run)
        await do(world, "li", errands[0], "go#1", "done")
        answer = await run_commands.command(
            world.platform,
            run,
            "cancel",
            reason="because",
            signature=SIGNED,
            actor=await world.actor("zhou"),
        )
        assert isinstance(answer, CommandAnswer | Pending)
        await ended(world, run, "cancelled")
    states = [row["state"] for row in await called(world, run)]
    assert states == ["completed", *["cancelled"] * 4]
    assert await marks(world) == ["did x", "undid x"]
    kept = await world.rows(sa.select(t.submission.c.kind, t.submission.c.run_id))
    assert sorted(row["kind"] for row in kept if row["run_id"] in errands) == ["cancel"] * 4 + ["complete"]


async def test_a_called_run_stands_in_the_engine_with_its_caller(world: World, client: Client) -> None:
    async with build_worker(client, [Advances(world.platform).advance]):
        run = await start(world)
        errands = await errands_open(world, run)
    history = await client.get_workflow_handle(names.workflow_id(str(errands[0]))).fetch_history()
    given = history.events[0].workflow_execution_started_event_attributes.input.payloads[0].data.decode()
    assert f'"caller":"{run}"' in given
    assert '"call":"errands#1"' in given
    own = await client.get_workflow_handle(names.workflow_id(str(run))).fetch_history()
    assert len(own.events) < 40  # five called runs have left a few activities in the caller, and nothing each

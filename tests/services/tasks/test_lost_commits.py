"""The engine comes back without its last commits and the database has kept its own: runs catch up by themselves.

PostgreSQL, Temporal and a worker are real; an engine that has lost everything is a new namespace of it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from temporalio import activity
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult
from db import tables as t
from db.session import Database
from domain.submissions import SubmissionRefused
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from services import advance, runs, submissions, tasks
from services.submissions import CommandAnswer, Pending
from services.sweeps import CLOSED_AFTER_S, Sweeper
from tests.procedures import definition, human
from tests.servers import TemporalServer
from tests.services.tasks.probes import PROBE_ACTIONS, PROBE_UNDOS
from tests.services.tasks.steps import do, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, make_world

ACTS = [
    {"id": "act", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"},
    {"id": "hold", "action": "probe.echo", "with": {"text": "'held up'", "number": "1"}},
]
WITH_ACTION = {**definition(human("a"), *ACTS, human("b"), {"end": "completed"}), "sop": "with_action"}


@dataclass
class House:
    """A company on the real engine, whose actions can be held up and whose engine can forget."""

    world: World
    server: TemporalServer
    open: contextlib.AsyncExitStack
    going: asyncio.Event = field(default_factory=asyncio.Event)
    client: Client | None = None

    async def serve(self, namespace: str) -> None:
        """A gateway and a worker in a namespace."""
        self.client = await connect(self.server.address, namespace, attempts=20)
        self.world.platform = replace(self.world.platform, gateway=Gateway(self.client))
        await self.open.enter_async_context(build_worker(self.client, [self.perform]))

    async def lose_everything(self) -> None:
        """The engine comes back and knows no run."""
        assert self.client is not None
        namespace = uuid4().hex
        request = RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=Duration(seconds=86400)
        )
        await self.client.workflow_service.register_namespace(request)
        await self.serve(namespace)

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def perform(self, given: AdvanceInput) -> AdvanceResult:
        if any(operation.op == "act" and operation.path == "hold#1" for operation in given.operations):
            await self.going.wait()
        return await advance.perform(self.world.database, given, actions=PROBE_ACTIONS, undos=PROBE_UNDOS)

    async def settled(self, run: UUID, path: str) -> CommandAnswer:
        """A task is done, as soon as it is there."""
        await until(lambda: self.task(run, path))
        answer = await do(self.world, "li", run, path)
        assert isinstance(answer, CommandAnswer) and answer.state == "done"
        return answer

    async def task(self, run: UUID, path: str) -> Any:
        rows = await self.world.rows(sa.select(t.task).where(t.task.c.run_id == run, t.task.c.path == path))
        return rows[0] if rows else None

    async def finished(self, run: UUID) -> None:
        await self.settled(run, "a#1")
        await self.settled(run, "b#1")
        await until(lambda: self.completed(run))

    async def completed(self, run: UUID) -> bool:
        """Whether the engine has closed the run as it should."""
        position = await self.world.platform.gateway.position(str(run))
        return position is not None and position.completed

    async def rows_of(self, run: UUID) -> dict[str, int]:
        """How much of everything the database has of a run."""
        r, e = str(run), names.workflow_id(str(run))
        counted = {
            "effects": sa.select(sa.func.count()).where(t.effect.c.workflow_id == e),
            "tasks": sa.select(sa.func.count()).where(t.task.c.run_id == r),
            "notifications": sa.select(sa.func.count()).where(t.notification.c.run_id == r),
            "verdicts": sa.select(sa.func.count())
            .select_from(t.submission_verdict.join(t.submission))
            .where(t.submission.c.run_id == r),
        }
        return {name: await self.world.scalar(query) for name, query in counted.items()}


@pytest.fixture
async def house(db: Database, temporal_server: TemporalServer) -> AsyncIterator[House]:
    world = await make_world(db, StandInEngine(db), update_wait_s=1.0)
    async with contextlib.AsyncExitStack() as stack:
        made = House(world, temporal_server, stack)
        made.going.set()
        await made.serve(temporal_server.namespace)
        yield made
        made.going.set()


async def until(look: Any) -> Any:
    """What a look gives once it gives something."""
    async with asyncio.timeout(60):
        while not (found := await look()):
            await asyncio.sleep(0.02)
    return found


async def healed(sweeper: Sweeper, done: Any) -> None:
    """Rounds of the sweeper until the engine has caught up."""

    async def one() -> Any:
        await sweeper.round()
        return await done()

    await until(one)


async def test_a_run_that_ended_is_whole_in_the_engine_again_and_nothing_is_done_twice(house: House) -> None:
    """The second answer is refused at first: a step of the procedure lies between it and the first one."""
    run = await started(house.world, WITH_ACTION)
    await house.finished(run)
    before = await house.rows_of(run)
    assert before["notifications"] == 1
    await house.lose_everything()
    house.going.clear()
    sweeper = Sweeper(house.world.platform)
    swept = await sweeper.round()
    assert swept.delivered < 2 and sweeper.behind == {run}
    house.going.set()
    await healed(sweeper, lambda: house.completed(run))
    assert await house.rows_of(run) == before
    history = await house.world.platform.gateway.history(str(run))
    assert history[-1]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"
    assert (await sweeper.round()).delivered == 0 and not sweeper.behind


async def test_a_run_that_ended_days_before_the_machine_came_back_is_healed(house: House) -> None:
    run = await started(house.world, WITH_ACTION)
    await house.finished(run)
    await end_earlier(house, run, timedelta(days=3))
    await house.lose_everything()
    await healed(Sweeper(house.world.platform), lambda: house.completed(run))


async def test_what_is_done_while_the_engine_is_behind_is_not_refused(house: House) -> None:
    """The person sees the task open and is right; the answer is 'not yet known' and then 'done'."""
    run = await started(house.world, WITH_ACTION)
    await house.settled(run, "a#1")
    await until(lambda: house.task(run, "b#1"))
    await house.lose_everything()
    house.going.clear()
    sweeper = Sweeper(house.world.platform)
    await sweeper.round()
    pending = await do(house.world, "li", run, "b#1")
    assert isinstance(pending, Pending)
    await sweeper.round()
    shown = await submissions.view(
        house.world.platform, pending.submission, actor=await house.world.actor("li")
    )
    assert shown.accepted is None
    house.going.set()
    await healed(sweeper, lambda: house.completed(run))
    answer = await submissions.answer_of(house.world.platform, pending.submission)
    assert isinstance(answer, CommandAnswer) and answer.state == "done"
    assert await refused_events(house.world) == []


async def test_what_an_engine_that_is_not_behind_refuses_is_a_verdict(house: House) -> None:
    run = await started(house.world, WITH_ACTION)
    task = await until(lambda: house.task(run, "a#1"))
    li, stale = house.world.people["li"], uuid4()
    async with house.world.write() as tx:
        await tx.execute(
            sa.insert(t.submission).values(
                id=stale, kind="complete", run_id=run, task_id=task["id"], epoch=7, actor_id=li,
                outcome="done", data={}, performers=[li], content_hash="0" * 64,
            )
        )  # fmt: skip
    with pytest.raises(SubmissionRefused) as refused:
        await submissions.answer_of(house.world.platform, stale)
    assert refused.value.code == "stale_epoch"
    shown = await submissions.view(house.world.platform, stale, actor=await house.world.actor("li"))
    assert (shown.accepted, shown.code) == (False, "stale_epoch")


async def test_a_closed_run_is_looked_at_until_no_power_cut_can_reach_it(house: House) -> None:
    lately, long_ago = await started(house.world, WITH_ACTION), await another(house)
    for run in (lately, long_ago):
        await house.finished(run)
    await end_earlier(house, long_ago, timedelta(seconds=CLOSED_AFTER_S + 1))
    await Sweeper(house.world.platform).round()
    assert await closed_at(house, lately) is None
    assert await closed_at(house, long_ago) is not None


async def test_a_run_terminated_in_the_engine_is_not_taken_for_closed(house: House) -> None:
    run = await started(house.world, WITH_ACTION)
    await house.settled(run, "a#1")
    assert house.client is not None
    await house.client.get_workflow_handle(names.workflow_id(str(run))).terminate()
    await end_earlier(house, run, timedelta(days=1))
    sweeper = Sweeper(house.world.platform)
    assert (await sweeper.round()).delivered == 0
    assert sweeper.astray == {run} and await closed_at(house, run) is None
    await Sweeper(house.world.platform).round()  # another worker tells nobody again
    [task] = await house.world.rows(sa.select(t.task).where(t.task.c.kind == "deviation"))
    assert (task["title_zh"], task["state"]) == ("偏差：流程在引擎中被终止", "open")
    owner = await house.world.actor("zhou")
    await tasks.claim(house.world.platform, task["id"], actor=owner)
    given: dict[str, Any] = {
        "outcome": "handled",
        "data": {},
        "epoch": 1,
        "reason": "a mistake at the console",
    }
    await tasks.complete(house.world.platform, task["id"], actor=owner, **given)
    [row] = await house.world.rows(sa.select(t.run).where(t.run.c.id == run))
    assert (row["state"], row["ended_at"] is not None) == ("failed", True)
    states = await house.world.rows(sa.select(t.task.c.state).where(t.task.c.kind == "step"))
    assert {one["state"] for one in states} <= {"withdrawn", "done"}
    assert (await Sweeper(house.world.platform).round()).delivered == 0


async def test_a_run_that_cannot_be_compared_keeps_no_other_from_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, run = await started(house.world, WITH_ACTION), await another(house)
    await house.finished(run)
    await house.lose_everything()
    gateway, ask = house.world.platform.gateway, house.world.platform.gateway.position

    async def position(run_id: str) -> Any:
        if run_id == str(broken):
            raise ZeroDivisionError
        return await ask(run_id)

    monkeypatch.setattr(gateway, "position", position)
    sweeper = Sweeper(house.world.platform)
    await healed(sweeper, lambda: house.completed(run))
    assert broken in sweeper.behind


async def another(house: House) -> UUID:
    """One more run of the same procedure."""
    world = house.world
    found = await runs.start(world.platform, "with_action", {}, actor=await world.actor("li"), site="SH1")
    return found.row.id


async def end_earlier(house: House, run: UUID, by: timedelta) -> None:
    """Time passes: the run ended that long ago."""
    async with house.world.write() as tx:
        await tx.execute(
            sa.update(t.run)
            .where(t.run.c.id == run)
            .values(ended_at=sa.func.coalesce(t.run.c.ended_at, sa.func.clock_timestamp()) - by)
        )


async def closed_at(house: House, run: UUID) -> Any:
    return await house.world.scalar(sa.select(t.run.c.engine_closed_at).where(t.run.c.id == run))

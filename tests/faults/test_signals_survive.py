"""Events on the real stack: forged ones settle nothing; what died in between is made up for, once.

PostgreSQL, Temporal, a worker and the services are real and in this process.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from temporalio import activity
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult
from contracts.commands import TakeSignal
from contracts.payload import Payload
from db import tables as t
from db.session import Database
from engine.client import connect
from engine.gateway import Answer, Gateway, Rejected, Unknown
from engine.workers import build_worker
from services import advance, auth, runs, signals, submissions, sweeps, updates
from services.permissions import Permission
from services.platform import Actor
from services.sweeps import Sweeper
from tests.procedures import EVENT, SILENT, definition, human
from tests.servers import TemporalServer, TestDatabase
from tests.stand_in_engine import StandInEngine
from tests.world import World, machine, make_world

WAITS = {**definition(EVENT, human("after"), {"end": "answered"}, sections=SILENT), "sop": "waits"}
STEP = "reply#1"


class Deaf(Gateway):
    """A gateway of a process that dies before it has spoken to the engine."""

    async def update(self, run_id: str, name: str, payload: Payload, update_id: str, wait_s: float) -> Answer:
        del run_id, name, payload, update_id, wait_s
        return Unknown("dead")


@dataclass
class House:
    """A company on the real engine; a worker that can lose its answers, an engine that can forget."""

    world: World
    server: TemporalServer
    open: contextlib.AsyncExitStack
    sender: Actor
    client: Client | None = None
    loses: set[str] = field(default_factory=set)
    attempts: list[tuple[str, int]] = field(default_factory=list)

    async def serve(self, namespace: str) -> None:
        self.client = await connect(self.server.address, namespace, attempts=20)
        self.world.platform = replace(self.world.platform, gateway=Gateway(self.client))
        await self.open.enter_async_context(build_worker(self.client, [self.perform]))

    async def lose_everything(self) -> None:
        """The engine comes back and knows no run."""
        assert self.client is not None
        namespace = uuid4().hex
        await self.client.workflow_service.register_namespace(
            RegisterNamespaceRequest(
                namespace=namespace, workflow_execution_retention_period=Duration(seconds=86400)
            )
        )
        await self.serve(namespace)

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def perform(self, given: AdvanceInput) -> AdvanceResult:
        """The advance; a worker that `loses` an operation dies after it has committed, the first time."""
        result = await advance.perform(self.world.database, given)
        for operation in given.operations:
            self.attempts.append((operation.op, activity.info().attempt))
            if operation.op in self.loses:
                self.loses.remove(operation.op)
                raise ConnectionError("the worker died after its transaction")
        return result

    async def start(self) -> UUID:
        """A run that waits."""
        found = await runs.start(
            self.world.platform, "waits", {}, actor=await self.world.actor("li"), site="SH1"
        )
        await until(lambda: self.waits(found.row.id))
        return found.row.id

    async def waits(self, run: UUID) -> str | None:
        w = t.signal_wait.c
        state: str | None = await self.world.scalar(sa.select(w.state).where(w.run_id == run, w.path == STEP))
        return state

    async def send(self, **data: Any) -> signals.SignalAnswer:
        given = data or {"count": 3}
        return await signals.send(self.world.platform, "erp_answer", "PO-1", given, actor=self.sender)

    async def send_and_die(self) -> signals.SignalAnswer:
        """The event is kept; whoever sent it is gone before the engine has heard of it."""
        assert self.client is not None
        whole = self.world.platform
        self.world.platform = replace(whole, gateway=Deaf(self.client))
        try:
            return await self.send()
        finally:
            self.world.platform = whole

    async def goes_on(self, run: UUID) -> None:
        """The next task is open, and there is one of everything."""
        await until(lambda: self.task(run, "after#1"))
        e = t.effect.c
        kinds = await self.world.rows(
            sa.select(e.kind, sa.func.count().label("n"))
            .where(e.workflow_id == names.workflow_id(str(run)))
            .group_by(e.kind)
        )
        assert {row["kind"]: row["n"] for row in kinds}.items() >= {("wait", 1), ("task", 1)}
        assert await self.waits(run) == "taken"

    async def task(self, run: UUID, path: str) -> Any:
        rows = await self.world.rows(sa.select(t.task).where(t.task.c.run_id == run, t.task.c.path == path))
        return rows[0] if rows else None

    async def forge(self, run: UUID, **changed: Any) -> tuple[TakeSignal, Answer]:
        """Straight to the engine, past the doors."""
        said = TakeSignal.model_validate(
            {
                "submission": str(uuid4()),
                "path": STEP,
                "event": "erp_answer",
                "key": "PO-1",
                "signal": str(uuid4()),
                "at": datetime.now(UTC),
                "data": {"count": 9},
                "actor": str(self.sender.person_id),
                "hash": "0" * 64,
                **changed,
            }
        )
        gateway = self.world.platform.gateway
        return said, await gateway.update(str(run), names.TAKE_SIGNAL, said, said.submission, 20.0)


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(60):
        while not (found := await look()):
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
async def house(
    database: TestDatabase, temporal_server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr(sweeps, "OWED_AFTER_S", 0.0)
    opened = Database(database.app_url)
    world = await make_world(opened, StandInEngine(opened), update_wait_s=2.0)
    await world.publish(WAITS)
    key = await machine(world, [Permission.SIGNAL_SEND])
    async with contextlib.AsyncExitStack() as stack:
        sender = await auth.actor_of_bearer(world.platform, key)
        made = House(world, temporal_server, stack, sender)
        await made.serve(temporal_server.namespace)
        yield made
    await opened.close()


async def test_an_event_that_nobody_has_sent_settles_nothing(house: House) -> None:
    run = await house.start()
    said, answer = await house.forge(run)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    deviation = await house.task(run, f"deviation/{said.submission}")
    assert (deviation["kind"], deviation["state"]) == ("deviation", "open")
    assert await house.waits(run) == "waiting"
    assert (await house.send()).state == "delivered"
    await house.goes_on(run)


@pytest.mark.parametrize("changed", ["data", "at", "hash", "actor", "signal"])
async def test_a_real_event_with_something_else_in_it_settles_nothing(house: House, changed: str) -> None:
    run = await house.start()
    event = await house.send_and_die()
    async with house.world.database.read() as tx:
        owed = await tx.scalar(sa.select(t.signal_wait.c.submission_id).where(t.signal_wait.c.run_id == run))
        row = await submissions._row(tx, owed)
    _, real = updates.update_of(row)
    other = {
        "data": {"count": 9},
        "at": datetime(2020, 1, 1, tzinfo=UTC),
        "hash": "0" * 64,
        "actor": str(house.world.people["li"]),
        "signal": str(uuid4()),
    }
    # The engine remembers one answer per update id: the forger has one of their own, and so has the event.
    told = {**real.model_dump(), changed: other[changed]}
    gateway = house.world.platform.gateway
    answer = await gateway.update(
        str(run), names.TAKE_SIGNAL, TakeSignal.model_validate(told), f"forged {owed}", 20.0
    )
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed", answer
    assert await house.waits(run) == "matched"
    assert await house.task(run, "after#1") is None
    assert event.state == "pending"


async def test_what_another_run_was_given_is_not_taken_by_this_one(house: House) -> None:
    run = await house.start()
    event = await house.send_and_die()
    other = await house.start()
    async with house.world.database.read() as tx:
        owed = await tx.scalar(sa.select(t.signal_wait.c.submission_id).where(t.signal_wait.c.run_id == run))
        _, real = updates.update_of(await submissions._row(tx, owed))
    assert await house.waits(other) == "taken"  # it came before that run began to wait
    third = await _another_key(house)
    gateway = house.world.platform.gateway
    said = TakeSignal.model_validate({**real.model_dump(), "key": "PO-2"})
    answer = await gateway.update(str(third), names.TAKE_SIGNAL, said, str(owed), 20.0)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    assert await house.waits(third) == "waiting"
    assert event.state == "pending"


async def _another_key(house: House) -> UUID:
    raw = {
        **WAITS,
        "sop": "others",
        "steps": [{**EVENT, "wait": {**EVENT["wait"], "key": "'PO-2'"}}, *WAITS["steps"][1:]],
    }
    await house.world.publish(raw)
    found = await runs.start(
        house.world.platform, "others", {}, actor=await house.world.actor("li"), site="SH1"
    )
    await until(lambda: house.waits(found.row.id))
    return found.row.id


async def test_whoever_sent_it_died_before_the_engine_heard_of_it(house: House) -> None:
    some = [await house.start() for _ in range(3)]
    answer = await house.send_and_die()
    assert answer.state == "pending"
    assert (await Sweeper(house.world.platform).round()).answered == 3
    for run in some:
        await house.goes_on(run)
    again = await signals.view(house.world.platform, answer.id, actor=house.sender)
    assert again.state == "delivered"


@pytest.mark.parametrize("operation", ["await_signal", "settle_signal"])
async def test_a_worker_that_dies_after_its_transaction_changes_nothing(house: House, operation: str) -> None:
    house.loses.add(operation)
    run = await house.start()
    await house.send()
    await house.goes_on(run)
    assert [n for op, n in house.attempts if op == operation] == [1, 2]


async def test_an_event_that_had_come_is_found_again_by_the_second_attempt(house: House) -> None:
    event = await house.send()
    house.loses.add("await_signal")
    run = await house.start()
    await house.goes_on(run)
    assert [n for op, n in house.attempts if op == "await_signal"] == [1, 2]
    found = await signals.view(house.world.platform, event.id, actor=house.sender)
    assert [d.run_id for d in found.deliveries] == [run]


async def test_an_engine_that_lost_everything_is_told_the_event_again(house: House) -> None:
    run = await house.start()
    await house.send()
    await house.goes_on(run)
    await house.lose_everything()
    sweeper = Sweeper(house.world.platform)
    gateway = house.world.platform.gateway

    async def caught_up() -> bool:
        await sweeper.round()
        position = await gateway.position(str(run))
        return position is not None and len(position.processed) == 1

    await until(caught_up)
    await house.goes_on(run)


async def test_an_engine_that_lost_the_wait_is_not_taken_at_its_word(house: House) -> None:
    """The run is started again by the sweep; until it waits again its refusal is no verdict."""
    run = await house.start()
    await house.lose_everything()
    answer = await house.send()
    assert answer.state in {"pending", "delivered"}
    sweeper = Sweeper(house.world.platform)

    async def taken() -> bool:
        await sweeper.round()
        return await house.waits(run) == "taken"

    await until(taken)
    await house.goes_on(run)
    v = t.submission_verdict.c
    assert await house.world.scalar(sa.select(sa.func.bool_and(v.accepted))) is True


async def test_connections_that_break_again_and_again_lose_no_event(
    house: House, database: TestDatabase
) -> None:
    some = [await house.start() for _ in range(4)]
    over = asyncio.Event()

    def cut() -> None:
        with psycopg.connect(database.superuser_url.replace("+psycopg", ""), autocommit=True) as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'xunji'"
            )

    async def cutting() -> None:
        while not over.is_set():
            await asyncio.to_thread(cut)
            await asyncio.sleep(0.05)

    breaking = asyncio.create_task(cutting())
    event: signals.SignalAnswer | None = None
    made = uuid4()
    for _ in range(40):
        try:
            event = await signals.send(
                house.world.platform, "erp_answer", "PO-1", {"count": 3}, actor=house.sender, signal_id=made
            )
            break
        except Exception:  # noqa: BLE001 - whoever sends tries again with the same id
            await asyncio.sleep(0.05)
    over.set()
    await breaking
    if event is None:
        event = await signals.send(
            house.world.platform, "erp_answer", "PO-1", {"count": 3}, actor=house.sender, signal_id=made
        )
    sweeper = Sweeper(house.world.platform)

    async def all_taken() -> bool:
        with contextlib.suppress(Exception):
            await sweeper.round()
        return all([await house.waits(run) == "taken" for run in some])

    await until(all_taken)
    for run in some:
        await house.goes_on(run)
    s = t.submission.c
    assert await house.world.scalar(sa.select(sa.func.count()).where(s.kind == "signal")) == len(some)

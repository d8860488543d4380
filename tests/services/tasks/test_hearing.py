"""A verdict is answered when it has committed, also while the engine has not closed the Update."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.payload import Payload
from db import tables as t
from db.ids import new_id
from engine.gateway import Answer
from services import hearing
from services.hearing import Hearing
from services.submissions import CommandAnswer
from tests.services.tasks.steps import do, started
from tests.world import World, two_steps

LISTENERS = sa.text(
    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
)


class NeverCloses:
    """The gateway of an engine that performs everything and answers nothing."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway
        self.under_way = asyncio.TaskGroup()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def update(self, run_id: str, name: str, payload: Payload, update_id: str, wait_s: float) -> Answer:
        self.under_way.create_task(self._gateway.update(run_id, name, payload, update_id, wait_s))
        await asyncio.Event().wait()
        raise AssertionError


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[World]:
    """The world with somebody who listens, and an engine that closes no Update."""
    ear, engine = Hearing(world.platform.database), NeverCloses(world.platform.gateway)
    platform = dataclasses.replace(world.platform, gateway=engine, hearing=ear)
    task = asyncio.create_task(ear.listen_forever())
    await listener(world)
    async with engine.under_way:
        yield dataclasses.replace(world, platform=platform)
    task.cancel()


async def listener(world: World, but: int = 0) -> int:
    """The server's process that listens, once there is one."""
    async with asyncio.timeout(30):
        while True:
            async with world.platform.database.read() as tx:
                found = [row["pid"] for row in await tx.rows(LISTENERS) if row["pid"] != but]
            if found:
                return int(found[0])
            await asyncio.sleep(0.01)


async def test_a_verdict_is_heard_before_the_engine_closes_the_update(world: World) -> None:
    run = await started(world, two_steps())
    async with listening(world) as heard:
        answer = await do(heard, "li", run, "one#1", "ok", {"count": 3})
        assert isinstance(answer, CommandAnswer)
        assert answer.state == "done"
        last = await do(heard, "wang", run, "two#1", "done", {})
        assert isinstance(last, CommandAnswer)


async def test_the_verdict_and_the_next_task_are_one_commit(world: World) -> None:
    """So the next task is in the inbox when the answer comes, whoever reads it then."""
    run = await started(world, two_steps())
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    same = sa.text(
        "SELECT v.xmin = k.xmin FROM task k, submission s JOIN submission_verdict v ON v.submission_id = s.id "
        "WHERE k.path = 'two#1' AND k.run_id = :run AND s.run_id = :run"
    )
    async with world.platform.database.read() as tx:
        assert [list(row.values()) for row in await tx.rows(same, {"run": run})] == [[True]]


async def test_who_hears_nothing_learns_it_from_the_engine(world: World) -> None:
    run = await started(world, two_steps())
    deaf = dataclasses.replace(world.platform, hearing=Hearing(world.platform.database))
    answer = await do(dataclasses.replace(world, platform=deaf), "li", run, "one#1", "ok", {"count": 3})
    assert isinstance(answer, CommandAnswer)


async def test_a_lost_connection_is_made_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "AGAIN_S", 0.01)
    run = await started(world, two_steps())
    async with listening(world) as heard:
        first = await listener(world)
        async with world.platform.database.read() as tx:
            await tx.rows(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
        await listener(world, but=first)
        assert isinstance(await do(heard, "li", run, "one#1", "ok", {"count": 3}), CommandAnswer)


async def test_a_verdict_that_is_too_long_to_tell_is_named(world: World) -> None:
    run = await started(world, two_steps())
    person, verdict = await world.actor("li"), t.submission_verdict
    given = {"kind": "complete", "run_id": run, "performers": [person.person_id], "content_hash": "0" * 64}
    async with world.platform.database.listen(hearing.CHANNEL) as heard:
        for words in ("短", "长" * 4000):
            one = new_id()
            async with world.write() as tx:
                row = {
                    "id": one,
                    "actor_id": person.person_id,
                    "data": {},
                    "outcome": "ok",
                    "epoch": 1,
                    **given,
                }
                await tx.execute(sa.insert(t.submission).values(row))
                said = {"submission_id": one, "accepted": False, "code": "refused", "message_zh": words}
                await tx.execute(sa.insert(verdict).values({**said, "message_en": words}))
            told = json.loads((await anext(heard)).payload)
            assert told.pop("submission") == str(one)
            assert (told or {"message_zh": None})["message_zh"] == (words if len(words) == 1 else None)

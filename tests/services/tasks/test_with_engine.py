"""The same services on the real engine: submission, Update, advance, inbox; and what its history holds."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from activities.advance import Advances
from contracts import names
from contracts.commands import CompleteTask
from db import tables as t
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway, Rejected
from engine.workers import build_worker
from services import runs, tasks, timeline
from services.signatures import SignatureGiven
from services.submissions import CommandAnswer
from tests.procedures import PROCEDURES
from tests.servers import TemporalServer
from tests.services.tasks.steps import do, open_task, started
from tests.world import PASSWORD, World, make_world, two_steps

SIGNED = SignatureGiven(PASSWORD)


@pytest.fixture
async def running(db: Database, temporal_server: TemporalServer) -> AsyncIterator[World]:
    client = await connect(temporal_server.address, temporal_server.namespace, attempts=20)
    world = await make_world(db, Gateway(client))
    async with build_worker(client, [Advances(world.platform).advance]):
        yield world


async def opened(world: World, run: UUID, path: str) -> dict[str, Any]:
    """The task, as soon as the engine has opened it."""
    async with asyncio.timeout(20):
        while True:
            found = await world.rows(sa.select(t.task).where(t.task.c.run_id == run, t.task.c.path == path))
            if found:
                return dict(found[0])
            await asyncio.sleep(0.02)


async def test_after_the_answer_the_next_task_is_in_the_inbox(running: World) -> None:
    run = await started(running, two_steps())
    await opened(running, run, "one#1")
    answer = await do(running, "li", run, "one#1", "ok", {"count": 3})
    assert isinstance(answer, CommandAnswer) and answer.state == "done"
    second = await open_task(running, run, "two#1")
    inbox = await tasks.list_tasks(running.platform, actor=await running.actor("wang"), claimable=True)
    assert [row.id for row in inbox.items] == [second["id"]]
    await do(running, "wang", run, "two#1")
    found = await runs.get(running.platform, run, actor=await running.actor("zheng"))
    assert found.row.state == "completed"
    lines = await timeline.run_timeline(running.platform, run, actor=await running.actor("zheng"))
    done = next(line for line in lines if line.kind == "complete")
    assert len(done.event_ids) == 2, "accepted and completed"
    assert next(line for line in lines if line.kind == "started").event_ids == (1,)


async def test_neither_password_nor_name_stands_in_the_history(running: World) -> None:
    run = await started(running, {**PROCEDURES["signatures"], "sop": "signed"})
    task = await opened(running, run, "accept#1")
    await do(running, "wang", run, "accept#1", signature=SIGNED)
    zhao = await running.actor("zhao")
    await tasks.sign(running.platform, task["id"], epoch=1, signature=SIGNED, actor=zhao)
    history = json.dumps(await running.platform.gateway.history(str(run)))
    plain = history + "".join(
        base64.b64decode(data).decode("utf-8", "replace")
        for data in re.findall(r'"data": "([^"]+)"', history)
    )
    assert str(running.people["wang"]) in plain
    for word in (PASSWORD, "WANG", "ZHAO", '"password"'):
        assert word not in plain


async def test_a_forged_update_to_the_engine_settles_nothing(running: World) -> None:
    run = await started(running, two_steps())
    await opened(running, run, "one#1")
    li = str(running.people["li"])
    forged = CompleteTask(
        submission=str(uuid4()), path="one#1", epoch=1, actor=li, performers=[li], outcome="ok",
        data={"count": 5}, hash="f" * 64,
    )  # fmt: skip
    gateway = running.platform.gateway
    answer = await gateway.update(str(run), names.COMPLETE_TASK, forged, forged.submission, 20)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    await opened(running, run, f"deviation/{forged.submission}")
    assert (await open_task(running, run, "one#1"))["state"] == "open"
    await do(running, "li", run, "one#1", "ok", {"count": 5})
    await opened(running, run, "two#1")

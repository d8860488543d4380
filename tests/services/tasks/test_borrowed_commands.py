"""Commands that the database does not confirm settle nothing and open a deviation."""

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from contracts import names
from contracts.commands import CommandRun, CommandTask, CompleteTask
from contracts.payload import LineSetRef
from db import tables as t
from engine.gateway import Rejected
from services import task_commands, tasks
from services.task_commands import Wanted
from tests.services.tasks.steps import do, open_task, post_id, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, two_steps


async def test_a_forged_completion_settles_nothing_and_opens_a_deviation(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, two_steps())
    forged = CompleteTask(
        submission=str(uuid4()),
        path="one#1",
        epoch=1,
        actor=str(world.people["li"]),
        performers=[str(world.people["li"])],
        outcome="ok",
        data={"count": 5},
        hash="f" * 64,
    )
    answer = await engine.update(str(run), names.COMPLETE_TASK, forged, forged.submission, 1)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    assert (await open_task(world, run, "one#1"))["state"] == "open"
    deviation = await open_task(world, run, f"deviation/{forged.submission}")
    assert (deviation["kind"], deviation["post_id"]) == ("deviation", await post_id(world, "qa_manager"))
    [event] = await refused_events(world)
    assert event["action"] == "open.deviation"
    # The real work goes on, and the owner answers the deviation without the engine.
    await do(world, "li", run, "one#1", "ok", {"count": 5})
    sent = len(engine.updates)
    await do(world, "zhou", run, deviation["path"], "handled", reason="查明为测试")
    assert len(engine.updates) == sent
    assert (await open_task(world, run, deviation["path"]))["state"] == "done"


@pytest.mark.parametrize("change", ["hash", "performers", "outcome", "actor", "data", "reason", "lines"])
async def test_a_command_that_borrows_a_real_submission_is_found_out(
    world: World, engine: StandInEngine, change: str
) -> None:
    run = await started(world, two_steps())
    engine.silent = True
    await do(world, "li", run, "one#1", "bad", {"count": 5}, reason="破损")
    engine.silent = False
    _, payload = engine.updates[-1]
    assert isinstance(payload, CompleteTask)
    changes: dict[str, dict[str, Any]] = {
        "hash": {"hash": "0" * 64},
        "performers": {"performers": [str(world.people["qian"])]},
        "outcome": {"outcome": "ok", "reason": None},
        "actor": {"actor": str(world.people["qian"])},
        "data": {"data": {"count": 6}},
        "reason": {"reason": "别的原因"},
        "lines": {"lines": LineSetRef(id=str(uuid4()), count=1, root="0" * 64)},
    }
    forged = payload.model_copy(update=changes[change])
    answer = await engine.update(str(run), names.COMPLETE_TASK, forged, forged.submission, 1)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.submission_verdict)) == 0
    assert (await open_task(world, run, "one#1"))["state"] == "claimed"


async def test_a_forged_cancel_cancels_nothing(world: World, engine: StandInEngine) -> None:
    run = await started(world, two_steps())
    forged = CommandRun(
        submission=str(uuid4()), kind="cancel", actor=str(world.people["zhou"]), hash="0" * 64, reason="x"
    )
    answer = await engine.update(str(run), names.COMMAND_RUN, forged, forged.submission, 1)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "running"


@pytest.mark.parametrize("change", ["person", "actor", "hash", "reason", "kind"])
async def test_a_task_command_that_borrows_a_real_submission_gives_the_task_to_nobody(
    world: World, engine: StandInEngine, change: str
) -> None:
    run = await started(world, two_steps())
    task, li = await open_task(world, run, "one#1"), await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=li)
    engine.silent = True
    wanted = Wanted("hand_over", epoch=1, reason="away", person="qian")
    await task_commands.command(world.platform, task["id"], wanted, actor=li)
    engine.silent = False
    _, payload = engine.updates[-1]
    assert isinstance(payload, CommandTask)
    somebody = str(world.people["wu"])
    changes: dict[str, dict[str, Any]] = {
        "person": {"person": somebody},
        "actor": {"actor": somebody},
        "hash": {"hash": "0" * 64},
        "reason": {"reason": "another"},
        "kind": {"kind": "add_signer"},
    }
    forged = payload.model_copy(update=changes[change])
    answer = await engine.update(str(run), names.COMMAND_TASK, forged, forged.submission, 1)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    row = await open_task(world, run, "one#1")
    assert (row["assignee_id"], row["epoch"], row["added_rules"]) == (world.people["li"], 1, [])
    assert (await open_task(world, run, f"deviation/{forged.submission}"))["kind"] == "deviation"

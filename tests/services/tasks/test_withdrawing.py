"""Taking a completion back, on the database."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa

from db import tables as t
from services import tasks, timeline
from services.submissions import CommandAnswer, Pending
from tests.procedures import human
from tests.services.tasks.commanding import claim, command, plain, refused
from tests.services.tasks.steps import EFFECT, do, open_task, started
from tests.stand_in_engine import StandInEngine
from tests.world import World


async def test_a_completion_is_taken_back_before_the_next_person_acts(world: World) -> None:
    run = await started(world, plain(human("two", "acceptor")))
    await do(world, "li", run, "one#1", data={"note": "wrong"})
    with refused("not_the_completer"):
        await command(world, "qian", run, "one#1", "withdraw")
    await command(world, "li", run, "one#1", "withdraw")
    states = {p: (await open_task(world, run, p))["state"] for p in ("one#1", "one#2", "two#1")}
    assert states == {"one#1": "withdrawn", "one#2": "claimed", "two#1": "withdrawn"}
    again = await open_task(world, run, "one#2")
    assert (again["assignee_id"], again["epoch"]) == (world.people["li"], 2)
    view = await tasks.get(world.platform, again["id"], actor=await world.actor("li"))
    assert view.draft is not None and view.draft.data == {"note": "wrong"} and not view.draft.stale
    await do(world, "li", run, "one#2", data={"note": "right"}, claim=False)
    await do(world, "wang", run, "two#2")
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "completed"
    lines = [
        line.text.en
        for line in await timeline.run_timeline(world.platform, run, actor=await world.actor("zhou"))
    ]
    assert "Withdrew the own completion of one: because" in lines


async def test_who_has_claimed_what_follows_keeps_it(world: World) -> None:
    run = await started(world, plain(human("two", "acceptor")))
    await do(world, "li", run, "one#1")
    await claim(world, "wang", run, "two#1")
    with refused("acted_since"):
        await command(world, "li", run, "one#1", "withdraw")
    await tasks.release(
        world.platform, (await open_task(world, run, "two#1"))["id"], actor=await world.actor("wang")
    )
    await command(world, "li", run, "one#1", "withdraw")


async def test_what_the_run_refuses_frees_what_was_reserved(world: World) -> None:
    run = await started(world, plain(EFFECT | {"id": "act"}, human("two", "acceptor")))
    await do(world, "li", run, "one#1")
    with refused("effect_since"):
        await command(world, "li", run, "one#1", "withdraw")
    assert (await open_task(world, run, "two#1"))["recalled_by"] is None
    await claim(world, "wang", run, "two#1")


async def test_nobody_claims_what_is_being_withdrawn(world: World, engine: StandInEngine) -> None:
    run = await started(world, plain(human("two", "acceptor")))
    await do(world, "li", run, "one#1")
    engine.silent = True
    submission = uuid4()
    answer = await command(world, "li", run, "one#1", "withdraw", submission_id=submission)
    assert isinstance(answer, Pending)
    with refused("submission_pending"):
        await claim(world, "wang", run, "two#1")
    engine.silent = False
    settled = await command(world, "li", run, "one#1", "withdraw", submission_id=submission, epoch=1)
    assert isinstance(settled, CommandAnswer) and settled.state == "withdrawn"
    assert (await open_task(world, run, "two#1"))["state"] == "withdrawn"

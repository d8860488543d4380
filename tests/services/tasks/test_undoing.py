"""Undoing and sending back on the real database: last first, and what stays is told."""

import sqlalchemy as sa

from db import tables as t
from db.session import Database
from services import run_commands, tasks
from services.submissions import CommandAnswer
from tests.procedures import PROCEDURES, definition, human
from tests.services.tasks.steps import EFFECT, SIGNED, advance_of, do, marks, open_task, started
from tests.stand_in_engine import StandInEngine
from tests.world import World


async def test_cancelling_undoes_effects_last_first_and_reports_what_stays(world: World) -> None:
    raw = {
        **definition(
            {"id": "first", **EFFECT},
            {"id": "stuck", **EFFECT, "with": {"text": "'stuck'"}},
            {"id": "plain", "action": "probe.echo", "with": {"text": "'a'"}},
            {"id": "last", **EFFECT, "with": {"text": "'y'"}},
            human("wait"),
            {"end": "completed"},
        ),
        "sop": "undoing",
    }
    run = await started(world, raw)
    answer = await run_commands.command(
        world.platform, run, "cancel", reason="订单取消", signature=SIGNED, actor=await world.actor("zhou")
    )
    assert isinstance(answer, CommandAnswer)
    assert await marks(world) == ["did x", "did stuck", "did y", "undid y", "undid x"]
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "cancelled"
    assert (await open_task(world, run, "wait#1"))["state"] == "cancelled"
    ended = await world.rows(sa.select(t.audit_event.c.after).where(t.audit_event.c.action == "end.run"))
    assert ended[0]["after"]["not_undone"] == ["stuck#1"]
    [left] = await world.rows(sa.select(t.audit_event).where(t.audit_event.c.action == "leave.effect"))
    assert (left["object_id"], left["reason"]) == ("stuck#1", "订单取消")


async def test_what_an_undo_has_left_to_be_done_is_told_to_the_owner_of_the_procedure(world: World) -> None:
    step = {"id": "first", **EFFECT, "with": {"text": "'check'"}}
    run = await started(world, {**definition(step, human("wait"), {"end": "completed"}), "sop": "telling"})
    zhou = await world.actor("zhou")
    await run_commands.command(world.platform, run, "cancel", reason="订单取消", signature=SIGNED, actor=zhou)
    n = t.notification.c
    [told] = await world.rows(
        sa.select(t.notification, t.post.c.code)
        .join(t.post, t.post.c.id == n.post_id)
        .where(n.template == "probe.check")
    )
    assert (told["run_id"], told["title_zh"], told["link"]) == (run, "请检查", "/stock")
    assert told["body_zh"] == "cancelled: 订单取消"
    assert told["code"] == definition()["owner"]["post"]


async def test_sending_back_undoes_what_lies_between_and_opens_the_next_pass(world: World) -> None:
    raw = {**PROCEDURES["rework"], "sop": "rework"}
    run = await started(world, raw)
    await do(world, "li", run, "first#1")
    task = await open_task(world, run, "second#1")
    wang = await world.actor("wang")
    await tasks.claim(world.platform, task["id"], actor=wang)
    await run_commands.command(
        world.platform, run, "send_back", reason="数量不符", to="first", task_path="second#1", actor=wang
    )
    assert await marks(world) == ["did x", "undid x"]
    again = await open_task(world, run, "first#2")
    assert (again["state"], again["epoch"]) == ("open", 2)
    assert (await open_task(world, run, "second#1"))["state"] == "withdrawn"
    await do(world, "li", run, "first#2")
    assert await marks(world) == ["did x", "undid x", "did x"]


async def test_undo_keeps_to_its_own_step(world: World, engine: StandInEngine, db: Database) -> None:
    from contracts.advance import Undo

    raw = {**definition(human("wait"), {"end": "completed"}), "sop": "prefixes"}
    steps = [{"id": f"act{n}", **EFFECT, "with": {"text": f"'{n}'"}} for n in (1, 11)]
    run = await started(world, {**raw, "steps": [*steps, *raw["steps"]]})
    undo = Undo(
        path="undo#9", prefixes=["act1#1"], why="sent_back", actor=str(world.people["li"]), reason="r"
    )
    result = await engine.perform(advance_of(run, 60, undo))
    assert result.asked is not None
    assert (result.asked.undone, result.asked.remaining) == ("act1#1", 0)
    assert await engine.perform(advance_of(run, 60, undo)) == result
    assert (await marks(world))[-1] == "undid 1"

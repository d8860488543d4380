"""Whom a run tells: holders of a post, its owner, reminders and escalation."""

from datetime import timedelta

import sqlalchemy as sa

from contracts.advance import NotifyPost
from contracts.tasks import Recipient
from db import tables as t
from services import tasks
from tests.procedures import PROCEDURES, definition, human, text
from tests.services.tasks.steps import advance_of, do, open_task, post_id, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, two_steps


async def test_a_post_that_nobody_holds_opens_the_task_and_tells_the_owner(world: World) -> None:
    raw = {**definition(human("a", "maintainer"), human("b"), {"end": "completed"}), "sop": "vacant"}
    run = await started(world, raw)
    task = await open_task(world, run, "a#1")
    assert task["post_id"] == await post_id(world, "qa_manager")
    n = t.notification.c
    told = await world.rows(sa.select(n.post_id, n.title_en).where(n.template == "post.vacant"))
    assert [(row["post_id"], "maintainer" in row["title_en"]) for row in told] == [(task["post_id"], True)]


async def test_late_tasks_are_reminded_of_and_escalated_and_never_decided(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, {**PROCEDURES["deadlines"], "sop": "deadlines"})
    wu = await world.actor("wu")
    assert (await tasks.list_tasks(world.platform, actor=wu, claimable=True)).items == []
    await engine.pass_time(str(run), timedelta(hours=1, minutes=5))
    await engine.pass_time(str(run), timedelta(hours=1))
    await engine.pass_time(str(run), timedelta(hours=1))
    n = t.notification.c
    told = await world.rows(sa.select(n.template, n.post_id).order_by(n.id))
    assert [row["template"] for row in told] == ["task.reminder", "task.late", "task.escalated"]
    task = await open_task(world, run, "slow#1")
    assert (task["state"], task["escalate_post_id"]) == ("open", await post_id(world, "warehouse_manager"))
    assert [r.id for r in (await tasks.list_tasks(world.platform, actor=wu, claimable=True)).items] == [
        task["id"]
    ]
    await do(world, "wu", run, "slow#1")


async def test_a_message_reaches_the_holders_of_thepost_id(world: World) -> None:
    from services import notifications

    await started(world, {**PROCEDURES["decide"], "sop": "decide"})
    run = (await world.rows(sa.select(t.run.c.id)))[0]["id"]
    await do(world, "li", run, "measure#1", data={"count": 3})
    qa = await world.actor("zhou")
    page = await notifications.list_notifications(world.platform, actor=qa)
    assert await world.scalar(sa.select(t.run.c.outcome)) == "few"
    assert [row.template for row in page.items] == ["few"], "nobody holds buyer's post: the owner is told"


async def test_a_message_for_an_unknown_post_goes_to_the_owner(world: World, engine: StandInEngine) -> None:
    raw = {**two_steps(), "messages": {"m": {"title": text("{what}"), "body": text("b {what}")}}}
    run = await started(world, raw)
    notify = NotifyPost(path="n#1", to=Recipient(post="nobody"), template="m", given={"what": "药品"})
    await engine.perform(advance_of(run, 70, notify))
    [row] = await world.rows(sa.select(t.notification).where(t.notification.c.template == "m"))
    assert (row["title_zh"], row["body_en"]) == ("药品", "b 药品")

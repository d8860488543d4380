"""Delegate, hand over, add a signer, refuse, withdraw, remind: on the database, with who may and who is chosen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.submissions import PersonNotEligible
from services import task_commands, tasks, timeline
from services.submissions import CommandAnswer
from services.task_commands import Wanted
from tests.procedures import human
from tests.services.tasks.commanding import claim, command, in_, performers, plain, refused, told
from tests.services.tasks.steps import do, open_task, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, machine, two_steps


async def test_a_claimed_task_is_handed_over_with_what_was_saved(world: World) -> None:
    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    task = await open_task(world, run, "one#1")
    li, qian = await world.actor("li"), world.people["qian"]
    await tasks.save_draft(world.platform, task["id"], epoch=1, data={"note": "half"}, actor=li)
    answer = await command(world, "li", run, "one#1", "hand_over", person="qian")
    assert isinstance(answer, CommandAnswer) and answer.state == "claimed"
    row = await open_task(world, run, "one#1")
    assert (row["assignee_id"], row["state"], row["epoch"]) == (qian, "claimed", 2)
    view = await tasks.get(world.platform, task["id"], actor=await world.actor("qian"))
    assert view.draft is not None
    assert (view.draft.data, view.draft.stale, view.draft.saved_by) == ({"note": "half"}, False, "LI")
    [message] = await told(world, "task.hand_over")
    assert (message["person_id"], "because" in message["body_zh"]) == (qian, True)
    with refused("already_claimed"):
        await command(world, "li", run, "one#1", "hand_over", person="li")
    with refused("stale_epoch"):
        await command(world, "qian", run, "one#1", "hand_over", person="li", epoch=1)
    await do(world, "qian", run, "one#1", claim=False)
    lines = [
        line.text.en
        for line in await timeline.run_timeline(world.platform, run, actor=await world.actor("zhou"))
    ]
    assert "Handed one over to QIAN: because" in lines


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ("wang", "does not hold"),
        ("far", "does not hold"),
        ("untrained", "not trained"),
        ("postless", "not hold"),
    ],
)
async def test_nobody_gets_a_task_who_could_not_claim_it(world: World, person: str, why: str) -> None:
    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    for kind, more in (("hand_over", {}), ("delegate", {"until": in_(hours=1)})):
        with pytest.raises(PersonNotEligible) as refusal:
            await command(world, "li", run, "one#1", kind, person=person, **more)
        assert why in refusal.value.message("en")
    event = (await refused_events(world))[-1]
    assert (event["action"], event["after"]["code"]) == ("delegate.task", "person_not_eligible")


async def test_who_is_barred_is_given_a_task_by_no_command(world: World) -> None:
    run = await started(world, two_steps())
    await do(world, "qian", run, "one#1", "ok", {"count": 3})
    await claim(world, "wang", run, "two#1")
    cases: list[tuple[str, dict[str, Any]]] = [
        ("hand_over", {}),
        ("delegate", {"until": in_(hours=1)}),
        ("add_signer", {}),
    ]
    for kind, more in cases:
        with pytest.raises(PersonNotEligible) as refusal:
            await command(world, "wang", run, "two#1", kind, person="qian", **more)
        assert "another person" in refusal.value.message("en")
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.submission)) == 1


async def test_only_its_holder_gives_a_task_away_or_whom_it_was_escalated_to(
    world: World, engine: StandInEngine
) -> None:
    late = {"after": "PT1H", "to": {"post": "warehouse_manager"}}
    run = await started(world, plain(due="PT30M", escalate=late))
    with refused("not_claimed"):
        await command(world, "li", run, "one#1", "hand_over", person="qian")
    await claim(world, "li", run, "one#1")
    with refused("already_claimed"):
        await command(world, "qian", run, "one#1", "hand_over", person="qian")
    with refused("already_claimed"):
        await command(world, "wu", run, "one#1", "hand_over", person="qian")
    await engine.pass_time(str(run), timedelta(hours=2))
    await command(world, "wu", run, "one#1", "hand_over", person="qian")
    assert (await open_task(world, run, "one#1"))["assignee_id"] == world.people["qian"]


async def test_a_delegation_names_both_and_comes_back_by_itself(world: World, engine: StandInEngine) -> None:
    run = await started(world, plain(human("two", separate_from=["one"])))
    await claim(world, "li", run, "one#1")
    await command(world, "li", run, "one#1", "delegate", person="qian", until=in_(hours=1))
    row = await open_task(world, run, "one#1")
    li, qian = world.people["li"], world.people["qian"]
    assert (row["assignee_id"], row["delegated_by_id"], row["epoch"]) == (qian, li, 2)
    assert await performers(world, run, "one#1") == {(li, "delegate"), (qian, "delegate")}
    actor = await world.actor("qian")
    with refused("delegated_task"):
        await tasks.release(world.platform, row["id"], actor=actor)
    with refused("delegated_task"):
        await command(world, "qian", run, "one#1", "delegate", person="li", until=in_(hours=1))
    await engine.pass_time(str(run), timedelta(hours=1, seconds=1))
    row = await open_task(world, run, "one#1")
    assert (row["assignee_id"], row["delegated_by_id"], row["epoch"], row["state"]) == (
        li,
        None,
        3,
        "claimed",
    )
    assert [m["person_id"] for m in await told(world, "task.returned")] == [li]
    await do(world, "li", run, "one#1", claim=False)
    for who in ("li", "qian"):
        with refused("not_segregated"):
            await claim(world, who, run, "two#1")
    lines = [
        line.text.zh
        for line in await timeline.run_timeline(world.platform, run, actor=await world.actor("zhou"))
    ]
    assert any(line.startswith("将“one”委派给QIAN") for line in lines)
    assert "委派到期，“one”回到委派人" in lines


async def test_what_was_delegated_can_be_given_back_early_by_either(world: World) -> None:
    for number, giver in enumerate(("qian", "li")):
        run = await started(world, {**plain(), "sop": f"plain{number}"})
        await claim(world, "li", run, "one#1")
        await command(world, "li", run, "one#1", "delegate", person="qian", until=in_(hours=1))
        await command(world, giver, run, "one#1", "hand_over", person="li")
        row = await open_task(world, run, "one#1")
        assert (row["assignee_id"], row["delegated_by_id"]) == (world.people["li"], None)
        await do(world, "li", run, "one#1", claim=False)


async def test_a_delegation_ends_in_the_near_future(world: World) -> None:
    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    for until in (None, in_(hours=-1), in_(days=40)):
        with refused("until_invalid"):
            await command(world, "li", run, "one#1", "delegate", person="qian", until=until)
    assert (await open_task(world, run, "one#1"))["epoch"] == 1


async def test_a_reminder_reaches_whom_the_task_waits_for_and_not_too_often(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, plain())
    for nobody in ("li", "zheng"):  # one does not see it, the auditor only reads
        with refused("not_permitted"):
            await command(world, nobody, run, "one#1", "remind")
    await command(world, "wu", run, "one#1", "remind", epoch=None, reason=None)
    with refused("reminded_already"):
        await command(world, "wu", run, "one#1", "remind")
    await claim(world, "li", run, "one#1")
    await engine.pass_time(str(run), timedelta(minutes=16))
    await command(world, "wu", run, "one#1", "remind")
    first, second = await told(world, "task.remind")
    assert (first["person_id"], first["post_id"] is not None) == (None, True)
    assert second["person_id"] == world.people["li"]
    assert (await open_task(world, run, "one#1"))["epoch"] == 1


async def test_a_step_says_what_people_may_do_with_its_task(world: World) -> None:
    run = await started(world, plain(commands=["remind"]))
    await claim(world, "li", run, "one#1")
    for kind in ("hand_over", "delegate", "add_signer"):
        with refused("command_not_offered"):
            await command(world, "li", run, "one#1", kind, person="qian", until=in_(hours=1))
    task = await open_task(world, run, "one#1")
    view = await tasks.get(world.platform, task["id"], actor=await world.actor("li"))
    assert view.may["hand_over"].code == "command_not_offered"


async def test_every_command_is_audited_once_and_the_same_submission_answers_the_same(world: World) -> None:
    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    submission = uuid4()
    for _ in range(2):
        answer = await command(
            world, "li", run, "one#1", "hand_over", person="qian", submission_id=submission
        )
        assert isinstance(answer, CommandAnswer) and answer.state == "claimed"
    with refused("submission_mismatch"):
        await command(world, "li", run, "one#1", "delegate", person="qian", submission_id=submission)
    a = t.audit_event.c
    events = await world.rows(sa.select(t.audit_event).where(a.action == "hand_over.task", ~a.refused))
    assert [(e["actor_id"], e["reason"], e["after"]["person"]) for e in events] == [
        (world.people["li"], "because", str(world.people["qian"]))
    ]


async def test_a_machine_does_nothing_with_a_task(world: World) -> None:
    from services import auth

    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    erp = await auth.actor_of_bearer(world.platform, await machine(world, ["task.work", "task.read"]))
    task = await open_task(world, run, "one#1")
    for kind in task_commands.KINDS:
        with refused("person_required"):
            await task_commands.command(
                world.platform, task["id"], Wanted(kind, epoch=1, reason="x"), actor=erp
            )

"""Signers who are added to a task, and how many signatures are enough, on the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db import tables as t
from services import tasks, timeline
from services.submissions import CommandAnswer
from tests.procedures import definition, human, text
from tests.services.tasks.commanding import GIVEN, NOTE, claim, command, in_, performers, plain, refused, told
from tests.services.tasks.steps import do, open_task, started
from tests.world import World


async def test_a_person_added_to_sign_finds_the_task_and_signs_it(world: World) -> None:
    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    await command(world, "li", run, "one#1", "add_signer", person="wang")
    assert (await open_task(world, run, "one#1"))["epoch"] == 2
    answer = await do(world, "li", run, "one#1", claim=False)
    assert isinstance(answer, CommandAnswer)
    [missing] = answer.missing_signatures
    assert (answer.state, missing["index"], missing["person_id"]) == (
        "awaiting_signature",
        100,
        str(world.people["wang"]),
    )
    task = await open_task(world, run, "one#1")
    wang, zhao = await world.actor("wang"), await world.actor("zhao")
    assert [row.id for row in (await tasks.list_tasks(world.platform, actor=wang, assignee="me")).items] == [
        task["id"]
    ]
    assert (await tasks.list_tasks(world.platform, actor=zhao, assignee="me")).items == []
    with refused("nothing_to_sign"):
        await tasks.sign(world.platform, task["id"], epoch=2, signature=GIVEN, actor=zhao)
    done = await tasks.sign(world.platform, task["id"], epoch=2, signature=GIVEN, actor=wang)
    assert isinstance(done, CommandAnswer) and done.state == "done"
    [signature] = await world.rows(sa.select(t.signature).where(t.signature.c.task_id.is_not(None)))
    assert (signature["printed_name"], signature["meaning_zh"], signature["post_name_zh"]) == (
        "WANG",
        "加签",
        "acceptor",
    )


async def test_a_post_is_added_while_the_task_waits_and_comes_before_the_others(world: World) -> None:
    listed = [{"meaning": text("one")}, {"meaning": text("two"), "post": "second_acceptor"}]
    step = human("accept", "acceptor", signatures=listed)
    run = await started(world, {**definition(step, {"end": "completed"}), "sop": "signed"})
    await do(world, "wang", run, "accept#1", signature=GIVEN)
    await command(world, "wang", run, "accept#1", "add_signer", post="keeper", order="before")
    task = await open_task(world, run, "accept#1")
    zhao, sun = await world.actor("zhao"), await world.actor("sun")
    assert (await tasks.list_tasks(world.platform, actor=zhao, assignee="me")).items == []
    assert len((await tasks.list_tasks(world.platform, actor=sun, assignee="me")).items) == 1
    with refused("stale_epoch"):
        await tasks.sign(world.platform, task["id"], epoch=1, signature=GIVEN, actor=zhao)
    with refused("not_your_turn"):
        await tasks.sign(world.platform, task["id"], epoch=2, signature=GIVEN, actor=zhao)
    await tasks.sign(world.platform, task["id"], epoch=2, signature=GIVEN, actor=sun)
    assert len((await tasks.list_tasks(world.platform, actor=zhao, assignee="me")).items) == 1
    await tasks.sign(world.platform, task["id"], epoch=2, signature=GIVEN, actor=zhao)
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "completed"


async def test_nobody_signs_twice_or_what_went_through_the_own_hands(world: World) -> None:
    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    for person, code in (
        ("li", "signer_known"),
        ("untrained", "person_not_eligible"),
        ("postless", "person_not_eligible"),
    ):
        with refused(code):
            await command(world, "li", run, "one#1", "add_signer", person=person)
    with refused("post_not_held"):
        await command(world, "li", run, "one#1", "add_signer", post="buyer")
    await command(world, "li", run, "one#1", "add_signer", person="qian")
    for kind, more in (("add_signer", {}), ("hand_over", {}), ("delegate", {"until": in_(hours=1)})):
        with refused("signer_known"):
            await command(world, "li", run, "one#1", kind, person="qian", **more)


async def test_a_delegator_does_not_sign_what_the_delegate_completed(world: World) -> None:
    run = await started(world, plain())
    await claim(world, "li", run, "one#1")
    await command(world, "li", run, "one#1", "add_signer", post="receiver")
    await command(world, "li", run, "one#1", "delegate", person="qian", until=in_(hours=1))
    await do(world, "qian", run, "one#1", claim=False)
    task = await open_task(world, run, "one#1")
    for who in ("li", "qian"):
        with refused("already_signed"):
            await tasks.sign(
                world.platform, task["id"], epoch=3, signature=GIVEN, actor=await world.actor(who)
            )


def committee(need: Any, on_refusal: str) -> dict[str, Any]:
    listed = [{"meaning": text(post), "post": post} for post in ("acceptor", "second_acceptor", "keeper")]
    step = human(
        "judge",
        form=NOTE,
        signature={"meaning": text("own")},
        signatures=listed,
        signature_policy={"need": need, "on_refusal": on_refusal},
    )
    return {**definition(step, {"end": "completed"}), "sop": "committee"}


async def test_so_many_of_the_listed_signatures_complete_a_task(world: World) -> None:
    run = await started(world, committee("majority", "continue"))
    answer = await do(world, "li", run, "judge#1", signature=GIVEN)
    assert isinstance(answer, CommandAnswer)
    assert [m["post"] for m in answer.missing_signatures] == ["acceptor", "second_acceptor", "keeper"]
    assert (await open_task(world, run, "judge#1"))["result"]["needed"] == 2
    await command(world, "wang", run, "judge#1", "refuse")
    row = await open_task(world, run, "judge#1")
    assert (row["state"], row["epoch"], row["result"]["refused"]) == (
        "awaiting_signature",
        1,
        {"1": str(world.people["wang"])},
    )
    for who, state in (("zhao", "awaiting_signature"), ("sun", "done")):
        given = await tasks.sign(
            world.platform, row["id"], epoch=1, signature=GIVEN, actor=await world.actor(who)
        )
        assert isinstance(given, CommandAnswer) and given.state == state


async def test_one_refusal_sends_the_task_back_with_its_answers_and_its_reason(world: World) -> None:
    run = await started(world, committee("all", "refuse"))
    await do(world, "li", run, "judge#1", data={"note": "first"}, signature=GIVEN)
    task = await open_task(world, run, "judge#1")
    await tasks.sign(world.platform, task["id"], epoch=1, signature=GIVEN, actor=await world.actor("wang"))
    await command(world, "zhao", run, "judge#1", "refuse", reason="the seal is broken")
    row = await open_task(world, run, "judge#1")
    assert (row["state"], row["assignee_id"], row["epoch"]) == ("claimed", world.people["li"], 2)
    assert row["result"]["went_back"]["reason"] == "the seal is broken"
    view = await tasks.get(world.platform, task["id"], actor=await world.actor("li"))
    assert view.draft is not None and view.draft.data == {"note": "first"} and not view.draft.stale
    assert [one.signed_by for one in view.signatures] == [None] * 4
    [message] = await told(world, "task.refuse")
    assert message["person_id"] == world.people["li"]
    assert (world.people["zhao"], "sign") in await performers(world, run, "judge#1")
    await do(world, "li", run, "judge#1", data={"note": "second"}, signature=GIVEN, claim=False)
    for who in ("wang", "zhao", "sun"):
        await tasks.sign(world.platform, task["id"], epoch=2, signature=GIVEN, actor=await world.actor(who))
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "completed"
    lines = [
        line.text.en
        for line in await timeline.run_timeline(world.platform, run, actor=await world.actor("zhou"))
    ]
    assert "Refused to sign judge: the seal is broken" in lines

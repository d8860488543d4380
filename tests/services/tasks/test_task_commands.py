"""Delegate, hand over, add a signer, refuse, withdraw, remind: on the database, with who may and who is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Refusal
from domain.submissions import PersonNotEligible
from services import task_commands, tasks, timeline
from services.signatures import SignatureGiven
from services.submissions import CommandAnswer, Pending
from services.task_commands import Wanted
from tests.procedures import definition, human, text
from tests.services.tasks.steps import EFFECT, do, open_task, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import PASSWORD, World, machine, two_steps

GIVEN = SignatureGiven(PASSWORD)
NOTE = {"note": {"type": "text", "label": text("note")}}


async def command(
    world: World, who: str, run: UUID, path: str, kind: Any, **more: Any
) -> CommandAnswer | Pending:
    task = await open_task(world, run, path)
    epoch = more.pop("epoch", task["epoch"])
    submission_id = more.pop("submission_id", None)
    wanted = Wanted(kind, epoch=epoch, reason=more.pop("reason", "because"), **more)
    return await task_commands.command(
        world.platform, task["id"], wanted, actor=await world.actor(who), submission_id=submission_id
    )


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def in_(**delta: int) -> datetime:
    return datetime.now(UTC) + timedelta(**delta)


async def claim(world: World, who: str, run: UUID, path: str) -> None:
    task = await open_task(world, run, path)
    await tasks.claim(world.platform, task["id"], actor=await world.actor(who))


async def told(world: World, template: str) -> list[Mapping[str, Any]]:
    n = t.notification.c
    return await world.rows(sa.select(t.notification).where(n.template == template).order_by(n.id))


async def performers(world: World, run: UUID, path: str) -> set[tuple[UUID, str]]:
    task = await open_task(world, run, path)
    p = t.task_performer.c
    rows = await world.rows(sa.select(p.person_id, p.how).where(p.task_id == task["id"]))
    return {(row["person_id"], row["how"]) for row in rows}


def plain(*more: dict[str, Any], **human_more: Any) -> dict[str, Any]:
    step = human("one", form=NOTE, **human_more)
    return {**definition(step, *more, {"end": "completed"}), "sop": "plain"}


# -- handing over ----------------------------------------------------------------------------------


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


# -- delegating ------------------------------------------------------------------------------------


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


# -- signers ---------------------------------------------------------------------------------------


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


# -- withdrawing -----------------------------------------------------------------------------------


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


# -- reminding, and what holds for all -------------------------------------------------------------


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

"""From the inbox to the next task: claims, forms, refusals, repeated submissions."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries import submissions as queries
from db.queries.submissions import SubmissionRow
from domain.errors import Refusal
from domain.sop_progress.refusals import (
    FormInvalid,
    NotSegregated,
    ReasonRequired,
    StaleEpoch,
    TaskDone,
    UnknownOutcome,
)
from domain.submissions import (
    AlreadyClaimed,
    NotClaimed,
    NotTrained,
    NotYourPost,
    SubmissionMismatch,
    SubmissionRefused,
)
from services import runs, submissions, tasks
from services.permissions import PersonRequired
from services.submissions import CommandAnswer, Pending
from tests.procedures import PROCEDURES
from tests.services.tasks.steps import SIGNED, do, open_task, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, two_steps


async def test_a_completed_step_opens_the_next_one_for_its_post(world: World) -> None:
    run = await started(world, two_steps())
    answer = await do(world, "li", run, "one#1", "ok", {"count": 3})
    assert isinstance(answer, CommandAnswer)
    assert answer.state == "done"
    second = await open_task(world, run, "two#1")
    assert second["state"] == "open"
    acceptor = await world.actor("wang")
    inbox = await tasks.list_tasks(world.platform, actor=acceptor, claimable=True)
    assert [row.id for row in inbox.items] == [second["id"]]
    assert (await tasks.counts(world.platform, actor=acceptor)).claimable == 1
    view = await tasks.get(world.platform, second["id"], actor=acceptor)
    assert {"zh": "count", "en": "count"} in [entry["label"] for entry in view.data]
    assert [step.performers for step in view.history] == [["LI"]]


async def test_the_last_step_ends_the_run(world: World) -> None:
    run = await started(world, two_steps())
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    await do(world, "wang", run, "two#1", "done", {})
    found = await runs.get(world.platform, run, actor=await world.actor("zheng"))
    assert (found.row.state, found.row.outcome) == ("completed", "completed")
    assert found.row.ended_at is not None


async def test_two_people_claim_and_the_loser_is_told_who_won(world: World) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    li, qian = await world.actor("li"), await world.actor("qian")
    answers = await asyncio.gather(
        tasks.claim(world.platform, task["id"], actor=li),
        tasks.claim(world.platform, task["id"], actor=qian),
        return_exceptions=True,
    )
    lost = [answer for answer in answers if isinstance(answer, AlreadyClaimed)]
    assert len(lost) == 1 and answers.count(None) == 1
    assert lost[0].params["winner"] in {"LI", "QIAN"}
    assert [event["action"] for event in await refused_events(world)] == ["claim.task"]


async def test_claiming_twice_is_claiming_once(world: World) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    li = await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=li)
    await tasks.claim(world.platform, task["id"], actor=li)
    await tasks.release(world.platform, task["id"], actor=li)
    assert (await open_task(world, run, "one#1"))["assignee_id"] is None


async def test_bulk_claim_answers_for_each(world: World) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    answers = await tasks.claim_many(world.platform, [task["id"], uuid4()], actor=await world.actor("li"))
    assert [(a.claimed, a.code) for a in answers] == [(True, None), (False, "not_found")]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("wang", NotYourPost), ("far", NotYourPost), ("postless", NotYourPost), ("untrained", NotTrained)],
)
async def test_only_the_post_at_the_site_and_the_trained_get_the_task(
    world: World, who: str, refusal: type[Refusal]
) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    actor = await world.actor(who)
    with pytest.raises(refusal):
        await tasks.claim(world.platform, task["id"], actor=actor)
    page = await tasks.list_tasks(world.platform, actor=actor, claimable=True)
    assert page.items == []
    [event] = await refused_events(world)
    assert (event["action"], event["actor_name"], event["run_id"]) == ("claim.task", who.upper(), run)


async def test_a_performer_of_a_step_may_not_touch_the_separated_one(world: World) -> None:
    run = await started(world, two_steps())
    await do(world, "qian", run, "one#1", "ok", {"count": 3})
    task = await open_task(world, run, "two#1")
    qian = await world.actor("qian")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, task["id"], actor=qian)
    page = await tasks.list_tasks(world.platform, actor=qian, claimable=True)
    assert page.items == []
    view = await tasks.get(world.platform, task["id"], actor=qian)
    assert view.may["claim"].code == "not_segregated"
    first = await open_task(world, run, "one#1")
    assert view.may["claim"].reason == {
        "zh": f"参与过“{first['title_zh']}”的人员不能执行本步骤，须由另一人执行。",
        "en": f"Whoever took part in “{first['title_en']}” may not perform this step: another person must.",
    }


async def test_saving_a_draft_makes_a_performer(world: World) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    qian, li = await world.actor("qian"), await world.actor("li")
    with pytest.raises(NotClaimed):
        await tasks.save_draft(world.platform, task["id"], epoch=1, data={"count": 2}, actor=qian)
    await tasks.claim(world.platform, task["id"], actor=qian)
    await tasks.save_draft(world.platform, task["id"], epoch=1, data={"count": 2}, actor=qian)
    await tasks.release(world.platform, task["id"], actor=qian)
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    second = await open_task(world, run, "two#1")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, second["id"], actor=qian)
    assert (await tasks.get(world.platform, task["id"], actor=li)).draft is not None


async def test_a_draft_that_comes_too_late_is_no_refused_attempt(world: World) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    li = await world.actor("li")
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    with pytest.raises(TaskDone):
        await tasks.save_draft(world.platform, task["id"], epoch=1, data={"count": 2}, actor=li)
    assert await refused_events(world) == []
    second = await open_task(world, run, "two#1")
    with pytest.raises(NotYourPost):
        await tasks.save_draft(world.platform, second["id"], epoch=1, data={}, actor=li)
    assert [event["action"] for event in await refused_events(world)] == ["save.draft"]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"epoch": 2}, StaleEpoch),
        ({"outcome": "perhaps"}, UnknownOutcome),
        ({"outcome": "bad"}, ReasonRequired),
        ({"data": {}}, FormInvalid),
        ({"data": {"count": 0}}, FormInvalid),
        ({"data": {"count": "many"}}, FormInvalid),
        ({"data": {"count": 1, "other": "x"}}, FormInvalid),
    ],
)
async def test_what_does_not_fit_is_refused_and_audited_and_nothing_is_sent(
    world: World, engine: StandInEngine, change: dict[str, Any], refusal: type[Refusal]
) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    li = await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=li)
    given = {"outcome": "ok", "data": {"count": 3}, "epoch": 1, **change}
    with pytest.raises(refusal):
        await tasks.complete(world.platform, task["id"], actor=li, **given)
    assert engine.updates == []
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.submission)) == 0
    [event] = await refused_events(world)
    assert (event["action"], event["after"]["code"]) == ("complete.task", refusal.code)


async def test_who_has_not_claimed_cannot_complete(world: World) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    given: dict[str, Any] = {"outcome": "ok", "data": {"count": 3}, "epoch": 1}
    with pytest.raises(NotClaimed):
        await tasks.complete(world.platform, task["id"], actor=await world.actor("li"), **given)
    await tasks.claim(world.platform, task["id"], actor=await world.actor("qian"))
    with pytest.raises(AlreadyClaimed):
        await tasks.complete(world.platform, task["id"], actor=await world.actor("li"), **given)


async def test_a_done_task_is_done(world: World) -> None:
    run = await started(world, two_steps())
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    task = await open_task(world, run, "one#1")
    with pytest.raises(TaskDone):
        await tasks.complete(
            world.platform,
            task["id"],
            outcome="ok",
            data={"count": 3},
            epoch=1,
            actor=await world.actor("li"),
        )


async def test_the_same_submission_gives_the_first_answer_and_settles_once(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, two_steps())
    submission_id = uuid4()
    first = await do(world, "li", run, "one#1", "ok", {"count": 3}, submission_id=submission_id)
    again = await do(world, "li", run, "one#1", "ok", {"count": 3}, submission_id=submission_id, claim=False)
    assert first == again
    assert len(engine.updates) == 1
    with pytest.raises(SubmissionMismatch):
        await do(world, "li", run, "one#1", "bad", {}, submission_id=submission_id, claim=False)
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.submission_verdict)) == 1


async def test_a_lost_answer_is_pending_and_the_repeat_finds_the_verdict(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, two_steps())
    engine.silent = True
    submission_id = uuid4()
    answer = await do(world, "li", run, "one#1", "ok", {"count": 3}, submission_id=submission_id)
    assert answer == Pending(submission_id)
    task = await open_task(world, run, "one#1")
    li = await world.actor("li")
    for act in (
        tasks.save_draft(world.platform, task["id"], epoch=1, data={}, actor=li),
        tasks.release(world.platform, task["id"], actor=li),
        tasks.complete(world.platform, task["id"], outcome="ok", data={"count": 4}, epoch=1, actor=li),
    ):
        with pytest.raises(Refusal) as refused:
            await act
        assert refused.value.code == "submission_pending"
    engine.silent = False
    again = await do(world, "li", run, "one#1", "ok", {"count": 3}, submission_id=submission_id, claim=False)
    assert isinstance(again, CommandAnswer)
    view = await tasks.submission(world.platform, submission_id, actor=li)
    assert (view.accepted, view.state) == (True, "done")


async def test_the_runs_own_refusal_is_a_verdict(world: World, engine: StandInEngine) -> None:
    run = await started(world, two_steps())
    progress = engine.runs[str(run)]
    progress.state.nodes["one#1"].epoch = 9
    submission_id = uuid4()
    with pytest.raises(SubmissionRefused) as refused:
        await do(world, "li", run, "one#1", "ok", {"count": 3}, submission_id=submission_id)
    assert refused.value.code == "stale_epoch"
    li = await world.actor("li")
    view = await tasks.submission(world.platform, submission_id, actor=li)
    assert (view.accepted, view.code) == (False, "stale_epoch")
    with pytest.raises(SubmissionRefused):
        await do(world, "li", run, "one#1", "ok", {"count": 3}, submission_id=submission_id, claim=False)
    [event] = await refused_events(world)
    assert (event["action"], event["actor_name"]) == ("complete.task", "LI")


async def test_a_refusal_that_came_after_the_person_had_gone_is_shown_to_that_person_alone(
    world: World, engine: StandInEngine
) -> None:
    """The answer was 'not yet known', the sweep brought the refusal: whoever opens the task again learns it."""
    run = await started(world, two_steps())
    task, li = await open_task(world, run, "one#1"), await world.actor("li")
    engine.silent = True
    submission_id = uuid4()
    answer = await do(world, "li", run, "one#1", "ok", {"count": 3}, submission_id=submission_id)
    assert answer == Pending(submission_id)
    engine.silent = False
    engine.runs[str(run)].state.nodes["one#1"].epoch = 9
    assert await submissions.resend(world.platform, submission_id)
    seen = (await tasks.get(world.platform, task["id"], actor=li)).refused
    assert seen is not None
    assert (seen.id, seen.code, seen.message_en) == (submission_id, "stale_epoch", StaleEpoch.en)
    assert (await tasks.get(world.platform, task["id"], actor=await world.actor("qian"))).refused is None
    engine.runs[str(run)].state.nodes["one#1"].epoch = 1
    await do(world, "li", run, "one#1", "ok", {"count": 3}, claim=False)
    assert (await tasks.get(world.platform, task["id"], actor=li)).refused is None


async def test_a_machine_never_stands_in_for_a_person(world: World) -> None:
    from services import auth
    from tests.world import machine

    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    erp = await auth.actor_of_bearer(world.platform, await machine(world, ["task.work", "run.start"]))
    given: dict[str, Any] = {"outcome": "ok", "data": {"count": 3}, "epoch": 1}
    with pytest.raises(PersonRequired):
        await tasks.claim(world.platform, task["id"], actor=erp)
    with pytest.raises(PersonRequired):
        await tasks.complete(world.platform, task["id"], actor=erp, **given)
    with pytest.raises(PersonRequired):
        await tasks.save_draft(world.platform, task["id"], epoch=1, data={}, actor=erp)


async def test_an_unknown_task_is_not_found_and_audited(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        await tasks.claim(world.platform, UUID(int=5), actor=await world.actor("li"))
    assert refused.value.code == "not_found"
    assert len(await refused_events(world)) == 1


async def test_what_is_sent_is_what_was_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[SubmissionRow] = []
    answer_of = submissions.answer_of

    async def noting(platform: Any, submission: Any, **more: Any) -> Any:
        written.append(submission)
        async with world.database.read() as tx:
            assert await queries.by_id(tx, submission.id) == submission
        return await answer_of(platform, submission, **more)

    monkeypatch.setattr(submissions, "answer_of", noting)
    plain = await started(world, two_steps())
    await do(world, "li", plain, "one#1", "ok", {"count": 12}, reason="数清了 100 %")
    signed = await started(world, {**PROCEDURES["signatures"], "sop": "signed"})
    await do(world, "wang", signed, "accept#1", signature=SIGNED)
    task = await open_task(world, signed, "accept#1")
    await tasks.sign(world.platform, task["id"], epoch=1, signature=SIGNED, actor=await world.actor("zhao"))
    assert [(row.kind, row.reason, row.purpose) for row in written] == [
        ("complete", "数清了 100 %", None),
        ("complete", None, "task.rule.0"),
        ("sign", None, "task.rule.1"),
    ]

"""One advance, one transaction, once: redelivery, refusals, errors, undo, forged commands, vacant posts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from contracts import names
from contracts.advance import Act, AdvanceInput, NotifyPost, Recipient
from contracts.commands import CommandRun, CompleteTask
from contracts.payload import LineSetRef
from db import tables as t
from db.session import Database
from engine.gateway import Rejected
from services import advance, run_commands, tasks
from services.action_context import ActionContext, ActionOutcome
from services.advance import EffectMismatch, RunUnknown
from services.signatures import SignatureGiven
from services.submissions import CommandAnswer
from tests.procedures import PROCEDURES, definition, human, text
from tests.services.tasks.probes import PROBE_ACTIONS
from tests.services.tasks.steps import do, open_task, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import PASSWORD, World, two_steps

EFFECT = {"action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
SIGNED = SignatureGiven(PASSWORD)


async def marks(world: World) -> list[str]:
    n = t.notification.c
    rows = await world.rows(sa.select(n.title_zh).where(n.template == "probe").order_by(n.id))
    return [row["title_zh"] for row in rows]


async def test_every_advance_delivered_twice_changes_nothing_the_second_time(
    world: World, engine: StandInEngine
) -> None:
    raw = {
        **definition(human("a"), {"id": "act", **EFFECT}, human("b"), {"end": "completed"}),
        "sop": "twice",
    }
    run = await started(world, raw)
    await do(world, "li", run, "a#1")
    await do(world, "li", run, "b#1")
    assert await marks(world) == ["did x"]
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.task)) == 2
    before = await _everything(world)
    for given in engine.given:
        await engine.perform(given)
    assert await _everything(world) == before


async def _everything(world: World) -> dict[str, Any]:
    counted = (t.task, t.effect, t.submission_verdict, t.notification, t.audit_event, t.task_performer)
    found = {
        table.name: await world.scalar(sa.select(sa.func.count()).select_from(table)) for table in counted
    }
    states = await world.rows(sa.select(t.run.c.state, t.run.c.current_steps))
    return {**found, "run": str(states)}


async def test_the_same_key_with_another_input_is_a_mismatch(world: World, engine: StandInEngine) -> None:
    run = await started(world, two_steps())
    given = engine.given[0]
    opened = given.operations[0]
    other = given.model_copy(update={"operations": [opened.model_copy(update={"epoch": 7})]})
    with pytest.raises(EffectMismatch):
        await engine.perform(other)
    later = opened.model_copy(update={"due_at": datetime.now(UTC) + timedelta(days=3)})
    await engine.perform(given.model_copy(update={"operations": [later]}))
    assert (await open_task(world, run, "one#1"))["epoch"] == 1


async def test_an_older_advance_delivered_late_does_not_turn_the_run_back(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, two_steps())
    await do(world, "li", run, "one#1", "ok", {"count": 1})
    await do(world, "wang", run, "two#1")
    await engine.perform(engine.given[0])
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "completed"


async def test_a_business_refusal_rolls_back_its_own_writes_and_the_closing_commits(world: World) -> None:
    raw = {
        **definition(human("a"), {"id": "ask", "action": "probe.refuse"}, human("b"), {"end": "completed"}),
        "sop": "refusing",
    }
    run = await started(world, raw)
    answer = await do(world, "li", run, "a#1")
    assert isinstance(answer, CommandAnswer)
    assert (await open_task(world, run, "a#1"))["state"] == "done"
    assert await marks(world) == []
    incident = await open_task(world, run, "ask#1!1")
    assert (incident["kind"], incident["post_id"]) == ("incident", await _post(world, "qa_manager"))
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "incident"


async def test_an_unexpected_error_is_a_result_too(world: World, engine: StandInEngine) -> None:
    engine.actions = {**PROBE_ACTIONS, "probe.refuse": PROBE_ACTIONS["probe.fail"]}
    raw = {**definition({"id": "ask", "action": "probe.refuse"}, {"end": "completed"}), "sop": "failing"}
    run = await started(world, raw)
    incident = await open_task(world, run, "ask#1!1")
    assert "ZeroDivisionError" in incident["content"]["instruction"]["zh"]
    engine.actions = {**PROBE_ACTIONS, "probe.refuse": PROBE_ACTIONS["probe.echo"]}
    await do(world, "zhou", run, "ask#1!1", "retry")
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "completed"


async def test_a_database_outage_is_raised_and_nothing_is_kept(world: World, engine: StandInEngine) -> None:
    run = await started(world, two_steps())

    async def outage(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
        raise OperationalError("select 1", {}, Exception("connection lost"))

    given = _advance(run, 50, Act(path="x#1", step="one", action="probe.out"))
    with pytest.raises(OperationalError):
        await advance.perform(engine.database, given, actions={"probe.out": outage}, undos={})
    assert await world.scalar(sa.select(sa.func.count()).where(t.effect.c.path == "x#1")) == 0


def _advance(run: UUID, number: int, *operations: Any) -> AdvanceInput:
    return AdvanceInput(
        workflow_id=names.workflow_id(str(run)),
        run_id=str(run),
        number=number,
        now=datetime.now(UTC),
        state="running",
        operations=list(operations),
    )


async def test_an_output_that_has_no_canonical_form_is_an_error_of_the_action(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, two_steps())

    async def floating(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
        return ActionOutcome({"share": 0.5})

    given = _advance(run, 50, Act(path="x#1", step="one", action="probe.float"))
    result = await advance.perform(engine.database, given, actions={"probe.float": floating}, undos={})
    assert result.asked is not None and result.asked.error == "action_failed"


async def test_an_unknown_run_is_no_run(engine: StandInEngine, world: World) -> None:
    with pytest.raises(RunUnknown):
        await engine.perform(_advance(uuid4(), 1))


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
    assert (deviation["kind"], deviation["post_id"]) == ("deviation", await _post(world, "qa_manager"))
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
    result = await engine.perform(_advance(run, 60, undo))
    assert result.asked is not None
    assert (result.asked.undone, result.asked.remaining) == ("act1#1", 0)
    assert await engine.perform(_advance(run, 60, undo)) == result
    assert (await marks(world))[-1] == "undid 1"


async def test_a_post_that_nobody_holds_opens_the_task_and_tells_the_owner(world: World) -> None:
    raw = {**definition(human("a", "maintainer"), human("b"), {"end": "completed"}), "sop": "vacant"}
    run = await started(world, raw)
    task = await open_task(world, run, "a#1")
    assert task["post_id"] == await _post(world, "qa_manager")
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
    assert (task["state"], task["escalate_post_id"]) == ("open", await _post(world, "warehouse_manager"))
    assert [r.id for r in (await tasks.list_tasks(world.platform, actor=wu, claimable=True)).items] == [
        task["id"]
    ]
    await do(world, "wu", run, "slow#1")


async def test_a_message_reaches_the_holders_of_the_post(world: World) -> None:
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
    await engine.perform(_advance(run, 70, notify))
    [row] = await world.rows(sa.select(t.notification).where(t.notification.c.template == "m"))
    assert (row["title_zh"], row["body_en"]) == ("药品", "b 药品")


async def test_settling_and_opening_takes_few_statements(
    world: World, engine: StandInEngine, db: Database
) -> None:
    run = await started(world, two_steps())
    engine.delivers_twice = False
    counted: list[str] = []

    def count(conn: Any, cursor: Any, statement: str, *more: Any) -> None:
        counted.append(statement)

    task, li = await open_task(world, run, "one#1"), await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=li)
    perform = engine.perform

    async def counting(given: AdvanceInput) -> Any:
        sa.event.listen(db.engine.sync_engine, "before_cursor_execute", count)
        try:
            return await perform(given)
        finally:
            sa.event.remove(db.engine.sync_engine, "before_cursor_execute", count)

    engine.perform = counting  # type: ignore[method-assign]
    await tasks.complete(world.platform, task["id"], outcome="ok", data={"count": 1}, epoch=1, actor=li)
    assert 0 < len(counted) <= 20, counted


async def _post(world: World, code: str) -> UUID:
    found: UUID = await world.scalar(sa.select(t.post.c.id).where(t.post.c.code == code))
    return found

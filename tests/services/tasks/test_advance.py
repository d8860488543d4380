"""One advance, one transaction, once: redelivery, refusals, errors, outages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from contracts.advance import Act, AdvanceInput
from db import tables as t
from services import advance, tasks
from services.action_context import ActionContext, ActionOutcome
from services.advance import EffectMismatch, RunUnknown
from services.submissions import CommandAnswer
from tests.procedures import definition, human
from tests.services.tasks.probes import PROBE_ACTIONS
from tests.services.tasks.steps import EFFECT, advance_of, do, marks, open_task, post_id, started
from tests.stand_in_engine import StandInEngine
from tests.statements import counted
from tests.world import World, two_steps


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
    assert (incident["kind"], incident["post_id"]) == ("incident", await post_id(world, "qa_manager"))
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

    given = advance_of(run, 50, Act(path="x#1", step="one", action="probe.out"))
    with pytest.raises(OperationalError):
        await advance.perform(engine.database, given, actions={"probe.out": outage}, undos={})
    assert await world.scalar(sa.select(sa.func.count()).where(t.effect.c.path == "x#1")) == 0


async def test_an_output_that_has_no_canonical_form_is_an_error_of_the_action(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, two_steps())

    async def floating(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
        return ActionOutcome({"share": 0.5})

    given = advance_of(run, 50, Act(path="x#1", step="one", action="probe.float"))
    result = await advance.perform(engine.database, given, actions={"probe.float": floating}, undos={})
    assert result.asked is not None and result.asked.error == "action_failed"


async def test_an_unknown_run_is_no_run(engine: StandInEngine, world: World) -> None:
    with pytest.raises(RunUnknown):
        await engine.perform(advance_of(uuid4(), 1))


async def test_settling_and_opening_takes_few_statements(world: World, engine: StandInEngine) -> None:
    run = await started(world, two_steps())
    engine.delivers_twice = False
    sent: list[str] = []
    task, li = await open_task(world, run, "one#1"), await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=li)
    perform = engine.perform

    async def counting(given: AdvanceInput) -> Any:
        with counted() as statements:
            try:
                return await perform(given)
            finally:
                sent.extend(statements)

    engine.perform = counting  # type: ignore[method-assign]
    await tasks.complete(world.platform, task["id"], outcome="ok", data={"count": 1}, epoch=1, actor=li)
    assert 0 < len(sent) <= 6, sent

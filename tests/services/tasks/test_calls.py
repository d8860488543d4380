"""Calling runs on the real database: rows, sites, training, segregation, commands that are handed on, undoing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from db import tables as t
from domain.batches import IdentityIsImmutable
from domain.sop_calls import CallerNotOpen
from domain.sop_progress.refusals import NotSegregated
from domain.submissions import NotTrained
from services import run_commands, runs, sweeps, tasks
from services.submissions import CommandAnswer
from tests.procedures import CALL, ERRAND, ERRANDS, LINES, definition, human
from tests.services.tasks.steps import EFFECT, SIGNED, do, marks, open_task, started
from tests.stand_in_engine import StandInEngine
from tests.world import World

LAST = human("last", "acceptor", separate_from=["errand"])
CALLER = {**definition(human("first"), CALL, LAST, {"end": "completed"}), "sop": "caller"}
LISTED = {
    **definition(LINES, {"id": "errands", "call": ERRANDS}, human("last"), {"end": "completed"}),
    "sop": "listed",
}


async def called(world: World, run: UUID) -> list[Mapping[str, Any]]:
    r = t.run.c
    return await world.rows(sa.select(t.run).where(r.called_by == run).order_by(r.called_line, r.id))


async def state_of(world: World, run: UUID) -> tuple[str, str | None]:
    row = (await world.rows(sa.select(t.run.c.state, t.run.c.outcome).where(t.run.c.id == run)))[0]
    return row["state"], row["outcome"]


async def command(world: World, run: UUID, kind: Any, who: str = "zhou", **more: Any) -> None:
    if kind == "cancel":
        more["signature"] = SIGNED
    answer = await run_commands.command(
        world.platform, run, kind, reason="because", actor=await world.actor(who), **more
    )
    assert isinstance(answer, CommandAnswer)


async def test_a_called_run_is_a_run_and_its_outcome_decides(world: World) -> None:
    await world.publish(ERRAND)
    run = await started(world, CALLER)
    await do(world, "li", run, "first#1")
    [errand] = await called(world, run)
    assert (errand["call_path"], errand["called_line"], errand["awaited"]) == ("errand#1", None, True)
    assert (errand["inputs"], errand["started_by"]) == ({"number": 7}, world.people["li"])
    assert errand["engine_started_at"] is not None
    assert (await open_task(world, errand["id"], "go#1"))["state"] == "open"
    await do(world, "qian", errand["id"], "go#1", "lost")
    assert await state_of(world, errand["id"]) == ("completed", "lost")
    assert (await open_task(world, run, "last#1"))["state"] == "open"
    [event] = await world.rows(
        sa.select(t.audit_event).where(
            t.audit_event.c.action == "start.run", t.audit_event.c.run_id == errand["id"]
        )
    )
    assert event["after"]["called_by"] == str(run)


async def test_the_training_gate_is_that_of_the_called_procedure(world: World) -> None:
    await world.publish(ERRAND)
    run = await started(world, CALLER)
    await do(world, "li", run, "first#1")
    [errand] = await called(world, run)
    with pytest.raises(NotTrained):
        await do(world, "untrained", errand["id"], "go#1", "done")
    async with world.write() as tx:
        known = {"person_id": world.people["untrained"], "sop_key": "errand", "version": 1}
        recorded = {"trained_on": date(2026, 1, 1), "recorded_by": world.people["admin"]}
        await tx.execute(sa.insert(t.training_record).values(**known, **recorded))
    await do(world, "untrained", errand["id"], "go#1", "done")


async def test_segregation_holds_through_a_call_in_both_directions(world: World) -> None:
    """`qian` is receiver and acceptor: what one did in the called run bars the other's step, and back."""
    both = {"id": "both", "parallel": {"branches": {"l": [CALL], "r": [LAST]}}}
    raw = {**definition(both, {"end": "completed"}), "sop": "caller"}
    await world.publish(ERRAND)
    qian = await world.actor("qian")
    run = await started(world, raw)
    [errand] = await called(world, run)
    await do(world, "qian", errand["id"], "go#1", "done")
    task = await open_task(world, run, "both#1.r.last#1")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, task["id"], actor=qian)
    assert task["id"] not in [
        row.id for row in (await tasks.list_tasks(world.platform, actor=qian, claimable=True)).items
    ]
    await do(world, "wang", run, "both#1.r.last#1")
    assert await state_of(world, run) == ("completed", "completed")

    other = (await runs.start(world.platform, "caller", {}, actor=await world.actor("li"), site="SH1")).row.id
    [errand] = await called(world, other)
    await do(world, "qian", other, "both#1.r.last#1")
    go = await open_task(world, errand["id"], "go#1")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, go["id"], actor=qian)
    await do(world, "li", errand["id"], "go#1", "done")


async def test_what_a_call_of_a_call_did_counts_for_the_first_caller(world: World) -> None:
    middle = {**definition(CALL, {"end": "done"}), "sop": "middle"}
    top = {"id": "errand", "call": {"sop": "middle"}}
    await world.publish(ERRAND)
    await world.publish(middle)
    run = await started(world, {**definition(top, LAST, {"end": "completed"}), "sop": "top"})
    [between] = await called(world, run)
    [errand] = await called(world, between["id"])
    await do(world, "qian", errand["id"], "go#1", "done")
    assert await state_of(world, between["id"]) == ("completed", "done")
    task = await open_task(world, run, "last#1")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, task["id"], actor=await world.actor("qian"))


async def test_a_run_for_each_line_counted_by_outcome(world: World, engine: StandInEngine) -> None:
    await world.publish(ERRAND)
    run = await started(world, LISTED)
    errands = await called(world, run)
    assert [row["called_line"] for row in errands] == [1, 2, 3, 4, 5]
    assert [row["inputs"]["number"] for row in errands] == [1, 2, 3, 4, 5]
    for number, row in enumerate(errands):
        assert engine.runs[str(run)].state.nodes["errands#1"].status == "waiting"
        await do(world, "li", row["id"], "go#1", "lost" if number == 2 else "done")
    values = engine.runs[str(run)].state.scopes[""].values["errands"]
    assert values == {"count": 5, "count_done": 4, "count_lost": 1, "count_cancelled": 0}
    assert all(row["reported_at"] for row in await called(world, run))
    assert (await open_task(world, run, "last#1"))["state"] == "open"


async def test_a_called_run_that_cannot_be_is_an_incident_and_calls_nobody(world: World) -> None:
    nowhere = {**ERRAND, "scope": {"site": "'XX9'", "department": "'warehouse'"}}
    await world.publish(nowhere)
    run = await started(world, LISTED)
    assert await called(world, run) == []
    task = await open_task(world, run, "errands#1!1")
    assert (task["kind"], task["content"]["data"][0]["value"]) == ("incident", "site_not_determined")


async def test_one_open_run_for_each_key_also_when_called(world: World) -> None:
    await world.publish({**ERRAND, "business_key": "'the only one'"})
    await started(world, {**CALLER, "steps": CALLER["steps"][1:]})
    again = await runs.start(world.platform, "caller", {}, actor=await world.actor("li"), site="SH1")
    task = await open_task(world, again.row.id, "errand#1!1")
    assert task["content"]["data"][0]["value"] == "open_run_exists"


async def test_suspending_and_resuming_the_caller_holds_what_it_waits_for(world: World) -> None:
    await world.publish(ERRAND)
    run = await started(world, {**LISTED, "steps": LISTED["steps"]})
    errands = [row["id"] for row in await called(world, run)]
    await command(world, errands[0], "suspend")
    await command(world, run, "suspend")
    assert [await state_of(world, one) for one in errands] == [("suspended", None)] * 5
    await command(world, run, "resume")
    assert [(await state_of(world, one))[0] for one in errands] == ["suspended", *["running"] * 4]
    await command(world, errands[0], "resume")
    kinds = await world.rows(
        sa.select(t.submission.c.kind, sa.func.count().label("n"))
        .where(t.submission.c.run_id.in_(errands))
        .group_by(t.submission.c.kind)
        .order_by(t.submission.c.kind)
    )
    assert [(row["kind"], row["n"]) for row in kinds] == [("resume", 5), ("suspend", 5)]


def doing(sop: str, name: str, *inner: dict[str, Any]) -> dict[str, Any]:
    """Does something that can be undone, then what is given, then does more and waits."""
    first = {"id": "before", **EFFECT, "with": {"text": f"'{name} before'"}}
    after = {"id": "after", **EFFECT, "with": {"text": f"'{name} after'"}}
    return {**definition(first, *inner, after, human("wait"), {"end": "done"}), "sop": sop}


async def test_cancelling_takes_back_the_whole_tree_in_reverse(world: World) -> None:
    """Three deep: the middle run waits for the lowest; what was done before each call is undone after it."""
    await world.publish(doing("low", "low"))
    await world.publish(doing("middle", "middle", {"id": "down", "call": {"sop": "low"}}))
    run = await started(world, doing("top", "top", {"id": "down", "call": {"sop": "middle"}}))
    [middle] = await called(world, run)
    [low] = await called(world, middle["id"])
    await command(world, run, "cancel")
    states = [await state_of(world, one) for one in (run, middle["id"], low["id"])]
    assert states == [("cancelled", "cancelled")] * 3
    done = ["did top before", "did middle before", "did low before", "did low after"]
    assert await marks(world) == [*done, *(mark.replace("did", "undid") for mark in reversed(done))]
    assert {row["state"] for row in await world.rows(sa.select(t.task.c.state))} == {"cancelled"}


async def test_cancelling_undoes_called_runs_that_had_completed(world: World) -> None:
    await world.publish(doing("low", "low"))
    run = await started(world, doing("top", "top", {"id": "down", "call": {"sop": "low"}}))
    [low] = await called(world, run)
    await do(world, "li", low["id"], "wait#1")
    done = ["did top before", "did low before", "did low after", "did top after"]
    assert await marks(world) == done
    await command(world, run, "cancel")
    assert await marks(world) == [*done, *(mark.replace("did", "undid") for mark in reversed(done))]
    assert await state_of(world, low["id"]) == ("completed", "done")


async def test_sending_back_over_a_call_cancels_it_and_calls_again(world: World) -> None:
    await world.publish(doing("low", "low"))
    steps = [human("first"), {"id": "down", "call": {"sop": "low"}}, human("last", send_back=["first"])]
    run = await started(world, {**definition(*steps, {"end": "done"}), "sop": "top"})
    await do(world, "li", run, "first#1")
    await command(world, run, "send_back", to="first")
    [low] = await called(world, run)
    assert await state_of(world, low["id"]) == ("cancelled", "cancelled")
    assert await marks(world) == ["did low before", "did low after", "undid low after", "undid low before"]
    await do(world, "li", run, "first#2")
    assert [row["call_path"] for row in await called(world, run)] == ["down#1", "down#2"]


async def test_what_a_called_run_could_not_undo_is_told_by_the_caller(world: World) -> None:
    stuck = {"id": "act", **EFFECT, "with": {"text": "'stuck'"}}
    await world.publish({**definition(stuck, human("wait"), {"end": "done"}), "sop": "low"})
    await world.publish({**definition(human("rest"), {"end": "done"}), "sop": "loose"})
    loose = {"id": "loose", "call": {"sop": "loose", "mode": "detach"}}
    down = {"id": "down", "call": {"sop": "low"}}
    run = await started(world, {**definition(loose, down, {"end": "done"}), "sop": "top"})
    ended = next(row["id"] for row in await called(world, run) if row["call_path"] == "loose#1")
    await do(world, "li", ended, "rest#1")
    await command(world, run, "cancel")
    [end] = await world.rows(
        sa.select(t.effect.c.result).where(t.effect.c.workflow_id == f"run/{run}", t.effect.c.kind == "end")
    )
    assert end["result"]["not_undone"] == ["loose#1", "down#1/act#1"]


async def test_a_detached_run_goes_on_after_its_caller_and_is_cancelled_with_it(world: World) -> None:
    await world.publish(ERRAND)
    steps = [
        {"id": "errand", "call": {"sop": "errand", "with": {"number": "7"}, "mode": "detach"}},
        human("last"),
        {"end": "completed"},
    ]
    raw = {**definition(*steps), "sop": "caller"}
    run = await started(world, raw)
    await do(world, "li", run, "last#1")
    [errand] = await called(world, run)
    assert (await state_of(world, run))[0] == "completed"
    assert (await state_of(world, errand["id"]))[0] == "running"
    other = (await runs.start(world.platform, "caller", {}, actor=await world.actor("li"), site="SH1")).row.id
    await command(world, other, "cancel")
    [errand] = await called(world, other)
    assert [(await state_of(world, one))[0] for one in (other, errand["id"])] == ["cancelled"] * 2


async def test_a_branch_that_is_over_cancels_what_it_had_called(world: World) -> None:
    race = {"id": "race", "parallel": {"wait_for": "any", "branches": {"l": [human("a")], "r": [CALL]}}}
    await world.publish(ERRAND)
    run = await started(world, {**definition(race, human("last"), {"end": "completed"}), "sop": "caller"})
    await do(world, "li", run, "race#1.l.a#1")
    [errand] = await called(world, run)
    assert (await state_of(world, errand["id"]))[0] == "cancelled"
    assert (await open_task(world, errand["id"], "go#1"))["state"] == "cancelled"
    assert (await open_task(world, run, "last#1"))["state"] == "open"


async def nothing(*_: Any) -> None:
    """In the place of what also repairs."""


async def test_lost_word_is_made_up_by_the_sweep(
    world: World, engine: StandInEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "OWED_AFTER_S", 0.0)
    await world.publish(ERRAND)
    run = await started(world, {**CALLER, "steps": CALLER["steps"][1:]})
    [errand] = await called(world, run)
    engine.loses_word = True
    await do(world, "li", errand["id"], "go#1", "done")
    assert engine.runs[str(run)].state.nodes["errand#1"].status == "waiting"
    sweeper = sweeps.Sweeper(world.platform, compare_all=False)
    assert (await sweeper.round()).told == 1
    assert (await sweeper.round()).told == 0  # not every two seconds
    engine.loses_word = False
    monkeypatch.setattr("services.called_word.tell_again", nothing)
    assert (await sweeps.Sweeper(world.platform, compare_all=False).round()).told == 1
    assert (await open_task(world, run, "last#1"))["state"] == "open"


async def test_word_that_only_the_engine_has_lost_is_found_by_comparing(
    world: World, engine: StandInEngine
) -> None:
    """The database knows that the caller knew; the engine came back from before."""
    await world.publish(ERRAND)
    run = await started(world, {**CALLER, "steps": CALLER["steps"][1:]})
    [errand] = await called(world, run)
    before = engine.runs[str(run)].state.model_copy(deep=True)
    number = engine.advances[str(run)]
    await do(world, "li", errand["id"], "go#1", "done")
    engine.runs[str(run)].state, engine.advances[str(run)] = before, number
    await sweeps.Sweeper(world.platform, compare_all=True).round()
    assert "last#1" in engine.runs[str(run)].state.nodes
    assert len(await called(world, run)) == 1


async def test_called_runs_that_the_engine_did_not_hear_of_are_started_by_the_sweep(
    world: World, engine: StandInEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "OWED_AFTER_S", 0.0)
    await world.publish(ERRAND)
    run = await started(world, CALLER)
    original = engine.start

    async def silent(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(engine, "start", silent)
    task = await open_task(world, run, "first#1")
    li = await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=li)
    with pytest.raises(ConnectionError):
        await tasks.complete(
            world.platform, task["id"], outcome="done", data={}, epoch=task["epoch"], actor=li
        )
    [errand] = await called(world, run)
    assert errand["engine_started_at"] is None
    monkeypatch.setattr(engine, "start", original)
    assert (await sweeps.Sweeper(world.platform, compare_all=False).round()).started == 1
    assert (await open_task(world, errand["id"], "go#1"))["state"] == "open"


async def test_a_run_that_is_over_calls_nobody(world: World) -> None:
    await world.publish(ERRAND)
    run = await started(world, {**CALLER, "steps": CALLER["steps"][1:]})
    [errand] = await called(world, run)
    await command(world, run, "cancel")
    kept = {
        k: errand[k] for k in ("sop_id", "sop_version_id", "sha256", "site_id", "started_by", "start_hash")
    }
    late = {"id": uuid4(), "workflow_id": "run/late", "called_by": run, "call_path": "errand#2", **kept}
    with pytest.raises(CallerNotOpen):
        async with world.write() as tx:
            await tx.execute(sa.insert(t.run).values(**late))


async def test_who_called_a_run_never_changes(world: World) -> None:
    await world.publish(ERRAND)
    run = await started(world, {**CALLER, "steps": CALLER["steps"][1:]})
    other = await started(world, {**definition(human("x"), {"end": "y"}), "sop": "other"})
    [errand] = await called(world, run)
    changes: list[dict[str, Any]] = [{"called_by": other}, {"call_path": "errand#2"}, {"called_line": 3}]
    for change in changes:
        with pytest.raises(IdentityIsImmutable):
            async with world.write() as tx:
                await tx.execute(sa.update(t.run).where(t.run.c.id == errand["id"]).values(**change))
    for statement in (sa.delete(t.run_separation), sa.update(t.run_separation).values(step_id="x")):
        with pytest.raises(ProgrammingError):  # the application has no right to
            async with world.write() as tx:
                await tx.execute(statement)

"""Work lists: results appended and superseded, the root recomputed when settled."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import NotFound, Refusal
from domain.sop_progress.refusals import (
    FormInvalid,
    ReasonRequired,
    UnknownOutcome,
)
from domain.submissions import LinesOpen, SubmissionMismatch
from services import line_sets, submissions, task_view, tasks, worklists
from tests.procedures import text
from tests.services.tasks.listing import BATCHES, answer, finish, on_list
from tests.services.tasks.steps import do, open_task
from tests.stand_in_engine import StandInEngine
from tests.world import World


@pytest.mark.parametrize(
    ("outcome", "data", "refusal"),
    [
        ("perhaps", {"accepted_quantity": 1}, UnknownOutcome),
        ("accepted", {}, FormInvalid),
        ("accepted", {"accepted_quantity": -1}, FormInvalid),
        ("accepted", {"accepted_quantity": 1, "extra": 1}, FormInvalid),
        ("rejected", {"accepted_quantity": 0}, ReasonRequired),
    ],
)
async def test_a_result_that_does_not_fit_is_refused(
    world: World, listed: tuple[UUID, Any], outcome: str, data: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        await answer(world, listed[1], 1, outcome, data=data)
    with pytest.raises(Refusal) as missing:
        await answer(world, listed[1], 99)
    assert missing.value.code == "not_found"


async def test_all_that_is_wrong_with_a_line_is_told_together(world: World, engine: StandInEngine) -> None:
    form = {
        "packaging": {"type": "text", "label": text("packaging"), "required": True},
        "accepted_quantity": {"type": "integer", "label": text("quantity"), "min": 0},
        "reason": {"type": "text", "label": text("reason")},
        "handling": {"type": "text", "label": text("handling")},
    }
    checks = [
        {
            "holds": "accepted_quantity_given && accepted_quantity < 50",
            "field": "accepted_quantity",
            "message": text("less than arrived"),
        },
        {"holds": "handling_given", "field": "handling", "message": text("what becomes of it")},
        {"holds": "packaging_given", "field": "packaging", "message": text("not said twice")},
    ]
    _, task = await on_list(world, engine, form=form, checks=checks)
    with pytest.raises(FormInvalid) as refused:
        await answer(world, task, 1, "rejected", data={"accepted_quantity": 99})
    assert [problem.field for problem in refused.value.fields] == [
        "packaging",
        "reason",
        "accepted_quantity",
        "handling",
    ]


async def test_a_place_is_taken_whatever_its_case_and_kept_as_the_site_writes_it(
    world: World, engine: StandInEngine
) -> None:
    form = {"location": {"type": "location", "label": text("location"), "max_length": 40}}
    _, task = await on_list(world, engine, form=form)
    saved = await answer(world, task, 1, data={"location": " a-01"})
    assert saved.line.result["location"] == "A-01"
    for code, words in (("R-01", "红色"), ("C-01", "冷藏"), ("X-01", "特殊管理"), ("Q-9", "没有货位")):
        with pytest.raises(FormInvalid) as refused:
            await answer(world, task, 1, data={"location": code})
        assert words in refused.value.message("zh")


async def test_results_are_appended_superseded_and_repeated(world: World, listed: tuple[UUID, Any]) -> None:
    _, task = listed
    result_id = uuid4()
    first = await answer(world, task, 1, result_id=result_id)
    assert await answer(world, task, 1, result_id=result_id) == first
    with pytest.raises(SubmissionMismatch):
        await answer(world, task, 2, result_id=result_id)
    later = await answer(world, task, 1, "rejected", data={"accepted_quantity": 0, "reason": "破损"})
    assert (later.line.outcome, later.line.result["reason"]) == ("rejected", "破损")
    assert (later.totals.done, later.totals.lines) == (1, 3)
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.line_result)) == 2
    page = await worklists.lines(world.platform, task["id"], actor=await world.actor("wang"), only_open=True)
    assert [line.line for line in page.items] == [2, 3]


async def test_the_list_is_complete_when_every_line_has_a_result(
    world: World, engine: StandInEngine, listed: tuple[UUID, Any]
) -> None:
    run, task = listed
    await answer(world, task, 1)
    with pytest.raises(LinesOpen) as refused:
        await do(world, "wang", run, "check#1", "done", claim=False)
    assert refused.value.params["open"] == 2
    assert (await finish(world, listed)).state == "done"
    values = engine.runs[str(run)].state.scopes[""].values["check"]["lines"]
    assert values["aggregates"] == {
        "any_cold": True,
        "count": 3,
        "count_accepted": 3,
        "count_rejected": 0,
        "sum_accepted_quantity": 6,
    }
    async with world.database.read() as tx:
        lines = await line_sets.read_set(tx, values["id"])
    assert line_sets.root_of(lines) == values["root"]
    assert [line.data["batch_number"] for line in lines] == [batch for _, batch, _ in BATCHES]
    assert {line.data["actor"] for line in lines} == {str(world.people["wang"])}
    assert {row["state"] for row in await world.rows(sa.select(t.task.c.state))} == {"done", "open"}


async def test_lines_that_are_not_the_results_settle_nothing(world: World, listed: tuple[UUID, Any]) -> None:
    run, task = listed
    wang, submission_id = world.people["wang"], uuid4()
    invented = {"accepted_quantity": 999, "outcome": "accepted", "result_id": str(uuid4())}
    async with world.write() as tx:
        made = await line_sets.create(tx, run, "check#1", "invented", [("L1", invented)])
        await tx.execute(
            sa.insert(t.submission).values(
                id=submission_id,
                kind="complete",
                run_id=run,
                task_id=task["id"],
                epoch=1,
                actor_id=wang,
                outcome="done",
                lines=made.model_dump(),
                performers=[wang],
                content_hash="0" * 64,
            )
        )
    with pytest.raises(Refusal) as refused:
        await submissions.answer_of(world.platform, submission_id)
    assert refused.value.code == "not_confirmed"
    deviation = await open_task(world, run, f"deviation/{submission_id}")
    assert "root" in str(deviation["content"]["data"])
    assert (await open_task(world, run, "check#1"))["state"] == "claimed"


async def test_any_result_is_enough_where_the_definition_says_so(world: World, engine: StandInEngine) -> None:
    run, task = await on_list(world, engine, complete_when="any")
    with pytest.raises(LinesOpen):
        await do(world, "wang", run, "check#1", "done", claim=False)
    await answer(world, task, 2)
    await do(world, "wang", run, "check#1", "done", claim=False)
    assert engine.runs[str(run)].state.scopes[""].values["check"]["lines"]["count"] == 1


async def kept(world: World, task: Any, who: str = "wang") -> Any:
    draft = (await task_view.get(world.platform, task["id"], actor=await world.actor(who))).draft
    return ({}, {}) if draft is None else (dict(draft.data), dict(draft.lines))


async def test_what_is_filled_in_of_a_line_is_kept_until_its_result(
    world: World, listed: tuple[UUID, Any]
) -> None:
    _, task = listed
    wang, li = await world.actor("wang"), await world.actor("li")

    async def keep(line: int, data: dict[str, Any], result_id: UUID, actor: Any = wang) -> None:
        await worklists.keep_line(
            world.platform, task["id"], line, result_id=result_id, data=data, epoch=1, actor=actor
        )

    first, second = uuid4(), uuid4()
    await keep(1, {"accepted_quantity": "x"}, first)
    await keep(2, {"reason": "潮"}, second)
    assert await kept(world, task) == ({}, {"1": {"accepted_quantity": "x"}, "2": {"reason": "潮"}})
    await tasks.save_draft(world.platform, task["id"], epoch=1, data={"note": "n"}, actor=wang)
    assert await kept(world, task) == (
        {"note": "n"},
        {"1": {"accepted_quantity": "x"}, "2": {"reason": "潮"}},
    )
    await answer(world, task, 1, result_id=first)
    await keep(1, {"accepted_quantity": "late"}, first)  # it was on its way when the line got its result
    assert await kept(world, task) == ({"note": "n"}, {"2": {"reason": "潮"}})
    await keep(2, {}, second)
    assert await kept(world, task) == ({"note": "n"}, {})
    with pytest.raises(Refusal):
        await keep(2, {"reason": "other"}, second, li)
    with pytest.raises(NotFound):
        await keep(99, {"reason": "none"}, uuid4())

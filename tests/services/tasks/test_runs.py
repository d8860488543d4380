"""Runs: started once per key, pinned, scoped by site, commanded; half-done starts are made up."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import NotFound, Refusal
from domain.sop_progress.refusals import ReasonRequired, SignatureRequired
from domain.submissions import SubmissionRefused
from services import runs, submissions, tasks
from services.business_keys import BusinessKeyMismatch
from services.permissions import NotPermitted
from services.run_inputs import InputsInvalid
from services.run_start import (
    OpenRunExists,
    SiteNotDetermined,
    StartMismatch,
)
from services.signatures import SignatureGiven
from services.submissions import CommandAnswer, Pending
from tests.procedures import definition, human
from tests.services.company import advice, order
from tests.services.tasks.steps import do, open_task, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import PASSWORD, World, two_steps

KEYED: dict[str, Any] = {
    **definition(human("check"), {"end": "completed"}),
    "sop": "keyed",
    "scope": {"site": "inputs.dispatch_advice.site", "department": "'warehouse'"},
    "business_key": "inputs.dispatch_advice.number",
    "inputs": {
        "dispatch_advice": {"type": "document", "kind": "dispatch_advice", "required": True},
        "note": {"type": "text"},
    },
}


async def with_documents(world: World) -> None:
    from domain.documents import DispatchAdviceIn, PurchaseOrderIn
    from services.documents_entry import enter

    admin = await world.actor("admin")
    async with world.database.write(admin.ref) as tx:
        await enter(tx, PurchaseOrderIn.model_validate(order()), actor=admin)
        await enter(tx, DispatchAdviceIn.model_validate(advice()), actor=admin)
        tx.audited_elsewhere("a test arranges its world")


async def test_a_run_holds_a_snapshot_of_its_documents_and_its_pinned_bundle(world: World) -> None:
    await with_documents(world)
    bundle = await world.publish(KEYED)
    li = await world.actor("li")
    found = await runs.start(world.platform, "keyed", {"dispatch_advice": "DA1"}, actor=li)
    assert (found.row.business_key, found.row.site, found.row.sha256) == ("DA1", "SH1", bundle.sha256)
    snapshot = found.inputs["dispatch_advice"]
    assert (snapshot["supplier"], snapshot["line_count"], snapshot["cold_chain"]) == ("S1", 1, False)
    assert [step.path for step in found.current] == ["check#1"]
    task = await open_task(world, found.row.id, "check#1")
    labels = {entry["label"]["zh"]: entry["value"] for entry in task["content"]["data"]}
    assert labels["供货单位"] == "S1"
    assert task["object"] == "DA1"


async def test_one_open_run_per_key_and_the_refusal_names_it(world: World) -> None:
    await with_documents(world)
    await world.publish(KEYED)
    li = await world.actor("li")
    start = [runs.start(world.platform, "keyed", {"dispatch_advice": "DA1"}, actor=li) for _ in range(3)]
    answers = await asyncio.gather(*start, return_exceptions=True)
    won = [a for a in answers if not isinstance(a, BaseException)]
    lost = [a for a in answers if isinstance(a, OpenRunExists)]
    assert (len(won), len(lost)) == (1, 2)
    assert {a.params["run_id"] for a in lost} == {str(won[0].row.id)}


async def test_the_same_start_again_is_the_same_run(world: World) -> None:
    await with_documents(world)
    await world.publish(KEYED)
    li, run_id = await world.actor("li"), uuid4()
    first = await runs.start(world.platform, "keyed", {"dispatch_advice": "DA1"}, actor=li, run_id=run_id)
    again = await runs.start(world.platform, "keyed", {"dispatch_advice": "DA1"}, actor=li, run_id=run_id)
    assert first.row.id == again.row.id == run_id
    with pytest.raises(StartMismatch):
        await runs.start(
            world.platform, "keyed", {"dispatch_advice": "DA1", "note": "x"}, actor=li, run_id=run_id
        )


@pytest.mark.parametrize(
    ("inputs", "key", "refusal"),
    [
        ({}, None, InputsInvalid),
        ({"dispatch_advice": "DA9"}, None, InputsInvalid),
        ({"dispatch_advice": 7}, None, InputsInvalid),
        ({"dispatch_advice": "DA1", "other": 1}, None, InputsInvalid),
        ({"dispatch_advice": "DA1", "note": ["x"]}, None, InputsInvalid),
        ({"dispatch_advice": "DA1"}, "DA2", BusinessKeyMismatch),
    ],
)
async def test_inputs_that_do_not_fit_start_nothing(
    world: World, inputs: dict[str, Any], key: str | None, refusal: type[Refusal]
) -> None:
    await with_documents(world)
    await world.publish(KEYED)
    with pytest.raises(refusal):
        await runs.start(world.platform, "keyed", inputs, key, actor=await world.actor("li"))
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.run)) == 0
    assert [event["action"] for event in await refused_events(world)] == ["start.run"]


async def test_starting_needs_the_permission_at_that_site(world: World) -> None:
    await world.publish(two_steps())
    for who in ("wang", "far", "zheng"):
        with pytest.raises(NotPermitted):
            await runs.start(world.platform, "two_steps", {}, actor=await world.actor(who), site="SH1")
    with pytest.raises(SiteNotDetermined):
        await runs.start(world.platform, "two_steps", {}, actor=await world.actor("li"), site="NOWHERE")
    with pytest.raises(NotFound):
        await runs.start(world.platform, "no_such", {}, actor=await world.actor("li"), site="SH1")


async def test_a_version_for_one_site_comes_before_the_one_for_all(world: World) -> None:
    everywhere = await world.publish(two_steps())
    piloted = await world.publish(two_steps(summary={"zh": "试点", "en": "pilot"}), site="SH1")
    li, far = await world.actor("li"), await world.actor("far")
    here = await runs.start(world.platform, "two_steps", {}, actor=li, site="SH1")
    there = await runs.start(world.platform, "two_steps", {}, actor=far, site="UR1")
    assert (here.row.sha256, there.row.sha256) == (piloted.sha256, everywhere.sha256)


async def test_a_start_that_the_engine_did_not_hear_is_made_up(world: World, engine: StandInEngine) -> None:
    await world.publish(two_steps())
    engine.silent = True
    found = await runs.start(world.platform, "two_steps", {}, actor=await world.actor("li"), site="SH1")
    assert (found.row.state, found.engine_started_at, found.tasks) == ("running", None, [])
    engine.silent = False
    await runs.start_in_engine(world.platform, found.row.id)
    await runs.start_in_engine(world.platform, found.row.id)
    found = await runs.get(world.platform, found.row.id, actor=await world.actor("li"))
    assert found.engine_started_at is not None and len(found.tasks) == 1


async def test_runs_of_other_sites_are_neither_listed_nor_shown(world: World) -> None:
    run = await started(world, two_steps())
    far, auditor = await world.actor("far"), await world.actor("zheng")
    assert (await runs.list_runs(world.platform, actor=far)).items == []
    with pytest.raises(NotPermitted):
        await runs.get(world.platform, run, actor=far)
    assert [row.id for row in (await runs.list_runs(world.platform, actor=auditor)).items] == [run]
    with pytest.raises(NotPermitted):
        await runs.list_runs(world.platform, actor=await world.actor("postless"))
    task = await open_task(world, run, "one#1")
    with pytest.raises(Refusal):
        await tasks.get(world.platform, task["id"], actor=far)


async def test_lists_go_on_where_the_page_before_ended(world: World) -> None:
    await world.publish(two_steps())
    li = await world.actor("li")
    made = [
        (await runs.start(world.platform, "two_steps", {}, actor=li, site="SH1")).row.id for _ in range(5)
    ]
    seen, after = [], None
    while True:
        page = await runs.list_runs(world.platform, actor=li, after=after, limit=2)
        seen += [row.id for row in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == made[::-1]
    inbox = await tasks.list_tasks(world.platform, actor=li, claimable=True, limit=3)
    rest = await tasks.list_tasks(world.platform, actor=li, claimable=True, limit=3, after=inbox.next)
    assert len({row.id for row in [*inbox.items, *rest.items]}) == 5


async def test_suspending_stops_work_and_resuming_makes_what_was_loaded_stale(world: World) -> None:
    run = await started(world, two_steps())
    wu = await world.actor("wu")
    answer = await runs.command(world.platform, run, "suspend", reason="停电", actor=wu)
    assert isinstance(answer, CommandAnswer) and answer.state == "suspended"
    with pytest.raises(Refusal) as refused:
        await do(world, "li", run, "one#1", "ok", {"count": 1})
    assert refused.value.code == "run_suspended"
    await runs.command(world.platform, run, "resume", reason="来电", actor=wu)
    task = await open_task(world, run, "one#1")
    assert task["epoch"] == 2
    await do(world, "li", run, "one#1", "ok", {"count": 1})


async def test_a_command_that_does_not_fit_the_run_is_refused_with_its_verdict(world: World) -> None:
    run = await started(world, two_steps())
    wu = await world.actor("wu")
    with pytest.raises(SubmissionRefused) as refused:
        await runs.command(world.platform, run, "resume", reason="x", actor=wu)
    assert (refused.value.code, refused.value.kind) == ("not_suspended", "conflict")
    with pytest.raises(SubmissionRefused) as refused:
        await runs.command(
            world.platform, run, "send_back", reason="x", to="two", actor=await world.actor("zhou")
        )
    assert (refused.value.code, refused.value.kind) == ("unknown_step", "invalid")
    assert [e["action"] for e in await refused_events(world)] == ["resume.run", "send_back.run"]


async def test_commands_need_permission_reason_and_a_cancel_a_signature(world: World) -> None:
    run = await started(world, two_steps())
    li, zhou = await world.actor("li"), await world.actor("zhou")
    signed = SignatureGiven(PASSWORD)
    with pytest.raises(NotPermitted):
        await runs.command(world.platform, run, "suspend", reason="x", actor=li)
    with pytest.raises(NotPermitted):
        await runs.command(world.platform, run, "send_back", reason="x", to="one", actor=li)
    with pytest.raises(ReasonRequired):
        await runs.command(world.platform, run, "cancel", reason="  ", signature=signed, actor=zhou)
    with pytest.raises(SignatureRequired):
        await runs.command(world.platform, run, "cancel", reason="x", actor=zhou)
    with pytest.raises(NotFound):
        await runs.command(world.platform, uuid4(), "suspend", reason="x", actor=zhou)
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.submission)) == 0


async def test_a_command_lost_on_the_way_is_sent_again(world: World, engine: StandInEngine) -> None:
    run = await started(world, two_steps())
    wu, submission_id = await world.actor("wu"), uuid4()
    engine.silent = True
    pending = await runs.command(
        world.platform, run, "suspend", reason="停电", actor=wu, submission_id=submission_id
    )
    assert pending == Pending(submission_id)
    assert await submissions.without_verdict(world.platform, 0) == [submission_id]
    assert await submissions.resend(world.platform, submission_id) is False
    engine.silent = False
    assert await submissions.resend(world.platform, submission_id) is True
    again = await runs.command(
        world.platform, run, "suspend", reason="停电", actor=wu, submission_id=submission_id
    )
    assert isinstance(again, CommandAnswer) and again.state == "suspended"
    assert await submissions.without_verdict(world.platform, 0) == []


async def test_a_run_over_two_sites_is_read_at_both_once_the_other_has_work_in_it(world: World) -> None:
    there = human("there")
    there["human"]["site"] = "'UR1'"
    run = await started(world, definition(human("here"), there, {"end": "done"}), "li")
    far = await world.actor("far")
    with pytest.raises(NotPermitted):
        await runs.get(world.platform, run, actor=far)
    assert (await runs.list_runs(world.platform, actor=far)).items == []
    await do(world, "li", run, "here#1")
    assert (await runs.get(world.platform, run, actor=far)).row.id == run
    assert [row.id for row in (await runs.list_runs(world.platform, actor=far)).items] == [run]

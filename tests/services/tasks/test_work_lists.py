"""Work lists: scans green or red, results appended and superseded, the root recomputed when settled."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.errors import Refusal
from domain.sop_progress.refusals import (
    FormInvalid,
    NotSegregated,
    ReasonRequired,
    StaleEpoch,
    UnknownOutcome,
)
from domain.submissions import LinesOpen, NotClaimed, SubmissionMismatch
from services import line_sets, submissions, tasks, worklists
from services.action_context import ActionContext, ActionOutcome
from services.scanning import NothingToUndo, ScanAnswer
from services.submissions import CommandAnswer
from tests.procedures import definition, human, text
from tests.services.tasks.probes import PROBE_ACTIONS
from tests.services.tasks.steps import do, open_task, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.world import GTINS, World

GS = "\x1d"
BATCHES = [("M1", "240513", 40), ("M1", "240514", 10), ("M2", "B-7", 3)]


async def goods(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
    lines = [
        (
            f"{material}:{batch}",
            {
                "material": material,
                "material_name": f"药品{material}",
                "batch_number": batch,
                "expires_on": "2028-05-31",
                "quantity": quantity,
                "serials": ["SN1", "SN2"] if material == "M2" else [],
            },
        )
        for material, batch, quantity in BATCHES
    ]
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "goods", lines, {"any_cold": True})
    return ActionOutcome({"lines": made.model_dump(mode="json")})


def receiving(**work: Any) -> dict[str, Any]:
    outcomes = {
        "accepted": {"label": text("accepted")},
        "rejected": {"label": text("rejected"), "reason": "required"},
    }
    form = {
        "accepted_quantity": {"type": "integer", "label": text("quantity"), "required": True, "min": 0},
        "note": {"type": "text", "label": text("note")},
    }
    lines = {"of": "make.lines", "scan": True, "form": form, "outcomes": outcomes, **work}
    return {
        **definition(
            human("first"),
            {"id": "make", "action": "probe.lines", "with": {"n": "3"}},
            human("check", "acceptor", separate_from=["first"], lines=lines),
            human("after"),
            {"end": "completed"},
        ),
        "sop": "goods",
    }


@pytest.fixture
async def listed(world: World, engine: StandInEngine) -> tuple[UUID, Mapping[str, Any]]:
    return await on_list(world, engine)


async def on_list(world: World, engine: StandInEngine, **work: Any) -> tuple[UUID, Mapping[str, Any]]:
    engine.actions = {**PROBE_ACTIONS, "probe.lines": goods}
    run = await started(world, receiving(**work))
    await do(world, "li", run, "first#1")
    task = await open_task(world, run, "check#1")
    await tasks.claim(world.platform, task["id"], actor=await world.actor("wang"))
    return run, task


def gs1(material: str, batch: str | None = None, expires: str = "280531", more: str = "") -> str:
    said = f"01{GTINS[material].zfill(14)}17{expires}"
    return f"]d2{said}{f'10{batch}' if batch else ''}{GS + more if more else ''}"


async def scan(world: World, task: Mapping[str, Any], code: str, **more: Any) -> ScanAnswer:
    given: dict[str, Any] = {"scan_id": uuid4(), "epoch": 1, **more}
    actor = await world.actor(given.pop("who", "wang"))
    return await worklists.scan(world.platform, task["id"], code=code, actor=actor, **given)


async def answer(
    world: World, task: Mapping[str, Any], line: int, outcome: str = "accepted", **more: Any
) -> Any:
    given: dict[str, Any] = {"result_id": uuid4(), "data": {"accepted_quantity": 3}, "epoch": 1, **more}
    actor = await world.actor(given.pop("who", "wang"))
    return await worklists.line_result(
        world.platform, task["id"], line, outcome=outcome, actor=actor, **given
    )


async def test_a_scan_finds_its_line_and_counts(world: World, listed: tuple[UUID, Any]) -> None:
    _, task = listed
    found = await scan(world, task, gs1("M1", "240513"))
    assert (found.verdict, found.line, found.quantity) == ("matched", 1, 1)
    assert "240513" in found.message["zh"]
    found = await scan(world, task, gs1("M1", "240514", more="305"))
    assert (found.line, found.quantity) == (2, 5)
    assert (found.totals.lines, found.totals.scanned_lines, found.totals.scanned_quantity) == (3, 2, 6)
    page = await worklists.lines(world.platform, task["id"], actor=await world.actor("wang"))
    assert [line.scanned for line in page.items] == [1, 5, 0]


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (gs1("M1", "240601"), "wrong_batch", "批号 240601 不在本单；应为 240513、240514"),
        (gs1("M3", "X1"), "not_on_list", "该商品不在本单"),
        (GTINS["M1"], "batch_needed", "批号"),
        (gs1("M1", "240513", expires="271231"), "expiry_mismatch", "2027-12-31"),
        (gs1("M1", "240514", more="3011"), "over_quantity", "超过 10"),
        (gs1("M2", "B-7", more="21SN9"), "unknown_serial", "SN9"),
        ("6901234567890", "code_check_digit", "校验位"),
        ("+A123BJC5D6E71", "code_not_supported", "HIBC"),
        ("'; DROP TABLE scan; --", "not_on_list", "DROP"),
        ("<script>alert(1)</script>", "not_on_list", "script"),
        ("\x00\x1d", "not_on_list", "此码不在本单"),
    ],
)
async def test_a_code_that_does_not_fit_is_red_with_words_a_picker_understands(
    world: World, listed: tuple[UUID, Any], code: str, reason: str, words: str
) -> None:
    found = await scan(world, listed[1], code)
    assert (found.verdict, found.reason_code) == ("refused", reason)
    assert words in found.message["zh"] and found.message["en"]
    assert found.totals.scanned_quantity == 0


async def test_a_material_with_one_batch_and_plain_codes_are_found_too(
    world: World, listed: tuple[UUID, Any]
) -> None:
    _, task = listed
    assert (await scan(world, task, GTINS["M2"])).line == 3
    assert (await scan(world, task, "240514")).line == 2
    assert (await scan(world, task, "M1:240513")).line == 1
    place = await scan(world, task, "a-01")
    assert (place.verdict, place.location, place.line) == ("matched", "A-01", None)


async def test_a_piece_is_scanned_once(world: World, listed: tuple[UUID, Any]) -> None:
    _, task = listed
    assert (await scan(world, task, gs1("M2", "B-7", more="21SN1"))).line == 3
    assert (await scan(world, task, gs1("M2", "B-7", more="21SN1"))).reason_code == "already_scanned"
    assert (await scan(world, task, "SN1")).reason_code == "already_scanned"
    assert (await scan(world, task, "SN2")).line == 3


async def test_a_repeated_scan_gives_the_first_answer(world: World, listed: tuple[UUID, Any]) -> None:
    _, task = listed
    scan_id = uuid4()
    first = await scan(world, task, gs1("M1", "240513"), scan_id=scan_id)
    assert await scan(world, task, gs1("M1", "240513"), scan_id=scan_id) == first
    assert first.totals.scanned_quantity == 1
    await _finish(world, listed)
    assert (await scan(world, task, gs1("M1", "240513"), scan_id=scan_id)).line == 1, "also when all is done"


async def test_undo_appends_a_reversal_once(world: World, listed: tuple[UUID, Any]) -> None:
    _, task = listed
    wang = await world.actor("wang")
    first = await scan(world, task, gs1("M1", "240513"))
    undo_id = uuid4()
    for _ in range(2):
        undone = await worklists.undo_scan(
            world.platform, task["id"], first.scan_id, undo_id=undo_id, epoch=1, actor=wang
        )
        assert (undone.verdict, undone.totals.scanned_quantity) == ("undo", 0)
    with pytest.raises(NothingToUndo):
        await worklists.undo_scan(
            world.platform, task["id"], first.scan_id, undo_id=uuid4(), epoch=1, actor=wang
        )
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.scan)) == 2
    assert (await scan(world, task, gs1("M1", "240513"))).totals.scanned_quantity == 1


async def test_scanning_takes_few_statements(world: World, listed: tuple[UUID, Any], db: Database) -> None:
    _, task = listed
    wang = await world.actor("wang")
    counted: list[str] = []

    def count(conn: Any, cursor: Any, statement: str, *more: Any) -> None:
        counted.append(statement)

    sa.event.listen(db.engine.sync_engine, "before_cursor_execute", count)
    try:
        await worklists.scan(
            world.platform, task["id"], scan_id=uuid4(), code=gs1("M1", "240513"), epoch=1, actor=wang
        )
    finally:
        sa.event.remove(db.engine.sync_engine, "before_cursor_execute", count)
    assert 0 < len(counted) <= 6, counted


async def test_only_the_right_person_with_the_present_epoch_scans(
    world: World, engine: StandInEngine, listed: tuple[UUID, Any]
) -> None:
    _, task = listed
    with pytest.raises(StaleEpoch):
        await scan(world, task, "x", epoch=2)
    with pytest.raises(Refusal) as refused:
        await scan(world, task, "x", who="both")
    assert refused.value.code == "already_claimed"
    await tasks.release(world.platform, task["id"], actor=await world.actor("wang"))
    with pytest.raises(NotClaimed):
        await scan(world, task, "x")
    codes = [event["after"]["code"] for event in await refused_events(world)]
    assert codes == ["stale_epoch", "already_claimed", "not_claimed"]


async def test_who_performed_the_separated_step_is_refused_at_once(
    world: World, engine: StandInEngine
) -> None:
    engine.actions = {**PROBE_ACTIONS, "probe.lines": goods}
    run = await started(world, receiving(), who="qian")
    await do(world, "qian", run, "first#1")
    task = await open_task(world, run, "check#1")
    for act in (scan(world, task, "x", who="qian"), answer(world, task, 1, who="qian")):
        with pytest.raises(NotSegregated):
            await act
    p = t.task_performer.c
    assert await world.scalar(sa.select(sa.func.count()).where(p.task_id == task["id"])) == 0


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


async def _finish(world: World, listed: tuple[UUID, Any]) -> CommandAnswer:
    run, task = listed
    for line in (1, 2, 3):
        await answer(world, task, line, data={"accepted_quantity": line})
    found = await do(world, "wang", run, "check#1", "done", claim=False)
    assert isinstance(found, CommandAnswer)
    return found


async def test_the_list_is_complete_when_every_line_has_a_result(
    world: World, engine: StandInEngine, listed: tuple[UUID, Any]
) -> None:
    run, task = listed
    await answer(world, task, 1)
    with pytest.raises(LinesOpen) as refused:
        await do(world, "wang", run, "check#1", "done", claim=False)
    assert refused.value.params["open"] == 2
    assert (await _finish(world, listed)).state == "done"
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


async def test_a_blind_list_shows_neither_quantity_nor_the_expected_batch(
    world: World, engine: StandInEngine
) -> None:
    _, task = await on_list(world, engine, reveal=["material", "material_name"])
    view = await tasks.get(world.platform, task["id"], actor=await world.actor("wang"))
    assert {name for line in view.lines for name in line.data} == {"material", "material_name"}
    wrong = await scan(world, task, gs1("M1", "240601"))
    assert "240513" not in wrong.message["zh"]
    many = await scan(world, task, gs1("M1", "240514", more="3099"))
    assert (many.verdict, many.quantity) == ("matched", 99)


async def test_a_code_leads_from_the_inbox_to_its_task(world: World, listed: tuple[UUID, Any]) -> None:
    _, task = listed
    wang = await world.actor("wang")
    for code in (gs1("M1", "240513"), "240514", GTINS["M2"]):
        assert await tasks.task_of_code(world.platform, code, actor=wang) == task["id"]
    with pytest.raises(Refusal) as refused:
        await tasks.task_of_code(world.platform, "nothing", actor=wang)
    assert refused.value.code == "not_found"
    with pytest.raises(Refusal):
        await tasks.task_of_code(world.platform, "240514", actor=await world.actor("far"))

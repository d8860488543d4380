"""Scans on a work list: green or red, once, with words a picker understands."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Refusal
from domain.sop_progress.refusals import (
    NotSegregated,
    StaleEpoch,
)
from domain.submissions import NotClaimed, SubmissionMismatch
from services import tasks, worklists
from services.undone_scans import NothingToUndo
from tests.procedures import text
from tests.services.tasks.listing import answer, finish, goods, gs1, on_list, receiving, scan
from tests.services.tasks.probes import PROBE_ACTIONS
from tests.services.tasks.steps import do, open_task, refused_events, started
from tests.stand_in_engine import StandInEngine
from tests.statements import counted
from tests.world import GTINS, World


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


async def test_a_place_is_refused_where_no_line_asks_for_one(world: World, listed: tuple[UUID, Any]) -> None:
    _, task = listed
    place = await scan(world, task, "a-01")
    assert (place.verdict, place.reason_code, place.location) == ("refused", "no_place_asked", None)
    assert "A-01" in place.message["zh"] and "scan the goods" in place.message["en"]


PLACED = {"location": {"type": "location", "label": text("location"), "max_length": 40}}


@pytest.mark.parametrize(
    ("code", "line", "verdict"),
    [
        ("a-01", 1, "matched"),
        ("C-01", 1, "refused"),
        ("C-01", 3, "matched"),
        ("A-01", 3, "refused"),
        ("R-01", 1, "refused"),
        ("C-01", None, "matched"),
        ("R-01", None, "refused"),
        ("X-01", None, "refused"),
    ],
)
async def test_a_place_is_green_only_for_goods_that_may_stand_there(
    world: World, engine: StandInEngine, code: str, line: int | None, verdict: str
) -> None:
    _, task = await on_list(world, engine, form=PLACED)
    found = await scan(world, task, code, line=line)
    assert found.verdict == verdict
    assert code.upper() in found.message["zh"]
    if verdict == "refused":
        assert (found.reason_code, found.location) == ("location_unsuitable", None)


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
    await finish(world, listed)
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


@pytest.mark.parametrize(
    ("code", "verdict", "cost"),
    [
        (gs1("M1", "240513"), "matched", 4),
        (gs1("M2", "B-7", more="21SN1"), "matched", 4),
        ("240514", "matched", 4),
        ("A-01", "matched", 5),
        ("R-01", "refused", 5),
        (gs1("M1", "240601"), "refused", 4),
        ("nothing", "refused", 4),
        ("]C100106141412345678908", "refused", 4),
    ],
)
async def test_scanning_takes_few_statements(
    world: World, engine: StandInEngine, code: str, verdict: str, cost: int
) -> None:
    """Six over HTTP: who asks comes before, once."""
    _, task = await on_list(world, engine, form=PLACED)
    wang = await world.actor("wang")
    with counted() as sent:
        found = await worklists.scan(
            world.platform, task["id"], scan_id=uuid4(), code=code, epoch=1, actor=wang
        )
    assert (found.verdict, len(sent)) == (verdict, cost), sent


async def test_a_scan_id_of_somebody_else_is_refused_and_nothing_is_written(
    world: World, listed: tuple[UUID, Any]
) -> None:
    _, task = listed
    scan_id = uuid4()
    await scan(world, task, gs1("M1", "240513"), scan_id=scan_id)
    await tasks.release(world.platform, task["id"], actor=await world.actor("wang"))
    await tasks.claim(world.platform, task["id"], actor=await world.actor("both"))
    with pytest.raises(SubmissionMismatch):
        await scan(world, task, gs1("M1", "240513"), scan_id=scan_id, who="both")
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.scan)) == 1
    p = t.task_performer.c
    assert await world.scalar(sa.select(sa.func.count()).where(p.task_id == task["id"])) == 1


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

"""What a plan lists: everything, what is due, a part by a recorded seed, what moved - and never a quantity."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.batches import PlaceKind
from domain.stocktake import drawn
from services.actions import ACTIONS, UNDOS
from services.run_inputs import InputsInvalid
from tests.servers import TestDatabase
from tests.services.counting import Counting
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def counting(working: TestDatabase) -> AsyncIterator[Counting]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    engine.delivers_twice = False
    made = Counting(await make_world(opened, engine), engine)
    await made.prepare()
    yield made
    await opened.close()


async def listed(counting: Counting) -> list[str]:
    return [line["batch_number"] for line in await counting.lines("count")]


async def test_a_sheet_walks_the_places_in_order_and_says_no_quantity(counting: Counting) -> None:
    await counting.stock("A-02", "M1", "B2", 5)
    await counting.stock("A-01", "M1", "B1", 7)
    await counting.start("full")
    lines = await counting.lines("count")
    assert [(line["location"], line["batch_number"], line["status"]) for line in lines] == [
        ("A-01", "B1", "qualified"),
        ("A-02", "B2", "qualified"),
    ]
    assert not {"quantity", "expected"} & set(lines[0])
    task = await counting.task("count")
    assert "sum_quantity" not in task["content"]["lines"]["aggregates"]
    document = await counting.document()
    assert document["number"].startswith("PD-SH1-") and document["number"].endswith("-1")


async def test_a_random_part_can_be_drawn_again_from_its_seed(counting: Counting) -> None:
    numbers = [f"B{at:02}" for at in range(9)]
    for number in numbers:
        await counting.stock("A-01", "M1", number, 3)
    await counting.start("random", size=4)
    seed = (await counting.document())["header"]["seed"]
    assert await listed(counting) == drawn(numbers, 4, seed)


async def test_after_movement_what_was_emptied_is_counted_too(counting: Counting) -> None:
    for number in ("GONE", "STAYS"):
        batch = await counting.stock("A-01", "M1", number, 3)
        if number == "GONE":
            await counting.post("sample", batch, 3, await counting.place("A-01"), PlaceKind.SAMPLE)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    await counting.start("movement", since=tomorrow)
    assert await counting.state() == ("completed", "nothing_to_count")
    await counting.start("movement", since="2026-01-01")
    green = [line["batch_number"] for line in await counting.lines("count") if line["status"] == "qualified"]
    assert green == ["GONE", "STAYS"]


async def test_a_cycle_lists_what_is_due_by_class_the_oldest_first(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "C1", 3)
    await counting.start("cycle")
    await counting.count("count", "sun", 3)
    await counting.stock("A-02", "M1", "C2", 3)
    await counting.start("cycle")
    assert await listed(counting) == ["C2"], "what was counted today is not due"
    await counting.count("count", "sun", 3)
    async with counting.world.write() as tx:  # forty days later for goods of class A
        days = sa.func.make_interval(0, 0, 0, 40)
        d = t.document.c
        await tx.execute(
            sa.update(t.document).where(d.kind == "stocktake").values(occurred_at=d.occurred_at - days)
        )
    await counting.start("cycle")
    assert (await counting.state())[1] == "nothing_to_count", "class C is counted every 180 days"
    async with counting.world.write() as tx:
        await tx.execute(sa.update(t.material).values(abc_class="A"))
    await counting.start("cycle", size=1)
    assert len(await listed(counting)) == 1


async def test_only_one_class_when_one_is_asked_for(counting: Counting) -> None:
    await counting.stock("A-01", "M1", "N1", 3)
    await counting.stock("C-01", "M2", "N2", 3)
    async with counting.world.write() as tx:
        await tx.execute(sa.update(t.material).where(t.material.c.code == "M2").values(abc_class="B"))
    await counting.start("full", abc_class="B")
    assert await listed(counting) == ["N2"]


@pytest.mark.parametrize(("kind", "field"), [("random", "inputs.size"), ("movement", "inputs.since")])
async def test_a_plan_that_lacks_something_is_not_begun(counting: Counting, kind: str, field: str) -> None:
    with pytest.raises(InputsInvalid) as refused:
        await counting.start(kind)
    assert [(one.field, one.code) for one in refused.value.fields] == [(field, "input_required")]


@pytest.mark.parametrize(("size", "code"), [(0, "out_of_range"), (-1, "out_of_range"), ("abc", "input_type")])
async def test_a_size_that_is_none_is_refused_at_the_start_in_words(
    counting: Counting, size: object, code: str
) -> None:
    with pytest.raises(InputsInvalid) as refused:
        await counting.start("random", size=size)
    (problem,) = refused.value.fields
    assert problem.code == code
    assert "integer" not in problem.zh and "integer" not in problem.en


async def test_another_kind_of_count_is_refused_at_the_start(counting: Counting) -> None:
    with pytest.raises(InputsInvalid) as refused:
        await counting.start("sometimes")
    assert [problem.code for problem in refused.value.fields] == ["input_option"]

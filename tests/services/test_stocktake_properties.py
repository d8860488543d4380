"""Whatever moves while goods are counted: no false difference, and afterwards the books are the goods."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.session import Database
from domain.batches import PlaceKind
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.counting import Counting
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

PLACES = ("A-01", "A-02")
Where = tuple[str, str]
"""A batch and the place where it stands."""

MOVE = st.tuples(st.integers(0, 5), st.integers(1, 12))
SHEETS = st.fixed_dictionaries(
    {
        "stock": st.lists(st.integers(1, 40), min_size=2, max_size=3),
        "errors": st.lists(st.integers(-3, 3), min_size=6, max_size=6),
        "before": st.lists(MOVE, max_size=3),
        "between": st.lists(st.lists(MOVE, max_size=2), min_size=6, max_size=6),
        "again": st.lists(st.lists(MOVE, max_size=2), min_size=6, max_size=6),
        "after": st.lists(MOVE, max_size=3),
    }
)


@pytest.fixture
async def counting(database: TestDatabase) -> AsyncIterator[Counting]:
    opened = Database(database.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    engine.delivers_twice = False
    made = Counting(await make_world(opened, engine), engine)
    await made.prepare()
    await made.values(M1="1.00")
    yield made
    await opened.close()


@dataclass
class House:
    """Books and goods side by side; they differ by what was lost or never booked."""

    counting: Counting
    batches: dict[str, UUID]
    books: dict[Where, int]
    goods: dict[Where, int] = field(default_factory=dict)

    async def move(self, choice: int, quantity: int) -> None:
        """Goods and books moved together, as far as both have them."""
        number = sorted(self.batches)[choice % len(self.batches)]
        source, target = PLACES[choice % 2], PLACES[(choice + 1) % 2]
        there, gone = (number, source), choice >= 4
        quantity = min(quantity, self.books.get(there, 0), self.goods.get(there, 0))
        if quantity < 1:
            return
        batch, place = self.batches[number], await self.counting.place(source)
        if gone:
            await self.counting.post("sample", batch, quantity, place, PlaceKind.SAMPLE)
        else:
            await self.counting.carry(batch, quantity, source, target)
        for side in (self.books, self.goods):
            side[there] = side.get(there, 0) - quantity
            if not gone:
                side[number, target] = side.get((number, target), 0) + quantity

    async def emptied(self) -> None:
        """Nothing is left, so that the next company of numbers starts alone."""
        for (number, place), quantity in self.goods.items():
            if quantity:
                position = await self.counting.place(place)
                batch = self.batches[number]
                await self.counting.post("sample", batch, quantity, position, PlaceKind.SAMPLE)


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(SHEETS)
async def test_moves_while_counting_never_make_a_difference_and_real_ones_are_corrected(
    counting: Counting,
    sheet: dict[str, Any],
) -> None:
    mark = uuid4().hex[:6]
    batches = {f"{mark}-{at}": UUID(int=0) for at in range(len(sheet["stock"]))}
    house = House(counting, batches, {})
    for at, (number, quantity) in enumerate(zip(list(batches), sheet["stock"], strict=True)):
        batches[number] = await counting.stock(PLACES[at % 2], "M1", number, quantity)
        house.books[number, PLACES[at % 2]] = quantity
    house.goods = dict(house.books)
    await counting.start("full")
    for one in sheet["before"]:
        await house.move(*one)
    wrong = dict.fromkeys(house.books, 0)
    for where, error in zip(sorted(house.books), sheet["errors"], strict=False):
        wrong[where] = max(error, -house.goods[where])
        house.goods[where] += wrong[where]
    await _count(house, "count", "sun", sheet["between"])
    differing = {where for where, error in wrong.items() if error}
    if differing:
        assert {_where(line) for line in await counting.lines("second_count")} == differing
        await _count(house, "second_count", "feng", sheet["again"])
        review = {_where(line): line["variance"] for line in await counting.lines("review")}
        assert review == {where: wrong[where] for where in differing}
    for one in sheet["after"]:
        await house.move(*one)
    if differing:
        await counting.review()
    state = await counting.state()
    assert state == ("completed", "completed" if differing else "agreed")
    balances = {
        (batch, place): quantity for (batch, place, _), quantity in (await counting.balances()).items()
    }
    assert balances == {where: quantity for where, quantity in house.goods.items() if quantity}
    await house.emptied()


def _where(line: Mapping[str, Any]) -> Where:
    return line["batch_number"], line["location"]


async def _count(house: House, step: str, who: str, moves: list[list[tuple[int, int]]]) -> None:
    """Each position as it is when its counter stands there, moves in between; what stands beside is added."""
    counting = house.counting
    await counting.claim(step, who)
    lines = await counting.lines(step)
    for line, between in zip(lines, [*moves, *([[]] * len(lines))], strict=False):
        await counting.answer(step, who, line["line"], {"counted_quantity": house.goods.get(_where(line), 0)})
        for one in between:
            await house.move(*one)
    if step == "count":
        listed = {_where(line) for line in lines}
        for number, place in sorted(house.goods.keys() - listed):
            await counting.add(who, place, f"M1:{number}", house.goods[number, place])
    await counting.finish(step, who)

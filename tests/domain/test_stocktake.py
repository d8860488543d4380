"""A count speaks of one moment: the books of that moment, whatever moves before, between and after."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.stocktake import (
    Counted,
    Due,
    Judgement,
    Moved,
    Part,
    accuracy,
    drawn,
    due,
    expected_at,
    moment_of,
    parts,
    total_value,
    value_of,
)

START = datetime(2026, 11, 24, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


EVENTS = st.lists(st.integers(-30, 30).filter(bool), min_size=1, max_size=30)


@given(st.integers(0, 100), EVENTS, st.data())
def test_whatever_moves_meanwhile_a_right_count_has_no_variance(
    opening: int, changes: list[int], data: st.DataObject
) -> None:
    moves = [Moved(change, at(2 * minute)) for minute, change in enumerate(changes, 1)]
    balance = opening + sum(changes)
    minute = data.draw(st.integers(0, 2 * len(changes) + 1))
    there = opening + sum(move.quantity for move in moves if move.at <= at(minute))
    assert Counted(there, expected_at(balance, moves, at(minute))).variance == 0


@given(st.integers(0, 100), EVENTS, st.integers(0, 200), st.data())
def test_after_the_adjustment_the_books_are_the_count_plus_what_moved_since(
    opening: int, changes: list[int], counted: int, data: st.DataObject
) -> None:
    moves = [Moved(change, at(2 * minute)) for minute, change in enumerate(changes, 1)]
    minute = data.draw(st.integers(0, 2 * len(changes) + 1))
    balance = opening + sum(changes)
    variance = counted - expected_at(balance, moves, at(minute))
    since = sum(move.quantity for move in moves if move.at > at(minute))
    assert balance + variance == counted + since
    # A second stocktake of the same position finds nothing left to correct, whenever its count took place.
    corrected = [*moves, Moved(variance, at(99), correction=True)]
    assert Counted(counted, expected_at(balance + variance, corrected, at(minute))).variance == 0


def test_the_second_count_stands_and_is_compared_by_difference_not_by_quantity() -> None:
    first, second = Counted(95, 100), Counted(75, 80)
    judged = Judgement(first, second)
    assert (judged.standing, judged.variance, judged.agreed) == (second, -5, True)
    assert Judgement(first, Counted(80, 80)).agreed is False
    assert Judgement(first).standing is first


def test_a_remark_added_later_does_not_move_the_moment_of_the_count() -> None:
    assert moment_of([(5, at(1)), (7, at(2)), (7, at(3)), (7, at(4))]) == at(2)
    assert moment_of([(7, at(1)), (5, at(2)), (7, at(3))]) == at(3)
    assert moment_of([(7, at(1))]) == at(1)


@pytest.mark.parametrize(
    ("variance", "unit_value", "expected"),
    [(-3, "12.50", "-37.50"), (0, "12.50", "0.00"), (2, "0.0001", "0.0002"), (5, None, None)],
)
def test_a_difference_is_worth_exactly_its_units(
    variance: int, unit_value: str | None, expected: str | None
) -> None:
    assert value_of(variance, unit_value) == expected


def test_losses_do_not_pay_for_finds() -> None:
    assert Decimal(total_value(["-10.50", None, "10.50", "0.01"])) == Decimal("21.01")
    assert total_value([]) == "0"


@given(st.integers(0, 500), st.integers(0, 500))
def test_only_a_count_without_any_difference_is_a_hundred_percent(right: int, wrong: int) -> None:
    said = accuracy(right, right + wrong)
    assert (said == "100.00") == (wrong == 0)
    assert 0 <= Decimal(said) <= 100


@given(st.integers(0, 300), st.integers(0, 400), st.text("0123456789abcdef", min_size=1, max_size=32))
def test_a_seed_draws_the_same_part_for_ever(count: int, size: int, seed: str) -> None:
    positions = [f"p{number}" for number in range(count)]
    chosen = drawn(positions, size, seed)
    assert chosen == drawn(positions, size, seed)
    assert len(chosen) == len(set(chosen)) == min(size, count)
    assert chosen == [one for one in positions if one in set(chosen)]


def test_what_was_never_counted_comes_first_and_then_what_waits_longest() -> None:
    today, days = date(2026, 11, 24), {"A": 30, "B": 90, "C": 180}
    positions = [
        Due("fresh", "A", date(2026, 11, 1)),
        Due("a31", "A", date(2026, 10, 24)),
        Due("b100", "B", date(2026, 8, 16)),
        Due("on_the_day", "A", date(2026, 10, 25)),
        Due("never", None, None),
        Due("c179", None, date(2026, 5, 29)),
    ]
    assert due(positions, today, days) == ["never", "b100", "a31", "on_the_day"]


@given(st.integers(-50, 50).filter(bool), st.integers(0, 30), st.lists(st.integers(1, 30), max_size=3))
def test_parts_are_the_difference_and_take_no_more_than_was_carried_away(
    variance: int, here: int, carried: list[int]
) -> None:
    found = parts(variance, here, carried)
    assert sum(part.quantity for part in found) == variance
    for part in found:
        assert part.carried is None or part.quantity > 0 or -part.quantity <= carried[part.carried]
    if variance < 0 and -variance <= here:
        assert found == [Part(variance)], "what the place holds is corrected there"

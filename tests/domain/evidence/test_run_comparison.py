"""Two runs beside each other: every step once, in the order of either run, with what it was otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.run_comparison import StepFacts, StepPair, paired
from domain.sop_definition import Text

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def step(path: str, outcome: str | None = None, **data: Any) -> StepFacts:
    said = Text(zh=outcome, en=outcome) if outcome else None
    return StepFacts(path, Text(zh=path, en=path), said, ("WANG",), NOON, None, None, data)


PATHS = st.lists(st.sampled_from([f"s{n}#{p}" for n in range(6) for p in (1, 2)]), unique=True)


@given(PATHS, PATHS)
def test_every_step_stands_once_and_the_order_of_the_left_run_is_kept(
    left: list[str], right: list[str]
) -> None:
    pairs = paired([step(one) for one in left], [step(one) for one in right])
    assert [pair.left.path for pair in pairs if pair.left] == left
    assert sorted(pair.right.path for pair in pairs if pair.right) == sorted(right)
    assert len(pairs) == len({*left, *right})
    assert all(pair.left.path == pair.right.path for pair in pairs if pair.left and pair.right)


@given(PATHS)
def test_a_run_beside_itself_has_no_difference(paths: list[str]) -> None:
    steps = [step(one, "ok", count=3) for one in paths]
    for pair in paired(steps, steps):
        assert not (pair.only_in_one or pair.outcomes_differ or pair.data_differences())


def test_what_only_the_right_has_stands_where_it_came_there() -> None:
    left, right = [step("a#1"), step("b#1")], [step("a#1"), step("new#1"), step("b#1"), step("last#1")]
    found = [(pair.left or pair.right) for pair in paired(left, right)]
    assert [one.path for one in found if one] == ["a#1", "new#1", "b#1", "last#1"]


def test_outcomes_and_fields_that_say_something_else_are_told() -> None:
    pair = StepPair(step("a#1", "good", count=3, note="x"), step("a#1", "bad", count=4, place="A-01"))
    assert pair.outcomes_differ
    assert pair.data_differences() == [("count", 3, 4), ("note", "x", None), ("place", None, "A-01")]
    assert StepPair(step("a#1"), None).data_differences() == []


def test_times_are_those_from_opening() -> None:
    one = step("a#1")
    assert (one.waited, one.lasted) == (None, None)
    later = StepFacts(
        "a#1", one.title, None, (), NOON, NOON + timedelta(minutes=5), NOON + timedelta(minutes=20)
    )
    assert (later.waited, later.lasted) == (timedelta(minutes=5), timedelta(minutes=20))

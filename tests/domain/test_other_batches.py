"""Another batch for a line: refused for a reason that is true, and only when no batch of that number can go."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.other_batches import NamedBatch, unfit

PLACES = st.frozensets(st.sampled_from(["A-01", "A-02", "B-01"]))
BATCHES = st.builds(
    NamedBatch,
    held=st.booleans(),
    expired=st.booleans(),
    expires_on=st.just(date(2027, 1, 31)),
    remaining_days=st.none() | st.integers(-5, 400),
    free_at=PLACES,
)


def goes(one: NamedBatch, location: str | None, least: int) -> bool:
    fresh = one.remaining_days is None or one.remaining_days >= least
    there = location.upper() in one.free_at if location else bool(one.free_at)
    return not one.held and not one.expired and fresh and there


@given(
    st.lists(BATCHES, max_size=3), st.none() | st.sampled_from(["A-01", "a-02", "Z-09"]), st.integers(0, 365)
)
def test_a_number_is_refused_just_when_none_of_its_batches_can_go(
    found: list[NamedBatch], location: str | None, least: int
) -> None:
    why = unfit(found, location, least)
    assert (why is None) == any(goes(one, location, least) for one in found)
    assert why is None or all(why)


def test_the_first_thing_that_is_wrong_is_told() -> None:
    batch = NamedBatch(held=True, expired=True, expires_on=date(2026, 1, 1), remaining_days=-5)
    assert unfit([batch], None, 90) == ("该批号已锁定", "it is on hold")
    assert unfit([], None, 0) == ("没有该商品的这个批号", "the goods have no batch of that number")

"""What was picked, reviewed and packed is compared by batch and serial; any difference is told."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shipping import Goods, QuantityNotPossible, differences, packed, picked, refused, told


def line(**more: Any) -> dict[str, Any]:
    return {"batch_number": "B1", "quantity": 20, **more}


@pytest.mark.parametrize(
    ("result", "scanned", "expected"),
    [
        ({"outcome": "picked"}, 0, 20),
        ({"outcome": "picked", "found_quantity": 20}, 3, 20),
        ({"outcome": "short"}, 7, 7),
        ({"outcome": "short"}, 0, 0),
        ({"outcome": "short", "found_quantity": 5}, 7, 5),
    ],
)
def test_how_much_was_picked(result: dict[str, Any], scanned: int, expected: int) -> None:
    assert picked(line(**result), scanned) == expected


@pytest.mark.parametrize("given_", [-1, 21])
def test_a_quantity_that_cannot_be_is_refused(given_: int) -> None:
    with pytest.raises(QuantityNotPossible) as refusal:
        picked(line(outcome="short", found_quantity=given_), 0)
    assert "B1" in refusal.value.message("zh")
    with pytest.raises(QuantityNotPossible):
        refused(line(outcome="refused", refused_quantity=given_))


def test_how_much_was_refused_and_packed() -> None:
    assert refused(line(outcome="passed")) == 0
    assert refused(line(outcome="refused")) == 20
    assert refused(line(outcome="partly", refused_quantity=3)) == 3
    assert packed(line()) == 20
    assert packed(line(packed_quantity=19)) == 19


def test_a_swapped_serial_is_a_difference_though_the_quantity_agrees() -> None:
    (found,) = differences([Goods("B1", 1, frozenset({"S1"}))], [Goods("B1", 1, frozenset({"S2"}))])
    assert found.serials == ("S1", "S2")
    assert told([found], "picked", "reviewed") == (
        "批号 B1：拣货 1，复核 1；追溯码 S1, S2 / batch B1: picked 1, reviewed 1; serials S1, S2"
    )


def test_a_batch_that_is_at_one_stage_alone_is_a_difference() -> None:
    found = differences([Goods("B1", 5), Goods("B2", 2)], [Goods("B1", 5), Goods("B3", 2)])
    assert [(one.batch, one.before, one.after) for one in found] == [("B2", 2, 0), ("B3", 0, 2)]


goods = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 50)), max_size=8)


@given(before=goods, after=goods)
def test_stages_agree_exactly_when_their_sums_do(
    before: list[tuple[str, int]], after: list[tuple[str, int]]
) -> None:
    sums = []
    for stage in (before, after):
        counted: Counter[str] = Counter()
        for batch, quantity in stage:
            counted[batch] += quantity
        sums.append(counted)
    found = differences([Goods(*one) for one in before], [Goods(*one) for one in after])
    assert {one.batch: (one.before, one.after) for one in found} == {
        batch: (sums[0][batch], sums[1][batch])
        for batch in {*sums[0], *sums[1]}
        if sums[0][batch] != sums[1][batch]
    }

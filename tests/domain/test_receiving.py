from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.receiving import (
    AdvisedLine,
    OrderedLine,
    QuantitiesDoNotAddUp,
    accepted_and_rejected,
    cartons_of,
    check_put_away,
    match,
    same_dates,
)

TODAY = date(2026, 11, 24)
A, B = UUID(int=1), UUID(int=2)
quantities = st.integers(min_value=1, max_value=10_000)


def advised(
    line_no: int = 1,
    order_line_no: int | None = 1,
    material_id: UUID = A,
    quantity: int = 10,
    expires_on: date = date(2028, 1, 31),
    *,
    usable: bool = True,
) -> AdvisedLine:
    return AdvisedLine(line_no, order_line_no, material_id, f"B{line_no}", quantity, expires_on, usable)


def refusals(ordered: list[OrderedLine], lines: list[AdvisedLine]) -> list[str]:
    return [found.refusal for found in match(ordered, lines, TODAY)]


def test_a_delivery_that_fits_its_order_has_no_mismatch() -> None:
    assert refusals([OrderedLine(1, A, 20)], [advised(), advised(2)]) == []


def test_several_batches_of_one_line_are_counted_together() -> None:
    assert refusals([OrderedLine(1, A, 19)], [advised(), advised(2)]) == ["over_quantity"]


def test_what_was_received_or_is_under_way_is_no_longer_open() -> None:
    assert refusals([OrderedLine(1, A, 20, received=15)], [advised()]) == ["over_quantity"]
    assert refusals([OrderedLine(1, A, 20, received=5, underway=6)], [advised()]) == ["over_quantity"]


def test_another_material_an_unknown_line_and_no_line_are_not_on_the_order() -> None:
    lines = [advised(1, material_id=B), advised(2, order_line_no=9), advised(3, order_line_no=None)]
    assert refusals([OrderedLine(1, A, 100)], lines) == ["not_on_order"] * 3


def test_an_expired_batch_and_one_with_too_short_a_life_are_named() -> None:
    lines = [advised(1, usable=False), advised(2, expires_on=TODAY + timedelta(days=99))]
    assert refusals([OrderedLine(1, A, 100, min_remaining_days=100)], lines) == [
        "batch_expired",
        "shelf_life_too_short",
    ]
    assert refusals([OrderedLine(1, A, 100, min_remaining_days=99)], [lines[1]]) == []


@given(st.lists(quantities, min_size=1, max_size=8), quantities)
def test_all_lines_fit_exactly_when_their_sum_fits(arrived: list[int], ordered: int) -> None:
    lines = [advised(number, quantity=quantity) for number, quantity in enumerate(arrived, 1)]
    assert (refusals([OrderedLine(1, A, ordered)], lines) == []) == (sum(arrived) <= ordered)


@given(quantities, st.integers(min_value=1, max_value=500))
def test_cartons_hold_the_whole_quantity_and_only_one_is_loose(quantity: int, size: int) -> None:
    cartons = cartons_of(quantity, size)
    assert (cartons.count - 1) * size < quantity <= cartons.count * size
    assert cartons.loose == (quantity % size != 0)


@given(
    quantities,
    st.integers(0, 12_000) | st.none(),
    st.integers(0, 12_000) | st.none(),
    st.sampled_from(["accepted", "rejected", "partial"]),
)
def test_an_acceptance_is_refused_or_adds_up_to_what_arrived(
    arrived: int, accepted: int | None, rejected: int | None, outcome: str
) -> None:
    try:
        yes, no = accepted_and_rejected(outcome, arrived, accepted, rejected, "B1")
    except QuantitiesDoNotAddUp:
        return
    assert yes + no == arrived
    assert yes >= 0
    assert no >= 0
    assert {"accepted": no == 0, "rejected": yes == 0, "partial": yes > 0 and no > 0}[outcome]


def test_an_outcome_alone_means_the_whole_quantity() -> None:
    assert accepted_and_rejected("accepted", 7, None, None, "B") == (7, 0)
    assert accepted_and_rejected("rejected", 7, None, None, "B") == (0, 7)
    assert accepted_and_rejected("partial", 7, 5, None, "B") == (5, 2)
    assert accepted_and_rejected("partial", 7, None, 5, "B") == (2, 5)
    with pytest.raises(QuantitiesDoNotAddUp):
        accepted_and_rejected("partial", 7, None, None, "B")


def test_put_away_is_exactly_what_was_accepted() -> None:
    assert check_put_away(5, None, "B") == 5
    assert check_put_away(5, 5, "B") == 5
    with pytest.raises(QuantitiesDoNotAddUp) as refused:
        check_put_away(5, 6, "B1")
    assert "B1" in refused.value.message("zh")


def test_dates_agree_unless_both_name_different_ones() -> None:
    known = {"produced_on": TODAY, "expires_on": None}
    assert same_dates(known, {"produced_on": TODAY, "expires_on": TODAY})
    assert not same_dates(known, {"produced_on": date(2026, 1, 1), "expires_on": None})

"""Shipped = recovered + consumed + destroyed + unaccounted, line by line; nothing cancels out."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recall_reconciliation import Consigned, RecallNotBalanced, non_responders, refuse_open, totals

COUNTS = st.integers(0, 10_000)


def line(party: int = 1, **figures: int | None) -> Consigned:
    return Consigned(UUID(int=99), UUID(int=party), **{"shipped": 10, **figures})  # type: ignore[arg-type]


def test_what_is_still_at_the_consignee_is_not_accounted_for() -> None:
    assert line(on_hand=10).unaccounted == 10
    assert not line(on_hand=10).settled
    assert line(on_hand=0, recovered=7, consumed=2, destroyed=1).settled


def test_an_explanation_holds_for_its_own_quantity_alone() -> None:
    assert line(recovered=7, explained=3).settled
    assert not line(recovered=7, explained=2).settled
    assert not line(recovered=6, explained=3).settled
    assert line(recovered=12, explained=-2).settled


def test_two_differences_never_cancel_each_other_out() -> None:
    with pytest.raises(RecallNotBalanced) as refused:
        refuse_open([line(1, recovered=9), line(2, recovered=11)])
    assert refused.value.params == {"unaccounted": 2}
    refuse_open([line(1, recovered=10), line(2, recovered=10)])


def test_who_has_not_answered_for_every_batch_has_not_answered() -> None:
    lines = [line(1, on_hand=0), line(1), line(2, on_hand=0), line(3)]
    assert non_responders(lines) == [UUID(int=1), UUID(int=3)]
    assert (totals(lines).consignees, totals(lines).answered) == (3, 1)


def test_the_share_recovered_is_of_what_could_come_back() -> None:
    assert totals([line(recovered=6, consumed=2)]).recovered_percent == 75
    assert totals([line(consumed=10)]).recovered_percent is None


@given(st.lists(st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), max_size=20))
def test_the_sums_balance_whatever_is_said(rows: list[tuple[int, int, int, int]]) -> None:
    lines = [
        line(number, shipped=shipped, recovered=recovered, consumed=consumed, destroyed=destroyed)
        for number, (shipped, recovered, consumed, destroyed) in enumerate(rows)
    ]
    found = totals(lines)
    assert found.shipped == found.recovered + found.consumed + found.destroyed + found.unaccounted
    explained = [
        line(
            number,
            shipped=row[0],
            recovered=row[1],
            consumed=row[2],
            destroyed=row[3],
            explained=one.unaccounted,
        )
        for number, (row, one) in enumerate(zip(rows, lines, strict=True))
    ]
    refuse_open(explained)
    assert totals(explained).open_lines == 0

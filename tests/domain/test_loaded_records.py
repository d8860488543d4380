"""Records of former books: taken over whole or not at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ids import id_at, new_id
from domain.batches import PlaceKind, PostingKind, Status
from domain.loaded_records import At, HistoryNotWhole, PastLine, PastMove, PastPosting, PastRecord, check

THEN = datetime(2026, 3, 2, 8, tzinfo=UTC)
DOCK, SHELF = At("SH1", "F-01"), At("SH1", "A-01")


def shipment(quantity: int = 5, moved: int = 5, **more: object) -> PastRecord:
    """A shipment of one batch, picked and gone an hour later."""
    postings = (
        PastPosting(PostingKind.PUT_AWAY, THEN, (PastMove(1, moved, SHELF, DOCK),)),
        PastPosting(
            PostingKind.ISSUE, THEN + timedelta(hours=1), (PastMove(1, moved, DOCK, PlaceKind.CUSTOMER),)
        ),
    )
    lines = (PastLine(1, "M1", "B1", quantity, order_line=1),)
    record = PastRecord(new_id(), "shipment", "CK-1", "SH1", THEN, lines, postings, "C1", "SO-1")
    return replace(record, **more)  # type: ignore[arg-type]


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_what_a_record_moves_is_what_its_lines_say(quantity: int, moved: int) -> None:
    record = shipment(quantity, moved)
    if quantity == moved:
        check(record)
    else:
        with pytest.raises(HistoryNotWhole):
            check(record)


@pytest.mark.parametrize(
    "more",
    [
        {"follows": None},
        {"at": THEN.replace(tzinfo=None)},
        {"lines": ()},
        {"postings": tuple(reversed(shipment().postings))},
        {"kind": "put_away"},
        {"postings": (*shipment().postings, PastPosting(PostingKind.SAMPLE, THEN + timedelta(hours=2), ()))},
        {"lines": (*shipment().lines, *shipment().lines)},
    ],
)
def test_a_record_that_contradicts_itself_is_refused(more: dict[str, Any]) -> None:
    check(shipment())
    with pytest.raises(HistoryNotWhole):
        check(shipment(**more))


def test_a_move_names_all_of_its_serials_or_none() -> None:
    issue = shipment().postings[1]
    for serials, fits in (("abcde", True), ("", True), ("abc", False), ("aabcd", False)):
        moves = (replace(issue.moves[0], serials=tuple(serials)),)
        record = shipment(postings=(shipment().postings[0], replace(issue, moves=moves)))
        if fits:
            check(record)
        else:
            with pytest.raises(HistoryNotWhole):
                check(record)


@pytest.mark.parametrize("variance", [-3, 0, 2])
def test_a_count_changes_the_books_by_its_difference(variance: int) -> None:
    ends = (PlaceKind.COUNT, SHELF) if variance > 0 else (SHELF, PlaceKind.COUNT)
    moves = (PastMove(1, abs(variance), *ends),) if variance else ()
    line = PastLine(1, "M1", "B1", 9, data={"variance": variance})
    postings = (PastPosting(PostingKind.COUNT_ADJUSTMENT, THEN, moves),)
    record = PastRecord(new_id(), "stocktake", "PD-1", "SH1", THEN, (line,), postings)
    check(record)
    with pytest.raises(HistoryNotWhole):
        check(replace(record, lines=(replace(line, data={"variance": variance + 1}),)))


def test_rejected_goods_are_no_part_of_what_was_accepted() -> None:
    red, waiting = At("SH1", "R-01", Status.REJECTED), At("SH1", "W-01", Status.QUARANTINE)
    moves = (PastMove(1, 8, waiting, SHELF), PastMove(1, 2, waiting, red))
    lines = (PastLine(1, "M1", "B1", 8),)
    postings = (PastPosting(PostingKind.PUT_AWAY, THEN, moves),)
    check(PastRecord(new_id(), "put_away", "SJ-1", "SH1", THEN, lines, postings, "S1", "SH-1"))


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.text(max_size=20),
)
def test_an_id_of_the_past_is_as_old_as_what_it_names(at: datetime, key: str) -> None:
    made = id_at(at, key)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made == id_at(at, key)
    assert made != id_at(at, key, "x")
    assert id_at(at + timedelta(seconds=1), key) > made
    assert made.int >> 80 == int(at.timestamp() * 1000)

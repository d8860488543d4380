"""Expiry, one rule; and the status x movement table."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.batches import (
    MOVEMENTS,
    BatchNotIssuable,
    ExpiryNotReadable,
    Movement,
    MovementNotAllowed,
    PlaceKind,
    PostingKind,
    Status,
    expired,
    near_expiry,
    parse_expiry,
    remaining_days,
)
from domain.stock import Move, Position, Posting, PostingNotWhole, SerialsIncomplete, check

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "last_usable", "under_unusable_from"),
    [
        ("271130", date(2027, 11, 30), date(2027, 11, 29)),
        ("271100", date(2027, 11, 30), date(2027, 10, 31)),
        ("2711", date(2027, 11, 30), date(2027, 10, 31)),
        ("2802", date(2028, 2, 29), date(2028, 1, 31)),
        ("2027.11", date(2027, 11, 30), date(2027, 10, 31)),
        ("2027年11月", date(2027, 11, 30), date(2027, 10, 31)),
        ("2027-11-30", date(2027, 11, 30), date(2027, 11, 29)),
        ("2027年11月30日", date(2027, 11, 30), date(2027, 11, 29)),
        ("20271130", date(2027, 11, 30), date(2027, 11, 29)),
    ],
)
def test_a_label_names_the_last_usable_day(text: str, last_usable: date, under_unusable_from: date) -> None:
    assert parse_expiry(text, TODAY) == last_usable
    assert parse_expiry(f" {text} ", TODAY, unusable_from=True) == under_unusable_from


@pytest.mark.parametrize(
    "text", ["", "2713", "271131", "27", "11/2027", "2027", "27.11", "soon", "２７１１３０"]
)
def test_what_is_no_expiry_is_refused(text: str) -> None:
    for unusable_from in (False, True):
        with pytest.raises(ExpiryNotReadable):
            parse_expiry(text, TODAY, unusable_from=unusable_from)


@given(st.dates(date(2020, 1, 1), date(2070, 1, 1)))
def test_every_way_to_write_a_day_names_that_day(day: date) -> None:
    for written in (
        f"{day:%y%m%d}",
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert parse_expiry(written, TODAY) == day
    month_end = day.replace(day=monthrange(day.year, day.month)[1])
    for written in (f"{day:%y%m}", f"{day:%y%m}00", f"{day.year}.{day.month}"):
        assert parse_expiry(written, TODAY) == month_end


def test_a_batch_is_usable_to_the_end_of_its_day_at_the_site() -> None:
    last = date(2027, 11, 30)
    at = datetime(2027, 11, 30, 15, 59, 59, tzinfo=UTC)
    assert not expired(last, at, "Asia/Shanghai")
    assert expired(last, at + timedelta(seconds=1), "Asia/Shanghai")
    assert not expired(last, at + timedelta(seconds=1), "Asia/Urumqi")
    assert not expired(None, at, "Asia/Shanghai")


def test_near_expiry_ends_where_expiry_begins() -> None:
    at = datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert remaining_days(date(2026, 11, 24), at, "Asia/Shanghai") == 0
    assert near_expiry(date(2026, 11, 24), at, "Asia/Shanghai", 0)
    assert near_expiry(date(2027, 2, 22), at, "Asia/Shanghai", 90)
    assert not near_expiry(date(2027, 2, 23), at, "Asia/Shanghai", 90)
    assert not near_expiry(date(2026, 11, 23), at, "Asia/Shanghai", 90)
    assert not near_expiry(None, at, "Asia/Shanghai", 90)


def test_only_an_issue_of_qualified_goods_reaches_a_customer() -> None:
    reaching = [one for one in MOVEMENTS if one.to_kind is PlaceKind.CUSTOMER]
    assert [(one.kind, one.from_status) for one in reaching] == [(PostingKind.ISSUE, Status.QUALIFIED)]


def test_goods_become_qualified_only_by_an_acceptance_a_count_or_a_reversal() -> None:
    into = {
        (one.kind, one.from_status)
        for one in MOVEMENTS
        if one.to_status is Status.QUALIFIED and one.from_status is not Status.QUALIFIED
    }
    assert {pair for pair in into if pair[0] is not PostingKind.REVERSAL} == {
        (PostingKind.PUT_AWAY, Status.QUARANTINE),
        (PostingKind.STATUS_CHANGE, Status.QUARANTINE),
        (PostingKind.STATUS_CHANGE, Status.RETURNED),
        (PostingKind.COUNT_ADJUSTMENT, None),
    }


def test_a_status_belongs_to_inside_places_only() -> None:
    for one in MOVEMENTS:
        assert (one.from_kind is PlaceKind.INTERNAL) == (one.from_status is not None)
        assert (one.to_kind is PlaceKind.INTERNAL) == (one.to_status is not None)
        assert PlaceKind.INTERNAL in {one.from_kind, one.to_kind}
    assert len(set(MOVEMENTS)) == len(MOVEMENTS)


def test_every_movement_can_be_reversed_except_towards_a_customer() -> None:
    table = set(MOVEMENTS)
    for one in MOVEMENTS:
        back = Movement(PostingKind.REVERSAL, one.to_kind, one.to_status, one.from_kind, one.from_status)
        if one.kind is not PostingKind.REVERSAL:
            assert (back in table) == (one.from_kind is not PlaceKind.CUSTOMER)


def test_the_reason_why_a_batch_may_not_leave_is_in_words() -> None:
    assert BatchNotIssuable(because="expired").message("zh") == "该批次不能出库：已过有效期"
    assert "on hold" in BatchNotIssuable(because="hold").message("en")


ID = UUID(int=1)
OTHER = UUID(int=2)


def _posting(kind: PostingKind, **change: object) -> Posting:
    shelf = Position(ID, ID, Status.QUALIFIED, ID)
    values = {"batch_id": ID, "quantity": 2, "source": shelf, "target": PlaceKind.CUSTOMER, **change}
    return Posting(kind=kind, actor_id=ID, moves=[Move(**values)])  # type: ignore[arg-type]


def test_a_posting_is_checked_before_it_is_sent() -> None:
    check(_posting(PostingKind.ISSUE))
    with pytest.raises(MovementNotAllowed):
        check(_posting(PostingKind.DESTRUCTION, target=PlaceKind.DESTROYED))
    with pytest.raises(PostingNotWhole):
        check(_posting(PostingKind.ISSUE, quantity=0))
    with pytest.raises(PostingNotWhole):
        check(Posting(kind=PostingKind.ISSUE, actor_id=ID))
    with pytest.raises(SerialsIncomplete):
        check(_posting(PostingKind.ISSUE, serial_ids=[ID]))
    elsewhere = Position(OTHER, OTHER, Status.QUALIFIED, ID)
    with pytest.raises(MovementNotAllowed):
        check(_posting(PostingKind.PUT_AWAY, target=elsewhere))

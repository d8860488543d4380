"""Domain: batches - the status x movement table, the one expiry rule, and expiry dates as labels write them.

It knows no table and no clock: instants are arguments. The database enforces the same table and the same
rule; tests compare the two.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from domain.errors import Refusal
from domain.loose_dates import NotADate, expiry_of


class Status(StrEnum):
    """The state of goods at a position; undecided is yellow, qualified green, rejected red (GSP 81, 83)."""

    QUARANTINE = "quarantine"
    QUALIFIED = "qualified"
    REJECTED = "rejected"
    RETURNED = "returned"
    RECALLED = "recalled"


class PlaceKind(StrEnum):
    """Where goods are: at a position of ours, or one of the kinds of outside."""

    INTERNAL = "internal"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    TRANSIT = "transit"
    DESTROYED = "destroyed"
    SAMPLE = "sample"
    COUNT = "count"


class PostingKind(StrEnum):
    """What happened to the goods."""

    RECEIPT = "receipt"
    PUT_AWAY = "put_away"
    STATUS_CHANGE = "status_change"
    ISSUE = "issue"
    DESTRUCTION = "destruction"
    SAMPLE = "sample"
    COUNT_ADJUSTMENT = "count_adjustment"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    SUPPLIER_RETURN = "supplier_return"
    CUSTOMER_RETURN = "customer_return"
    REVERSAL = "reversal"


class Movement(NamedTuple):
    """One allowed movement; a status belongs to internal places only."""

    kind: PostingKind
    from_kind: PlaceKind
    from_status: Status | None
    to_kind: PlaceKind
    to_status: Status | None


STATUS_CHANGES: tuple[tuple[Status, Status], ...] = (
    (Status.QUARANTINE, Status.QUALIFIED),
    (Status.QUARANTINE, Status.REJECTED),
    (Status.QUARANTINE, Status.RECALLED),
    (Status.QUALIFIED, Status.QUARANTINE),
    (Status.QUALIFIED, Status.REJECTED),
    (Status.QUALIFIED, Status.RECALLED),
    (Status.REJECTED, Status.QUARANTINE),
    (Status.REJECTED, Status.RECALLED),
    (Status.RETURNED, Status.QUARANTINE),
    (Status.RETURNED, Status.QUALIFIED),
    (Status.RETURNED, Status.REJECTED),
    (Status.RETURNED, Status.RECALLED),
    (Status.RECALLED, Status.QUARANTINE),
    (Status.RECALLED, Status.REJECTED),
)
"""Rejected and recalled goods become qualified only through quarantine, that is by a new acceptance."""

_BOOKED_IN = ((Status.QUARANTINE, Status.QUALIFIED), (Status.QUARANTINE, Status.REJECTED))
_OUT = {
    PostingKind.ISSUE: (PlaceKind.CUSTOMER, (Status.QUALIFIED,)),
    PostingKind.DESTRUCTION: (PlaceKind.DESTROYED, (Status.REJECTED, Status.RECALLED)),
    PostingKind.SAMPLE: (PlaceKind.SAMPLE, (Status.QUARANTINE, Status.QUALIFIED, Status.RETURNED)),
    PostingKind.COUNT_ADJUSTMENT: (PlaceKind.COUNT, tuple(Status)),
    PostingKind.TRANSFER_OUT: (
        PlaceKind.TRANSIT,
        (Status.QUALIFIED, Status.REJECTED, Status.RETURNED, Status.RECALLED),
    ),
    PostingKind.SUPPLIER_RETURN: (
        PlaceKind.SUPPLIER,
        (Status.QUARANTINE, Status.QUALIFIED, Status.REJECTED, Status.RECALLED),
    ),
}
_IN = {
    PostingKind.RECEIPT: (PlaceKind.SUPPLIER, (Status.QUARANTINE,)),
    PostingKind.COUNT_ADJUSTMENT: (PlaceKind.COUNT, tuple(Status)),
    # Goods that arrive from another site of ours are inspected again: never straight to qualified.
    PostingKind.TRANSFER_IN: (
        PlaceKind.TRANSIT,
        (Status.QUARANTINE, Status.REJECTED, Status.RETURNED, Status.RECALLED),
    ),
    PostingKind.CUSTOMER_RETURN: (PlaceKind.CUSTOMER, (Status.RETURNED, Status.RECALLED)),
}


def _plain_movements() -> Iterator[Movement]:
    inside = PlaceKind.INTERNAL
    for status in Status:
        yield Movement(PostingKind.PUT_AWAY, inside, status, inside, status)
    for before, after in _BOOKED_IN:
        yield Movement(PostingKind.PUT_AWAY, inside, before, inside, after)
    for before, after in STATUS_CHANGES:
        yield Movement(PostingKind.STATUS_CHANGE, inside, before, inside, after)
    for kind, (outside, statuses) in _OUT.items():
        for status in statuses:
            yield Movement(kind, inside, status, outside, None)
    for kind, (outside, statuses) in _IN.items():
        for status in statuses:
            yield Movement(kind, outside, None, inside, status)


def _movements() -> tuple[Movement, ...]:
    plain = tuple(_plain_movements())
    mirrored = {
        Movement(PostingKind.REVERSAL, one.to_kind, one.to_status, one.from_kind, one.from_status): None
        for one in plain
        # A reversal never takes goods to a customer: that path would pass the issuable rule by.
        if one.from_kind is not PlaceKind.CUSTOMER
    }
    return (*plain, *mirrored)


MOVEMENTS = _movements()
"""The status x movement table; what is not in it cannot be posted. Issues must be issuable besides."""
_ALLOWED = frozenset(MOVEMENTS)


def movement_allowed(movement: Movement) -> bool:
    return movement in _ALLOWED


def expired(expires_on: date | None, at: datetime, time_zone: str) -> bool:
    """Usable up to and including the expiry date in the site's time zone (GSP 85); without a date, always."""
    return expires_on is not None and at.astimezone(ZoneInfo(time_zone)).date() > expires_on


def near_expiry(expires_on: date | None, at: datetime, time_zone: str, horizon_days: int) -> bool:
    """Not yet expired, but within `horizon_days` of its last usable day."""
    if expires_on is None or expired(expires_on, at, time_zone):
        return False
    return remaining_days(expires_on, at, time_zone) <= horizon_days


def remaining_days(expires_on: date, at: datetime, time_zone: str) -> int:
    """Days from today at the site to the last usable day; 0 on that day, negative when over."""
    return (expires_on - at.astimezone(ZoneInfo(time_zone)).date()).days


AHEAD, BACK = 50, 49


def four_digit_year(two_digits: int, today: date) -> int:
    """GS1's sliding century: at most 50 years ahead and 49 back of this year (GenSpecs 7.12)."""
    distance = two_digits - today.year % 100
    century = today.year - today.year % 100
    if distance > AHEAD:
        century -= 100
    elif distance < -BACK:
        century += 100
    return century + two_digits


class ExpiryNotReadable(Refusal):
    """The text names no day or month, or more than one."""

    code = "expiry_not_readable"
    kind: ClassVar = "invalid"
    zh = "无法识别有效期：{text}"
    en = "Not a readable expiry date: {text}"


_SHORT = re.compile(r"^(\d{2})(\d{2})(\d{2})?$", re.ASCII)


def parse_expiry(text: str, today: date, *, unusable_from: bool = False) -> date:
    """The last usable day that a label names.

    `YYMMDD` (day 00 = end of the month, century by GS1), `YYMM`, and the long forms of `loose_dates`
    (`2027.11`, `2027年11月`, `2027-11-30`). `unusable_from` is for 失效期: the day before what is named.
    """
    text = text.strip()
    short = _SHORT.match(text)
    try:
        return (
            _short_expiry(short, today, unusable_from)
            if short
            else expiry_of(text, unusable_from=unusable_from)
        )
    except (NotADate, ValueError) as unreadable:
        raise ExpiryNotReadable(text=text) from unreadable


def _short_expiry(found: re.Match[str], today: date, unusable_from: bool) -> date:  # noqa: FBT001
    year, month = four_digit_year(int(found[1]), today), int(found[2])
    day = int(found[3] or 0)
    if unusable_from:
        return date(year, month, day or 1) - timedelta(days=1)
    return date(year, month, day or monthrange(year, month)[1])


class BatchNotIssuable(Refusal):
    """The batch may not leave for a customer; `because` is status, hold, expired or licence."""

    code = "batch_not_issuable"
    zh = "该批次不能出库：{why_zh}"
    en = "This batch may not be issued: {why_en}"
    _WHY: ClassVar = {
        "status": ("不是合格品", "its stock is not qualified"),
        "hold": ("质量锁定中", "it is on hold"),
        "expired": ("已过有效期", "it has expired"),
        "licence": ("客户资质不符", "the customer's licence does not cover it"),
    }

    def __init__(self, *, because: str, **params: object) -> None:
        why_zh, why_en = self._WHY.get(because, (because, because))
        super().__init__(because=because, why_zh=why_zh, why_en=why_en, **params)


class MovementNotAllowed(Refusal):
    """The movement is not in the status x movement table."""

    code = "movement_not_allowed"
    zh = "不允许的库存移动：{kind}，{from} → {to}"
    en = "This stock movement is not allowed: {kind}, {from} to {to}"


class IdentityIsImmutable(Refusal):
    """What identifies a batch, serial, hold or line never changes once it is written."""

    code = "identity_is_immutable"
    zh = "该记录一经建立不可更改：{table}"
    en = "This record never changes once it is written: {table}"

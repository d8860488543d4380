"""Domain: dates as spreadsheets write them, read strictly - one meaning or none. Knows no table.

Days: `2026-11-24`, `2026/11/24`, `2026.11.24`, `20261124`, `2026年11月24日`. An expiry may also be a month:
then it is the month's last day (有效期至), or the day before the month begins under 失效期 (unusable from).
"""

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.half_width import half_width

_DAY = re.compile(r"^(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日)$", re.ASCII)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$", re.ASCII)
_MONTH = re.compile(r"^(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月)$", re.ASCII)
_INSTANT = re.compile(r"^(\S+?)[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?$", re.ASCII)


FIRST_YEAR = 1900
"""Before it no record is meant: a slip of the keyboard."""


class NotADate(ValueError):
    """The text has not exactly one meaning as a date or an instant."""


def day_of(text: str) -> date:
    """The day that a cell names; NotADate otherwise."""
    text = half_width(text).strip()
    found = _DAY.match(text) or _COMPACT.match(text)
    if found is None:
        raise NotADate(text)
    year, month, day = (int(part) for part in found.groups() if part is not None)
    return _date(text, year, month, day)


def _date(text: str, year: int, month: int, day: int) -> date:
    if year < FIRST_YEAR:
        raise NotADate(text)
    try:
        return date(year, month, day)
    except ValueError as impossible:
        raise NotADate(text) from impossible


def expiry_of(text: str, *, unusable_from: bool) -> date:
    """The last usable day of a batch (gsp-rules "Expiry, one rule")."""
    text = half_width(text).strip()
    found = _MONTH.match(text)
    if found is None:
        day = day_of(text)
        return day - timedelta(days=1) if unusable_from else day
    year, month = (int(part) for part in found.groups() if part is not None)
    first = _date(text, year, month, 1)
    if unusable_from:
        return first - timedelta(days=1)
    return first.replace(day=calendar.monthrange(year, month)[1])


def instant_of(text: str, zone: ZoneInfo) -> datetime:
    """An instant; without an offset it is local time in `zone`. A bare day is its beginning."""
    text = half_width(text).strip()
    found = _INSTANT.match(text)
    if found is None:
        return datetime.combine(day_of(text), datetime.min.time(), tzinfo=zone).astimezone(UTC)
    day, hour, minute, second, offset = found.groups()
    plain = f"{day_of(day).isoformat()}T{int(hour):02d}:{minute}:{second or '00'}"
    try:
        at = datetime.fromisoformat(plain + (offset or ""))
    except ValueError as impossible:
        raise NotADate(text) from impossible
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)

"""Domain: durations of the definition language made into absolute instants.

`PT2H` is elapsed time; `P3D` are calendar days at the same wall time in the site's time zone, across changes
of the clock; working days end with the last of them; a limit is dated data with its clause. The caller
gives start, zone, calendar and limits: nothing here reads a clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from domain.calendars import Calendar
from domain.errors import Refusal
from domain.sop_definition import Amount, Duration, Limit, WorkingDays

_AMOUNT = re.compile(r"^P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$", re.ASCII)
LAST_MOMENT = time(23, 59, 59)


class LimitUnknown(Refusal):
    """No limit of that name, profile and class is in force."""

    code = "limit_unknown"
    kind = "invalid"
    zh = "没有时限数据：{profile} / {limit} / {class_}"
    en = "No limit {limit} for class {class_} in the profile {profile}"


class DurationInvalid(Refusal):
    """The text is not a duration of the language."""

    code = "duration_invalid"
    kind = "invalid"
    zh = "不是有效的时长：{text}"
    en = "Not a duration: {text}"


class LimitEntry(BaseModel):
    """One statutory limit and the clause it stands in."""

    model_config = ConfigDict(frozen=True)

    amount: Amount | WorkingDays
    clause: str = ""


Limits = Mapping[str, Mapping[str, Mapping[str, LimitEntry]]]
"""profile -> limit -> class -> entry."""


def instant_after(
    duration: Duration,
    *,
    start: datetime,
    time_zone: str,
    calendar: Calendar,
    limits: Limits,
    class_value: str | None = None,
) -> datetime:
    """The aware UTC instant at which the duration from `start` is over; LimitUnknown for a missing limit."""
    if start.tzinfo is None:
        raise DurationInvalid(text="start without a time zone")
    if isinstance(duration, Limit):
        duration = _limit(duration, limits, class_value).amount
    zone = ZoneInfo(time_zone)
    local = start.astimezone(zone)
    if isinstance(duration, WorkingDays):
        day = calendar.working_day_after(local.date(), duration.working_days)
        return datetime.combine(day, LAST_MOMENT, zone).astimezone(UTC)
    days, elapsed = split(duration)
    if days:
        # Wall time plus days; an hour that the clock skips is read with the offset before the change.
        wall = local.replace(tzinfo=None, fold=local.fold) + timedelta(days=days)
        start = wall.replace(tzinfo=zone).astimezone(UTC)
    return start.astimezone(UTC) + elapsed


def split(amount: str) -> tuple[int, timedelta]:
    """Calendar days and elapsed time of an amount such as `P1DT2H`; DurationInvalid otherwise."""
    found = _AMOUNT.match(amount)
    if not found or not any(found.groups()) or amount.endswith("T"):
        raise DurationInvalid(text=amount)
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in found.groups())
    if weeks * 7 + days > 36_600 or hours > 876_000 or minutes > 10**7 or seconds > 10**9:  # noqa: PLR2004
        raise DurationInvalid(text=amount)
    return weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _limit(limit: Limit, limits: Limits, class_value: str | None) -> LimitEntry:
    entry = limits.get(limit.profile, {}).get(limit.limit, {}).get(class_value or "")
    if entry is None:
        raise LimitUnknown(profile=limit.profile, limit=limit.limit, class_=class_value)
    return entry

"""UI: how numbers, dates and instants look. Pure functions of language and zone; no service, no page.

Dates are 2027-11-30; times are in the site's zone; quantities carry their unit, grouped by thin spaces.
"""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ui.translation import Translations

NARROW_SPACE = "\u202f"
NO_BREAK = "\u00a0"
"""Between a number and its unit: they stay on one line."""
MINUTE, HOUR, DAY = 60, 3600, 86400
HEX_SHOWN = 12
NEAR_DAYS = 180
CLOCKS_AGREE_S = 5
"""A request takes that long at most; what differs by more is the clock or a scan that was kept."""


def zone_of(name: str) -> ZoneInfo:
    """The zone, or China's where a site names one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Asia/Shanghai")


def quantity(value: Any, unit: str = "") -> str:
    """An exact quantity: integers grouped by three, decimal strings untouched, unit behind."""
    if value is None or value == "":
        return "–"
    text = f"{value:,}".replace(",", NARROW_SPACE) if isinstance(value, int) else str(value)
    return f"{text}{NO_BREAK}{unit}" if unit else text


def day(value: date | datetime | str | None) -> str:
    """A calendar date as 2027-11-30."""
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)[:10]


def as_instant(value: datetime | str) -> datetime:
    """An aware instant from a datetime or its RFC 3339 text; what has no offset is UTC."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def instant(value: datetime | str | None, zone: str, *, seconds: bool = False) -> str:
    """An instant in a zone as 2026-11-24 16:31, with seconds where it is evidence."""
    if value is None or value == "":
        return "–"
    return (
        as_instant(value)
        .astimezone(zone_of(zone))
        .strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    )


def local_input(value: datetime, zone: str) -> str:
    """An instant as a field of date and time has it: the site's clock, to the minute."""
    return value.astimezone(zone_of(zone)).strftime("%Y-%m-%dT%H:%M")


def offset(value: datetime | str | None, zone: str) -> str:
    """The zone of an instant as UTC+08:00, shown on evidence."""
    if value is None or value == "":
        return ""
    text = as_instant(value).astimezone(zone_of(zone)).strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}"


def span(seconds: float, words: Translations) -> str:
    """A length of time in its two largest units."""
    left = int(abs(seconds))
    if left < MINUTE:
        return words.gettext("less than a minute")
    days, rest = divmod(left, DAY)
    hours, minutes = rest // HOUR, rest % HOUR // MINUTE
    parts = []
    if days:
        parts.append(words.ngettext("%(n)s day", "%(n)s days", days))
    if hours:
        parts.append(words.gettext("%(n)s h", n=hours))
    if minutes and not days:
        parts.append(words.gettext("%(n)s min", n=minutes))
    return " ".join(parts[:2])


def device_claim(device_at: datetime | None, heard_at: datetime, zone: str, words: Translations) -> str:
    """What the device said the time was, as a claim beside the server's; '' where they agree.

    A device that is behind may have a slow clock, or it has kept the scan without a connection.
    """
    if device_at is None or abs((device_at - heard_at).total_seconds()) <= CLOCKS_AGREE_S:
        return ""
    away = (device_at - heard_at).total_seconds()
    at = device_at.astimezone(zone_of(zone))
    near = abs(away) < DAY / 2
    said = at.strftime("%H:%M:%S" if near else "%Y-%m-%d %H:%M:%S")
    if away > 0:
        return words.gettext(
            "device says %(at)s, %(time)s ahead of the server", at=said, time=_exact(away, words)
        )
    return words.gettext(
        "device says %(at)s, %(time)s before the server heard of it", at=said, time=_exact(away, words)
    )


def _exact(seconds: float, words: Translations) -> str:
    """A length of time that is told in seconds below a minute."""
    whole = round(abs(seconds))
    return words.gettext("%(n)s s", n=whole) if whole < MINUTE else span(whole, words)


def due(value: datetime | None, now: datetime, words: Translations) -> tuple[str, str]:
    """Tone and words of a deadline: `late`, `soon` (an hour or less) or `calm`."""
    if value is None:
        return "calm", words.gettext("no deadline")
    left = (value - now).total_seconds()
    if left < 0:
        return "late", words.gettext("%(time)s overdue", time=span(left, words))
    tone = "soon" if left <= HOUR else "calm"
    return tone, words.gettext("due in %(time)s", time=span(left, words))


def remaining(days: int | None, words: Translations) -> tuple[str, str]:
    """Tone and words of the days that are left: 0 is the last day, negative is over (the service counts)."""
    if days is None:
        return "calm", words.gettext("no expiry")
    if days < 0:
        return "bad", words.ngettext("over for %(n)s day", "over for %(n)s days", -days)
    tone = "warn" if days <= NEAR_DAYS else "calm"
    if days == 0:
        return tone, words.gettext("last day today")
    return tone, words.ngettext("%(n)s day left", "%(n)s days left", days)


def short_hash(value: str | None) -> str:
    """The beginning of a digest; the whole of it stands in the title."""
    return (value or "")[:HEX_SHOWN]

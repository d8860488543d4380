"""Domain: dates in recall notices - Republic years, months, English months, "before" and "between".

A month counts whole. Where the words leave open whether the day itself is meant, it is: a recall that names a
batch too many is put right by the person who confirms it, one that names too few is not.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date

REPUBLIC = 1911
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_NAMES = "|".join(f"{name}[A-Z]*" for name in _MONTHS)
_FIRST_WESTERN = 1000
_CENTURY = 100

DATE = (
    r"(?:\d{2,4}年\d{1,2}月(?:\d{1,2}日?)?"
    r"|\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?!\d)"
    r"|\d{1,2}[-/]\d{1,2}[-/](?:\d{4}|\d{2})(?!\d)"
    r"|\d{1,2}[-/](?:\d{4}|\d{2})(?![\d/])"
    rf"|\d{{1,2}}\s?(?i:{_NAMES})\.?\s?\d{{4}}"
    rf"|(?i:{_NAMES})\.?\s(?:\d{{1,2}},\s?)?\d{{4}})"
)
"""A day or a month, as a pattern without groups."""
_CHINESE = re.compile(r"(\d{2,4})年(\d{1,2})月(?:(\d{1,2})日?)?$")
_WESTERN = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?$")
_AMERICAN = re.compile(r"(\d{1,2})[-/](?:(\d{1,2})[-/])?(\d{4}|\d{2})$")
_DAY_FIRST = re.compile(rf"(\d{{1,2}})\s?((?i:{_NAMES}))\.?\s?(\d{{4}})$")
_MONTH_FIRST = re.compile(rf"((?i:{_NAMES}))\.?\s(?:(\d{{1,2}}),\s?)?(\d{{4}})$")


@dataclass(frozen=True)
class Days:
    """The days that a date names: one, or all of a month."""

    first: date
    last: date


def days_of(text: str) -> Days | None:
    """The days of a text that `DATE` matches; None when there is no such day.

    Three-digit and two-digit years before 年 are those of the Republic (105年 = 2016); American order of
    month and day with slashes.
    """
    try:
        year, month, day = _parts(text.strip())
        if day is not None:
            return Days(date(year, month, day), date(year, month, day))
        return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    except (ValueError, calendar.IllegalMonthError):
        return None


def _parts(text: str) -> tuple[int, int, int | None]:
    if found := _CHINESE.match(text):
        year = int(found[1])
        return (year if year >= _FIRST_WESTERN else year + REPUBLIC), int(found[2]), _number(found[3])
    if found := _WESTERN.match(text):
        return int(found[1]), int(found[2]), _number(found[3])
    if found := _AMERICAN.match(text):
        year = int(found[3])
        return (year if year >= _CENTURY else year + 2000), int(found[1]), _number(found[2])
    if found := _DAY_FIRST.match(text):
        return int(found[3]), _month(found[2]), int(found[1])
    if found := _MONTH_FIRST.match(text):
        return int(found[3]), _month(found[1]), _number(found[2])
    raise ValueError(text)


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].upper()) + 1

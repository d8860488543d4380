"""Domain codes: check digits, dates and characters by the GS1 General Specifications."""

import re
from calendar import monthrange
from datetime import date

from domain.batches import four_digit_year

_CSET82 = re.compile(r"""^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+$""", re.ASCII)
_DATE = re.compile(r"^(\d{2})(\d{2})(\d{2})$", re.ASCII)


def check_digit(digits: str) -> int:
    """The mod-10 check digit that belongs behind `digits` (weights 3 and 1 from the right)."""
    weighted = (int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -sum(weighted) % 10


def check_digit_fits(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return (
        len(digits) > 1
        and digits.isascii()
        and digits.isdigit()
        and check_digit(digits[:-1]) == int(digits[-1])
    )


def gs1_date(value: str, today: date) -> date | None:
    """`YYMMDD`; day 00 is the last day of the month; None for what is no date. The century slides."""
    found = _DATE.match(value)
    if found is None:
        return None
    year, month, day = four_digit_year(int(found[1]), today), int(found[2]), int(found[3])
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        return None


def is_cset82(text: str) -> bool:
    """Whether every character is one that batch and serial numbers may have."""
    return bool(_CSET82.match(text))

"""Domain: exact decimals as strings - their one spelling and an order that bytes can carry.

A measured value keeps the scale in which it was read (`8.0` is not rewritten to `8`): the record shows what
was observed. Never a float. Knows nothing of forms or expressions.
"""

from __future__ import annotations

import re
from decimal import Decimal

_SPELLING = re.compile(r"^[+-]?\d{1,24}(\.\d{1,18})?$", re.ASCII)
_SCALE = 18
_OFFSET = 10**42
_WIDTH = 43


class NotADecimal(ValueError):
    """The text is not a plain decimal number of at most 24 digits before and 18 after the point."""

    code = "not_a_decimal"


def canonical_decimal(text: str) -> str:
    """The spelling kept in data: no plus, no leading zeros, no exponent, scale as entered, `-0` is `0`."""
    text = text.strip()
    if not _SPELLING.match(text):
        raise NotADecimal(text[:60])
    value = Decimal(text)
    return format(abs(value) if value == 0 else value, "f")


def order_key(text: str) -> bytes:
    """Bytes of fixed width that sort like the numbers they stand for; equal numbers, equal bytes."""
    if not _SPELLING.match(text):
        raise NotADecimal(text[:60])
    digits = text.lstrip("+-")
    whole, _, fraction = digits.partition(".")
    scaled = int(whole + fraction.ljust(_SCALE, "0"))
    return str(_OFFSET + (-scaled if text.startswith("-") else scaled)).zfill(_WIDTH).encode()


def from_order_key(key: bytes) -> str:
    """The number that an order key stands for, in its shortest spelling."""
    scaled = int(key) - _OFFSET
    whole, fraction = divmod(abs(scaled), 10**_SCALE)
    tail = str(fraction).rjust(_SCALE, "0").rstrip("0")
    return ("-" if scaled < 0 else "") + str(whole) + (f".{tail}" if tail else "")

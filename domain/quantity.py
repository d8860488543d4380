"""Domain: exact quantities - whole numbers of a base unit, rational conversions, never a float.

It knows units and ratios, no material and no table.
"""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import ClassVar

from domain.errors import Refusal
from domain.half_width import half_width

MAX_BASE = 2**53 - 1
"""Beyond it a quantity has no canonical JSON number."""

_NUMBER = re.compile(r"^\+?[0-9]{1,15}(\.[0-9]{1,9})?$", re.ASCII)


class QuantityNotReadable(Refusal):
    """Not a positive decimal number as people write one."""

    code = "quantity_not_readable"
    kind: ClassVar = "invalid"
    zh = "无法识别数量：{quantity}"
    en = "Not a readable quantity: {quantity}"


class QuantityNotWhole(Refusal):
    """The quantity is no whole, positive number of the base unit."""

    code = "quantity_not_whole"
    kind: ClassVar = "invalid"
    zh = "{quantity} 换算后不是整数个基本单位"
    en = "{quantity} is not a whole number of base units"


class RatioNotPositive(ValueError):
    """A unit holds a positive number of base units."""


def ratio(numerator: int, denominator: int = 1) -> Fraction:
    """Base units in one unit: a box of 12 is 12/1, a tablet of a base unit strip of 10 is 1/10."""
    if numerator <= 0 or denominator <= 0:
        raise RatioNotPositive(f"{numerator}/{denominator}")
    return Fraction(numerator, denominator)


def read_quantity(written: int | str | Decimal | Fraction) -> Fraction:
    """The exact number that was written; floats are not accepted, they have lost it already."""
    if isinstance(written, bool | float):
        raise QuantityNotReadable(quantity=written)
    if isinstance(written, str):
        text = half_width(written).strip()
        if not _NUMBER.match(text):
            raise QuantityNotReadable(quantity=written[:40])
        return Fraction(text)
    try:
        return Fraction(written)
    except (ValueError, OverflowError, InvalidOperation) as unreadable:
        raise QuantityNotReadable(quantity=written) from unreadable


def to_base(quantity: int | str | Decimal | Fraction, factor: Fraction = Fraction(1)) -> int:
    """The quantity in base units, exactly; QuantityNotWhole when that is no positive whole number."""
    exact = read_quantity(quantity) * factor
    if exact.denominator != 1 or not 0 < exact.numerator <= MAX_BASE:
        raise QuantityNotWhole(quantity=quantity)
    return exact.numerator


def in_unit(base: int, factor: Fraction) -> Fraction:
    """A number of base units in another unit, exactly."""
    return Fraction(base) / factor


def as_units(base: int, factor: Fraction) -> tuple[int, int]:
    """Whole units, and the base units that are left over: 30 pieces by boxes of 12 are 2 boxes and 6.

    A unit that is no whole number of base units counts only where it comes out even.
    """
    whole = int(in_unit(base, factor))
    whole -= whole % factor.denominator
    return whole, base - int(whole * factor)

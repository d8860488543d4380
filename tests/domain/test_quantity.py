"""Exact quantities."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quantity import (
    MAX_BASE,
    QuantityNotReadable,
    QuantityNotWhole,
    RatioNotPositive,
    as_units,
    in_unit,
    ratio,
    to_base,
)


@pytest.mark.parametrize(
    ("written", "factor", "base"),
    [
        (3, Fraction(12), 36),
        ("2.5", Fraction(12), 30),
        (Decimal("0.1"), Fraction(10), 1),
        ("120", Fraction(1, 10), 12),
        ("0.75", Fraction(4, 3), 1),
    ],
)
def test_a_quantity_becomes_base_units_exactly(
    written: int | str | Decimal, factor: Fraction, base: int
) -> None:
    assert to_base(written, factor) == base


@pytest.mark.parametrize("written", [0, "0", "0.0", -1, "1.5", MAX_BASE + 1])
def test_what_is_no_positive_whole_number_is_refused(written: int | str) -> None:
    with pytest.raises((QuantityNotWhole, QuantityNotReadable)):
        to_base(written)


@pytest.mark.parametrize(
    "written", ["", "1e3", "1,5", "٣", "0x1", "-1", "1.", "NaN", 1.0, True, Decimal("NaN")]
)
def test_what_is_no_number_is_refused(written: object) -> None:
    with pytest.raises(QuantityNotReadable):
        to_base(written)  # type: ignore[arg-type]


def test_digits_of_a_chinese_keyboard_are_digits() -> None:
    assert to_base("１２") == 12


def test_a_unit_holds_a_positive_number_of_base_units() -> None:
    assert ratio(12) == 12
    for numerator, denominator in ((0, 1), (-1, 1), (1, 0)):
        with pytest.raises(RatioNotPositive):
            ratio(numerator, denominator)


@given(st.integers(1, 10**9), st.fractions(Fraction(1, 1000), 1000))
def test_conversion_forth_and_back_loses_nothing(base: int, factor: Fraction) -> None:
    assert to_base(in_unit(base, factor), factor) == base


@given(st.integers(0, 10**9), st.fractions(Fraction(1, 1000), 1000))
def test_units_and_the_rest_make_the_whole(base: int, factor: Fraction) -> None:
    whole, rest = as_units(base, factor)
    assert (whole * factor) + rest == base
    assert rest >= 0
    if factor.denominator == 1:
        assert rest < factor

"""SSCCs have their check digit; whatever is packed, every unit is in exactly one package."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.codes import parse_scan
from domain.codes.digits import check_digit_fits
from domain.packages import PackagesNotFit, Packed, shares, sscc

B1 = UUID(int=1)


def test_an_sscc_is_the_one_of_the_general_specifications() -> None:
    assert sscc("0614141", 1234567890 % 10**9, 1) == "106141412345678908"


@given(prefix=st.text("0123456789", min_size=6, max_size=12), reference=st.integers(0, 9999))
def test_every_sscc_has_18_digits_and_is_read_back(prefix: str, reference: int) -> None:
    made = sscc(prefix, reference)
    assert len(made) == 18
    assert check_digit_fits(made)
    assert parse_scan(f"]C100{made}").sscc == made


@pytest.mark.parametrize(("prefix", "reference"), [("123456789012", 10_000), ("12a4567", 1), ("1234567", -1)])
def test_a_reference_without_room_is_refused(prefix: str, reference: int) -> None:
    with pytest.raises(ValueError, match="room"):
        sscc(prefix, reference)


def packed(quantity: int = 20, first: int = 1, count: int = 1, line: int = 1, **more: object) -> Packed:
    return Packed(line, B1, f"B{line}", quantity, first, count, **more)  # type: ignore[arg-type] # kinds


def quantities(*lines: Packed) -> dict[int, list[int]]:
    return {number: [share.quantity for share in inside] for number, inside in shares(lines).items()}


def test_full_cartons_come_first_and_the_rest_in_the_last() -> None:
    assert quantities(packed(25, count=3, per_package=10)) == {1: [10], 2: [10], 3: [5]}
    assert quantities(packed(25, count=2, per_package=10)) == {1: [13], 2: [12]}
    assert quantities(packed(20), packed(5, line=2)) == {1: [20, 5]}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([packed(2, count=3)], "装不满"),
        ([packed(20, first=2)], "没有第 1 箱"),
        ([packed(20), packed(5, first=3, line=2)], "没有第 2 箱"),
        ([packed(20), packed(5, line=2, cold=True)], "不得同箱"),
        ([packed(20, special=True), packed(5, line=2)], "不得同箱"),
    ],
)
def test_a_packing_that_cannot_be_is_refused_in_words(lines: list[Packed], why: str) -> None:
    with pytest.raises(PackagesNotFit) as refused:
        shares(lines)
    assert why in refused.value.message("zh")
    assert refused.value.message("en").isascii()


one_line = st.tuples(st.integers(1, 200), st.integers(1, 12), st.sampled_from([None, 1, 7, 10]))


@given(lines=st.lists(one_line, min_size=1, max_size=6))
def test_every_unit_is_in_exactly_one_package(lines: list[tuple[int, int, int | None]]) -> None:
    given_, first = [], 1
    for number, (quantity, wanted, carton) in enumerate(lines, 1):
        count = min(wanted, quantity)
        given_.append(packed(quantity, first, count, number, per_package=carton))
        first += count
    made = shares(given_)
    assert list(made) == list(range(1, first))
    for line in given_:
        inside = [share.quantity for shares_ in made.values() for share in shares_ if share.line == line.line]
        assert sum(inside) == line.quantity
        assert len(inside) == line.count
        assert min(inside) > 0

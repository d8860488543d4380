"""A scan against a list: whatever is scanned, the verdict names a line of the list or says why not."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.scan_matching import Candidate, Scanned, Verdict, match

TEXTS = st.text(max_size=12)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))


def line(number: int = 1, *, scanned: int = 0, same: bool = True, factor: int = 1, **data: Any) -> Candidate:
    given = {"material": "M1", "batch_number": "B1", "quantity": 10, "expires_on": "2028-05-31", **data}
    return Candidate(number, given, scanned, same, factor)


def judge(scanned: Scanned, *lines: Candidate, **more: Any) -> Verdict:
    known: dict[str, Any] = {"location": None, "serial_seen": False, "reveal": None, **more}
    return match(scanned, lines, **known)


def test_the_line_that_still_lacks_something_comes_first() -> None:
    found = judge(Scanned("x", gtin="g", batch="B1"), line(1, scanned=10), line(2, scanned=3))
    assert (found.verdict, found.line) == ("matched", 2)


def test_of_one_batch_at_two_places_the_line_at_hand_is_meant_until_it_is_full() -> None:
    code, lines = Scanned(raw="B1"), (line(1, quantity=3), line(2, scanned=1, quantity=2))
    assert [judge(code, *lines, line=at).line for at in (None, 1, 2)] == [1, 1, 2]
    full = (line(1, quantity=3), line(2, scanned=2, quantity=2))
    assert judge(code, *full, line=2).line == 1


def test_each_reader_hears_the_goods_in_the_own_language() -> None:
    known = replace(line(material_name="阿司匹林片"), material_en="Aspirin tablets")
    said = judge(Scanned("x", gtin="g", batch="B1"), known).message
    assert (said.zh, said.in_language("en")) == ("第1行 阿司匹林片 B1", "Line 1 Aspirin tablets B1")
    nameless = judge(Scanned("x", gtin="g", batch="B1"), line(material_name="阿司匹林片")).message
    assert nameless.in_language("en") == "Line 1 阿司匹林片 B1"


def test_a_batch_number_of_two_materials_is_that_of_the_line_at_hand_or_of_none() -> None:
    lines = line(1, material="M1"), line(5, material="M5"), line(6, material="M5")
    typed = Scanned("B1")
    assert judge(typed, *lines).code == "goods_needed"
    assert judge(typed, *lines, line=5).line == 5
    assert judge(typed, *lines, line=1).line == 1
    assert judge(typed, *lines, line=9).code == "goods_needed"
    assert judge(Scanned("x", gtin="g", batch="B1"), line(1), line(2)).line == 1


def test_a_carton_counts_as_what_is_in_it() -> None:
    found = judge(Scanned("x", gtin="g", batch="B1"), line(factor=5))
    assert found.quantity == 5
    assert judge(Scanned("x", gtin="g", batch="B1"), line(factor=5, scanned=6)).code == "over_quantity"


def test_more_expected_batches_than_three_are_not_all_named() -> None:
    many = [line(n, batch_number=f"B{n}") for n in range(1, 6)]
    found = judge(Scanned("x", gtin="g", batch="Z"), *many)
    assert found.code == "wrong_batch" and "B3" in found.message.zh and "B4" not in found.message.zh


def test_a_place_is_a_place_only_if_no_line_has_that_code() -> None:
    assert judge(Scanned("A-01"), location="A-01").location == "A-01"
    assert judge(Scanned("A-01"), line(), location="A-01").line == 1


def test_what_no_parser_could_read_says_why() -> None:
    unreadable = Scanned("123", problem=("code_check_digit", "校验位不符", "check digit"))
    assert judge(unreadable).code == "code_check_digit"
    assert judge(unreadable, line()).verdict == "matched", "a batch number may look like a wrong code"


SCANNED = st.builds(
    Scanned,
    raw=TEXTS,
    gtin=st.none() | st.just("g"),
    batch=st.none() | st.sampled_from(["B1", "B2", " B1 "]),
    serial=st.none() | st.sampled_from(["S1", "S2"]),
    expires_on=st.none() | DAYS,
    quantity=st.none() | st.integers(0, 30),
)
LINES = st.lists(
    st.builds(
        line,
        st.integers(1, 9),
        scanned=st.integers(0, 20),
        same=st.booleans(),
        factor=st.integers(1, 10),
        batch_number=st.sampled_from(["B1", "B2"]),
        serials=st.lists(st.sampled_from(["S1", "S2"]), unique=True),
    ),
    max_size=5,
)


@given(SCANNED, LINES, st.none() | st.just("A-01"), st.booleans(), st.none() | st.just(["material"]))
def test_every_scan_has_a_verdict_that_holds(
    scanned: Scanned, lines: list[Candidate], location: str | None, seen: bool, reveal: list[str] | None
) -> None:
    found = match(scanned, lines, location=location, serial_seen=seen, reveal=reveal)
    assert found.code and found.message.zh and found.message.en
    if found.verdict == "refused" or found.location:
        assert found.quantity is None
        return
    [chosen, *_] = [c for c in lines if c.line == found.line]
    assert found.quantity is not None
    if scanned.gtin and scanned.batch:
        assert any(
            c.same_material and c.data["batch_number"] == scanned.batch.strip()
            for c in lines
            if c.line == found.line
        )
    if reveal is None and len([c for c in lines if c.line == found.line]) == 1:
        assert chosen.scanned + found.quantity <= chosen.data["quantity"]
    if scanned.serial:
        assert not seen

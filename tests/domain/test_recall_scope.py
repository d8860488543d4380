"""A notice's text is read whole: what is a batch, a range, a date - and what nobody understood."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recall_numbers import LotRange, alike, same
from domain.recall_scope import Scope, read_scope


def numbers(text: str) -> list[str]:
    """Every number that the text names, ranges counted out."""
    named: list[str] = []
    for term in read_scope(text).terms:
        named += list(term.span.numbers()) if term.span else [term.number or term.kind]
    return named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("7081201-7081203、7081207、全部批号", ["7081201", "7081202", "7081203", "7081207", "all"]),
        ("批号:240601,240603", ["240601", "240603"]),
        ("批號A1104及A1106", ["A1104", "A1106"]),
        ("Lot #: 24A01; 24A02; and 24A03", ["24A01", "24A02", "24A03"]),
        ("Batch No. QX-77-0105", ["QX-77-0105"]),
        ("2４０６０１－２４０６０３", ["240601", "240602", "240603"]),
        ("XQ098-XQ101", ["XQ098", "XQ099", "XQ100", "XQ101"]),
        ("XQ080073-0075", ["XQ080073", "XQ080074", "XQ080075"]),
        ("ABX16 K001-K003", ["ABX16 K001", "ABX16 K002", "ABX16 K003"]),
        ("551301~551303", ["551301", "551302", "551303"]),
        ("240601至240602", ["240601", "240602"]),
        ("24015-1、24016-2", ["24015-1", "24016-2"]),
        ("3038-1601", ["3038-1601"]),
        ("40-06-0005、40-06-0006", ["40-06-0005", "40-06-0006"]),
        ("ABV K002、ABV K005", ["ABV K002", "ABV K005"]),
        ("效期內全批號", ["all"]),
        ("市售所有有效期產品", ["all"]),
        ("All lots", ["all"]),
        ("甲片 0.5 毫克(批号00077669)、乙胶囊(批号00077012、00077601)", ["00077669", "00077012", "00077601"]),
        ("10 ml包裝批號:13L06B；5 ml包裝批號:13J21B", ["13L06B", "13J21B"]),
        ("24001、24002 (包裝規格200毫升/瓶)共2批", ["24001", "24002"]),
        ("1) - 3) Lot 24001", ["24001"]),
        ("Lot 24001, Exp 12/2027; 24002, Exp 01/28", ["24001", "24002"]),
    ],
)
def test_numbers_and_ranges_are_named(text: str, named: list[str]) -> None:
    assert numbers(text) == named
    assert read_scope(text).understood


@pytest.mark.parametrize(
    ("text", "basis", "first", "last"),
    [
        ("有效期限2027年01月04日以前之所有批號", "expiry", None, date(2027, 1, 4)),
        ("有效期限107年10月以前的全批號", "expiry", None, date(2018, 10, 31)),
        ("效期105年12月前所有批號", "expiry", None, date(2016, 12, 31)),
        ("104年5月20日前生產之批號", "production", None, date(2015, 5, 20)),
        ("製造日期102年3月27日以前的全批號", "production", None, date(2013, 3, 27)),
        ("生产日期2026年3月1日以后的批号", "production", date(2026, 3, 1), None),
        ("103年5月29日至104年4月27日之所有生產批號", "production", date(2014, 5, 29), date(2015, 4, 27)),
        (
            "All lots distributed 02/23/2026 through 03/10/2026.",
            "distribution",
            date(2026, 2, 23),
            date(2026, 3, 10),
        ),
        ("Exp 5/31/27", "expiry", date(2027, 5, 31), date(2027, 5, 31)),
    ],
)
def test_spans_of_dates_are_a_scope(text: str, basis: str, first: date | None, last: date | None) -> None:
    scope = read_scope(text)
    (term,) = scope.terms
    assert (term.kind, term.basis, term.from_day, term.to_day) == ("dates", basis, first, last)
    assert scope.understood


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("见附件", "not_understood"),
        ("109202-1093203", "broken_range"),
        ("240609~240601", "broken_range"),
        ("24001、24002等批号", "open_list"),
        ("24001、24002共3批", "count_differs"),
        ("F0002-3", "hyphen"),
        ("0038-1601", "many"),
        ("031A77B-031C52B", "letters"),
        ("ABCD、EFGH", "letters_only"),
        ("24001、24002（前两批经检验合格，不召回）", "not_understood"),
        ("除24001外全部批号", "not_understood"),
        ("有效期限2027年13月以前的全批號", "not_understood"),
        ("All lots except 24001", "not_understood"),
    ],
)
def test_what_is_doubtful_or_not_understood_says_so(text: str, problem: str) -> None:
    scope = read_scope(text)
    assert problem in scope.problems
    assert not scope.understood


def test_a_stated_number_that_fits_is_no_problem() -> None:
    assert read_scope("24001-24003、24010，共4批；31001、31002共二批").understood


def whole(scope: Scope) -> str:
    return "".join(part.text for part in scope.parts)


WORDS = "全部批号|批号:|Lot #|、|，|-|~|至|及|(|)|共3批|等|105年9月以前|All lots| through |Exp 12/2027|除外|A1|240601|TX-1"
PIECES = st.one_of(st.sampled_from([*WORDS.split("|"), "\n", " ", "１２３"]), st.text(max_size=6))


@given(st.lists(PIECES, max_size=20).map("".join))
def test_nothing_of_the_text_is_lost(text: str) -> None:
    scope = read_scope(text)
    assert whole(scope) == unicodedata.normalize("NFKC", text)
    assert all(part.text for part in scope.parts)
    assert scope.understood == (not scope.problems)


@given(
    st.from_regex(r"[A-Z]{0,3}", fullmatch=True),
    st.integers(3, 6),
    st.integers(0, 899),
    st.integers(1, 90),
    st.from_regex(r"[A-Z]?", fullmatch=True),
    st.sampled_from(["-", "~", "至", " - ", "–"]),
)
def test_a_range_says_its_numbers_and_comes_back(
    series: str, width: int, start: int, more: int, tail: str, sign: str
) -> None:
    first, last = (f"{series}{value:0{width}d}{tail}" for value in (start, start + more))
    (term,) = read_scope(f"{first}{sign}{last}").terms
    assert term.span is not None
    named = list(term.span.numbers())
    assert named == [f"{series}{value:0{width}d}{tail}" for value in range(start, start + more + 1)]
    assert term.span.size == len(named)
    assert all(term.span.holds(number) for number in named)
    assert not term.span.holds(f"{series}{start + more + 1:0{width}d}{tail}")
    assert not term.span.holds(f"9{first}")


@given(st.lists(st.from_regex(r"[A-Z]{0,2}[0-9]{4,7}", fullmatch=True), min_size=1, max_size=30, unique=True))
def test_a_list_of_numbers_comes_back_in_order(given_numbers: list[str]) -> None:
    assert numbers("、".join(given_numbers)) == given_numbers


def test_a_range_between_letters_holds_only_its_own_shape() -> None:
    lettered = LotRange("031A77B", "031C52B", "letters")
    assert lettered.size is None
    assert list(lettered.numbers()) == []
    assert lettered.holds("031B99B")
    assert not lettered.holds("031C53B")
    assert not lettered.holds("31B99B")


def test_numbers_are_the_same_without_blanks_and_alike_without_signs() -> None:
    assert same(" ab 12") == "AB12"
    assert alike("KBO-U16H") == alike("kb0u16h")
    assert alike("24001") != alike("24002")

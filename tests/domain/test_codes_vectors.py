"""GS1's own test vectors (data/gs1): all that apply, and for the others the reason why not."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.codes import CodeNotReadable, parse_scan
from domain.codes.digits import check_digit_fits, gs1_date, is_cset82
from domain.codes.gs1 import FNC1, digital_link, element_string
from domain.errors import Refusal

TODAY = date(2026, 11, 24)

ELSEWHERE = (
    "content of an AI that no medicine, device or logistic label here uses; its text is kept as it stands"
)
LENIENT_DL = "zero-suppressed GTINs of older Digital Links are read"
NOT_GS1 = "a carrier with free text is no code of ours; it is looked up as it stands"

NOT_APPLIED: dict[str, dict[str, str]] = {
    "parse_unbracketed": {
        "^7007211225211": ELSEWHERE,
        "^70072112252112": ELSEWHERE,
        "^700721122521123": ELSEWHERE,
        "^800302112345678901ABC": ELSEWHERE,
    },
    "parse_bracketed": {
        "(10)12345\\(": "escaped brackets are the engine's own notation, no reader sends them"
    },
    "parse_dl_uri": {
        "HtTp://a/b/00/006141411234567890": "its check digit is wrong, which is found one step later",
        "https://a/01/2112345678900": LENIENT_DL,
        "https://a/01/416000336108": LENIENT_DL,
        "https://a/8004/9520614141234567?01=02345673": "a zero-suppressed GTIN as an attribute",
        "https://example.com/01/09520123456788?99=XYZ&89=ABC123": "unknown AIs are refused, permitted or not",
    },
    "process_scan_data": {
        "]Q1\\^TESTING": NOT_GS1,
        "]d1TESTING": NOT_GS1,
        "]d1^TESTING": NOT_GS1,
        "]J0": NOT_GS1,
        "]J0TESTING": NOT_GS1,
        "]J0^TESTING": NOT_GS1,
        "]J0\\^TESTING": NOT_GS1,
        "]E0123456789012": "some readers send UPC-A with 12 digits; the check digit protects it",
        "]E402345673|]e099COMPOSITE\x1d98XYZ": "composite symbols are not printed on medicines in China",
    },
    "ai_association": {
        "(01)12345678901231(255)5412345000150": ELSEWHERE,
        "(3940)1234(8111)9999": ELSEWHERE,
        "(02)12345678901231(37)123": "labels that give SSCC and content in two symbols are read one by one",
        "(02)12345678901231(99)AAA(37)123": "as above",
        "(8030)DIGSIG": ELSEWHERE,
        "(8030)DIGSIG(8010)1234567890": ELSEWHERE,
        "(8003)01234567890128(8030)ABC123": ELSEWHERE,
    },
}
LINTED = ("00", "01", "02", "10", "11", "17", "21", "30", "37")
"""Content checks are made for these; other AIs are kept as they stand (see ELSEWHERE)."""


def vectors(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = (folder / "gs1" / "vectors" / f"{kind}.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def accepts(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except Refusal:
        return False
    return True


def unbracketed(text: str) -> object:
    if not text.startswith("^"):
        raise CodeNotReadable(raw=text)
    return element_string(text.replace("^", FNC1))


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("parse_unbracketed", unbracketed),
        ("parse_bracketed", element_string),
        ("parse_dl_uri", digital_link),
        ("process_scan_data", parse_scan),
        ("ai_association", parse_scan),
    ],
)
def test_codes_are_read_as_the_gs1_engine_reads_them(
    shared_data: Path, kind: str, read: Callable[[str], object]
) -> None:
    cases = vectors(shared_data, kind)
    left_out = NOT_APPLIED[kind]
    wrong = [
        c["input"] for c in cases if accepts(read, c["input"]) != c["valid"] and c["input"] not in left_out
    ]
    assert wrong == []
    assert set(left_out) <= {case["input"] for case in cases}


def test_bracketed_and_raw_forms_say_the_same(shared_data: Path) -> None:
    for case in vectors(shared_data, "parse_bracketed"):
        if case["valid"] and case["input"] not in NOT_APPLIED["parse_bracketed"]:
            assert element_string(case["input"]) == unbracketed(case["expect"])


def test_a_digital_link_says_what_its_raw_form_says(shared_data: Path) -> None:
    for case in vectors(shared_data, "parse_dl_uri"):
        if case["valid"] and case["input"] not in NOT_APPLIED["parse_dl_uri"]:
            assert sorted(digital_link(case["input"])) == sorted(unbracketed(case["expect"]))  # type: ignore[call-overload]


def test_contents_that_we_use_are_checked(shared_data: Path) -> None:
    cases = [c for c in vectors(shared_data, "lint_bracketed") if c["input"][1:3] in LINTED]
    assert len(cases) == 4
    for case in cases:
        assert accepts(parse_scan, case["input"]) == case["valid"], case


@pytest.mark.parametrize(
    ("linter", "check"),
    [
        ("csum", check_digit_fits),
        ("cset82", is_cset82),
        ("yymmd0", lambda value: gs1_date(value, TODAY) is not None),
    ],
)
def test_components_are_checked_as_the_gs1_linters_do(
    shared_data: Path, linter: str, check: Callable[[str], bool]
) -> None:
    cases = [case for case in vectors(shared_data, "linter") if case["linter"] == linter]
    assert cases
    assert [case["input"] for case in cases if check(case["input"]) != case["valid"]] == []


def test_check_digits_of_gtins(shared_data: Path) -> None:
    for case in vectors(shared_data, "check_digit"):
        assert check_digit_fits(case["input"]) == case["valid"]

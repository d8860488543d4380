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
from ops.settings import REPOSITORY

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
    "generate_dl_uri": {
        "(8010)0200(3133)333333(3300)000000(99)57(3133)333333(3300)000000(01)04065093955756(10)0"
        "(3133)333333(3300)000000(01)04065093955756": ELSEWHERE,
    },
}
UNCHECKED_AIS: dict[str, str] = {
    "401": "number of a consignment",
    "426": "country of processing",
    "4300": "postal address of a parcel",
    "4309": "coordinates of a parcel",
    "4326": "release date of a parcel",
    "7023": "assembly of an asset",
    "7252": "person in health care",
    "7258": "order of birth",
    "8007": "bank account",
    "8011": "serial of a component",
    "8013": "global model number of a device",
    "8026": "piece of a trade item",
    "8110": "coupon",
    "8112": "coupon",
}
"""AIs whose content is kept as it stands, because no medicine, device or logistic label here says a fact by it."""
LINTERS_APPLIED: dict[str, Callable[[str], bool]] = {
    "csum": check_digit_fits,
    "cset82": is_cset82,
    "yymmd0": lambda value: gs1_date(value, TODAY) is not None,
}
LINTERS_NOT_APPLIED: dict[str, str] = {
    **dict.fromkeys(("couponcode", "couponposoffer"), "coupons"),
    **dict.fromkeys(("iso3166", "iso3166alpha2", "iso3166999", "iso4217"), "countries and currencies"),
    **dict.fromkeys(("iban", "iso5218", "latitude", "longitude", "mediatype", "packagetype"), "code lists"),
    **dict.fromkeys(
        ("cset39", "cset64", "csumalpha", "importeridx", "pcenc", "winding", "yesno"), "other AIs"
    ),
    **dict.fromkeys(
        ("hh", "hhmi", "mi", "ss", "yyyymmd0", "yyyymmdd", "yymmdd"), "times and dates of other AIs"
    ),
    **dict.fromkeys(("pieceoftotal", "posinseqslash", "hyphen", "hasnondigit"), "parts of other AIs"),
    **dict.fromkeys(("nonzero", "zero", "nozeroprefix", "csetnumeric"), "numbers of other AIs"),
}
"""Checks of components that no AI has of which we take a fact."""
FILES_NOT_APPLIED: dict[str, str] = {
    "dl_path_key_sequence": "order of keys for who makes links; what we read is in parse_dl_uri",
    "error_markup_bracketed": "how the engine marks a place in its own message",
    "uri_escape": "for who makes links; we make none",
    "uri_unescape": "percent-decoding is the standard library's",
}
FILES_APPLIED = frozenset({*NOT_APPLIED, "lint_bracketed", "linter", "check_digit"}) | {
    "generate_dl_uri",
    "generate_scan_data",
}
REASONS = REPOSITORY / "docs" / "reference" / "gs1-vectors.md"


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


def test_contents_are_checked_but_for_those_of_ais_that_say_nothing_here(shared_data: Path) -> None:
    cases = vectors(shared_data, "lint_bracketed")
    wrong = [case for case in cases if accepts(parse_scan, case["input"]) != case["valid"]]
    assert [c for c in wrong if c["input"][1:].partition(")")[0] not in UNCHECKED_AIS] == []
    assert len(cases) > len(wrong)


@pytest.mark.parametrize("linter", LINTERS_APPLIED)
def test_components_are_checked_as_the_gs1_linters_do(shared_data: Path, linter: str) -> None:
    cases = [case for case in vectors(shared_data, "linter") if case["linter"] == linter]
    assert cases
    check = LINTERS_APPLIED[linter]
    assert [case["input"] for case in cases if check(case["input"]) != case["valid"]] == []


def test_a_link_that_another_maker_writes_says_its_elements(shared_data: Path) -> None:
    cases = [c for c in vectors(shared_data, "generate_dl_uri") if c["valid"] and not c.get("options")]
    read = [case for case in cases if case["input"] not in NOT_APPLIED["generate_dl_uri"]]
    assert read
    for case in read:
        assert set(digital_link(case["expect"])) == set(element_string(case["input"]))


def test_what_a_reader_sends_for_a_gs1_symbol_is_read(shared_data: Path) -> None:
    cases = [c for c in vectors(shared_data, "generate_scan_data") if c["valid"]]
    ours = [c for c in cases if "TESTING" not in c["input"] and "|]e0" not in c["expect"]]
    assert ours
    assert [c["expect"] for c in ours if not accepts(parse_scan, c["expect"])] == []


def test_sscc_of_the_vectors_are_read_as_packages(shared_data: Path) -> None:
    texts = {c["input"] for c in vectors(shared_data, "parse_unbracketed") if c["valid"]}
    texts |= {
        c["input"]
        for kind in ("ai_association", "lint_bracketed", "parse_dl_uri")
        for c in vectors(shared_data, kind)
        if c["valid"]
    }
    alone = [text for text in texts if text.startswith(("(00)", "^00")) or "/00/" in text]
    read = [parse_scan(text) for text in alone if accepts(parse_scan, text)]
    assert read
    assert all(code.sscc and check_digit_fits(code.sscc) for code in read)


def test_every_vector_file_and_every_check_is_applied_or_has_its_reason(shared_data: Path) -> None:
    files = {path.stem for path in (shared_data / "gs1" / "vectors").glob("*.jsonl")}
    assert files == FILES_APPLIED | set(FILES_NOT_APPLIED)
    linters = {case["linter"] for case in vectors(shared_data, "linter")}
    assert linters <= set(LINTERS_APPLIED) | set(LINTERS_NOT_APPLIED)
    told = REASONS.read_text("utf-8")
    for name in (*files, *linters, *UNCHECKED_AIS):
        assert f"`{name}`" in told, name
    for reasons in NOT_APPLIED.values():
        assert all(reason in told for reason in reasons.values())


def test_check_digits_of_gtins(shared_data: Path) -> None:
    for case in vectors(shared_data, "check_digit"):
        assert check_digit_fits(case["input"]) == case["valid"]

"""What a scan says: kinds of codes, FNC1 in all its disguises, and nothing but a refusal for everything else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.codes import (
    CodeCheckDigit,
    CodeContradictsItself,
    CodeKind,
    CodeNotReadable,
    CodeNotSupported,
    parse_scan,
)
from domain.codes.digits import check_digit, gs1_date
from domain.codes.gs1 import SUBSTITUTES
from domain.errors import Refusal

TODAY = date(2026, 11, 24)
GTIN = "06901234567892"
MEDICINE = f"01{GTIN}17271130102406AB\x1d2112345"


@pytest.mark.parametrize("prefix", ["", "]C1", "]d2", "]Q3", "\x1d", "]C1\x1d"])
def test_a_medicine_label_gives_material_batch_expiry_and_serial(prefix: str) -> None:
    code = parse_scan(prefix + MEDICINE, today=TODAY)
    assert (code.kind, code.gtin14, code.batch, code.serial) == (CodeKind.GS1, GTIN, "2406AB", "12345")
    assert code.expires_on == date(2027, 11, 30)


@pytest.mark.parametrize("substitute", [*SUBSTITUTES, "~"])
def test_fnc1_may_arrive_in_disguise(substitute: str) -> None:
    text = MEDICINE.replace("\x1d", substitute)
    substitutes = (*SUBSTITUTES, substitute)
    assert parse_scan(text, today=TODAY, substitutes=substitutes).serial == "12345"


def test_the_bracketed_form_is_read() -> None:
    code = parse_scan(f"(01){GTIN}(17)271100(10)A-1(30)12(11)250100", today=TODAY)
    assert (code.batch, code.quantity) == ("A-1", 12)
    assert (code.expires_on, code.produced_on) == (date(2027, 11, 30), date(2025, 1, 31))


def test_a_digital_link_is_read() -> None:
    code = parse_scan(
        f"https://id.example.com/x/01/{GTIN}/10/A%2F1/21/S9?17=271130&linkType=all", today=TODAY
    )
    assert (code.kind, code.gtin14, code.batch, code.serial) == (CodeKind.DIGITAL_LINK, GTIN, "A/1", "S9")
    assert code.expires_on == date(2027, 11, 30)


def test_a_logistic_label_gives_sscc_content_and_count() -> None:
    sscc = "00690123400000001" + str(check_digit("00690123400000001"))
    code = parse_scan(f"]C100{sscc}02{GTIN}3724\x1d10L7", today=TODAY)
    assert (code.kind, code.sscc, code.gtin14, code.quantity, code.batch) == ("gs1", sscc, GTIN, 24, "L7")
    for text in (sscc, f"00{sscc}", f"(00){sscc}"):
        alone = parse_scan(text)
        assert (alone.kind, alone.sscc) == (CodeKind.SSCC, sscc)


@pytest.mark.parametrize("digits", ["6901234567892", "690123456784"[:11] + "9", "96385074"])
def test_a_retail_code_finds_the_material_only(digits: str) -> None:
    digits = digits[:-1] + str(check_digit(digits[:-1]))
    code = parse_scan(digits)
    assert (code.kind, code.gtin14, code.batch) == (CodeKind.GTIN, digits.zfill(14), None)


def test_a_drug_trace_code_is_twenty_digits() -> None:
    code = parse_scan("81234567890123456789")
    assert (code.kind, code.trace_code, code.gtin14) == (CodeKind.TRACE_CODE, "81234567890123456789", None)


def test_twenty_digits_in_a_gs1_carrier_are_elements() -> None:
    assert parse_scan(f"]d201{GTIN}1012").batch == "12"
    assert parse_scan(f"01{GTIN}1012").batch == "12"


def test_a_base_code_has_a_check_digit() -> None:
    digits = "8690000100001"
    code = parse_scan(digits + str(check_digit(digits)))
    assert code.kind is CodeKind.BASE_CODE
    assert code.gtin14 == code.raw
    with pytest.raises(CodeCheckDigit):
        parse_scan(digits + str((check_digit(digits) + 1) % 10))
    assert parse_scan(digits + str(check_digit(digits)), "]I1").kind is CodeKind.GTIN


@pytest.mark.parametrize(
    ("text", "system"),
    [("+H123ABC01234567890D", "HIBC"), ("MA.156.M0.100221.P0204", "MA"), ("ma.156.x", "MA")],
)
def test_other_device_codes_are_named_and_refused(text: str, system: str) -> None:
    with pytest.raises(CodeNotSupported) as refused:
        parse_scan(text)
    assert refused.value.params["system"] == system


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", CodeNotReadable),
        ("A-01-02", CodeNotReadable),
        ("x" * 501, CodeNotReadable),
        ("6901234567893", CodeCheckDigit),
        ("0106901234567893", CodeCheckDigit),
        (f"01{GTIN}17271332", CodeNotReadable),
        (f"01{GTIN}10", CodeNotReadable),
        (f"(01){GTIN}(10)A(10)B", CodeContradictsItself),
        (f"(01){GTIN}(02){GTIN}", CodeContradictsItself),
        ("https://example.com/hello", CodeNotReadable),
        ("http://[broken", CodeNotReadable),
        (f"(01){GTIN}(10)批号", CodeNotReadable),
    ],
)
def test_what_is_misread_is_refused(text: str, error: type[Refusal]) -> None:
    with pytest.raises(error):
        parse_scan(text, today=TODAY)


def test_the_century_slides() -> None:
    assert gs1_date("770101", TODAY) == date(1977, 1, 1)
    assert gs1_date("760101", TODAY) == date(2076, 1, 1)
    assert gs1_date("280200", date(2026, 1, 1)) == date(2028, 2, 29)
    assert gs1_date("490101", date(1999, 1, 1)) == date(2049, 1, 1)


CSET = st.text(st.sampled_from("ABCXYZabc0189-_/.%&+"), min_size=1, max_size=20)


@given(
    gtin=st.integers(0, 10**13 - 1),
    batch=CSET,
    serial=CSET,
    expiry=st.dates(date(2020, 1, 1), date(2060, 12, 31)),
    order=st.permutations(["01", "10", "17", "21"]),
    symbology=st.sampled_from(["]C1", "]d2", "]Q3"]),
    separator=st.sampled_from(["\x1d", *SUBSTITUTES]),
)
def test_a_label_is_read_in_whatever_order_it_was_printed(
    gtin: int, batch: str, serial: str, expiry: date, order: list[str], symbology: str, separator: str
) -> None:
    digits = f"{gtin:013d}"
    values = {"01": digits + str(check_digit(digits)), "10": batch, "17": f"{expiry:%y%m%d}", "21": serial}
    parts = [ai + values[ai] + (separator if ai in {"10", "21"} else "") for ai in order]
    code = parse_scan(symbology + "".join(parts), today=TODAY)
    assert (code.gtin14, code.batch, code.expires_on, code.serial) == (values["01"], batch, expiry, serial)


@given(
    st.text(max_size=80) | st.from_regex(r"(\]..)?[0-9()\x1d]{0,40}") | st.from_regex(r"https?://\S{0,60}")
)
def test_any_text_is_a_code_or_a_refusal(text: str) -> None:
    try:
        code = parse_scan(text, today=TODAY)
    except Refusal:
        return
    else:
        assert code.gtin14 or code.sscc or code.trace_code or code.elements

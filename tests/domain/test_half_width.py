"""What a Chinese input method writes in full width is a number, a date, a code; free text stays as it is."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.document_parts import quantity_of
from domain.forms import check_form
from domain.half_width import half_width
from domain.loose_dates import day_of
from domain.plain_text import Code, Day, Name
from domain.quantity import read_quantity
from domain.sop_definition import Form, FormField, Text
from services.codes import clean, read_code

LABEL = Text(zh="项", en="field")
FORM: Form = {
    "whole": FormField(type="integer", label=LABEL, min=1, max=500),
    "measured": FormField(type="decimal", label=LABEL),
    "day": FormField(type="date", label=LABEL),
    "place": FormField(type="location", label=LABEL),
    "number": FormField(type="text", label=LABEL, pattern="[A-Z]+[0-9]+"),
    "remark": FormField(type="text", label=LABEL),
    "carrier": FormField(type="text", label=LABEL, min_length=2),
}


def wide(text: str) -> str:
    """As an input method writes it."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def filled(**data: str) -> tuple[dict[str, object], dict[str, str]]:
    clean_, errors = check_form(FORM, data, required=lambda _name: False)
    return clean_, {error.field: error.code for error in errors}


def test_numbers_dates_places_and_codes_of_a_form_are_read_in_half_width() -> None:
    given_ = {"whole": "123", "measured": "-4.5", "day": "2027-11-30", "place": "A-01-07", "number": "AB12"}
    found, errors = filled(**{name: wide(value) for name, value in given_.items()})
    assert errors == {}
    assert found == {**given_, "whole": 123}


def test_free_text_stays_as_it_was_written() -> None:
    assert filled(remark="（甲）１号") == ({"remark": "（甲）１号"}, {})


@pytest.mark.parametrize("written", ["１２３４", "①２", "１．５", "一二", "1２x", "1²", "½"])
def test_what_is_no_such_number_is_still_refused(written: str) -> None:
    assert filled(whole=written)[1].get("whole") in {"out_of_range", "not_an_integer"}


@pytest.mark.parametrize(
    ("said", "code"), [("x", "too_short"), ("  x ", "too_short"), ("顺丰", None), ("", None)]
)
def test_a_carrier_has_at_least_two_characters(said: str, code: str | None) -> None:
    assert filled(carrier=said)[1].get("carrier") == code


@given(st.integers(min_value=1, max_value=10**9))
def test_a_quantity_is_the_same_in_both_widths(number: int) -> None:
    assert quantity_of(wide(str(number))) == str(number)
    assert read_quantity(wide(str(number))) == read_quantity(number)


def test_documents_and_imports_read_dates_and_codes_in_both_widths() -> None:
    assert TypeAdapter(Day).validate_python("２０２７－１１－３０") == date(2027, 11, 30)
    assert day_of("２０２７／１１／３０") == date(2027, 11, 30)
    assert TypeAdapter(Code).validate_python("Ｍ０００１") == "M0001"
    assert TypeAdapter(Name).validate_python("Ｍ０００１（上海）") == "Ｍ０００１（上海）"


def test_a_scan_through_an_input_method_is_the_same_code() -> None:
    code = "(01)06901234567892(10)A17"
    assert read_code(clean(wide(code)), None) == read_code(clean(code), None)
    assert clean("\x1d10Ａ17\r\n") == "\x1d10A17"


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_characters_are_never_changed(text: str) -> None:
    assert half_width(text) == text

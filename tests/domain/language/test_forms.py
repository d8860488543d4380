"""Forms: normalised data or every problem at once; nothing unknown, nothing inexact."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.canonical import canonical
from domain.form_checks import broken, names_of
from domain.forms import check_form, json_schema, pattern_is_sound
from domain.sop_definition import Check, FormField, Text
from tests.domain.language.definitions import WORDS

ID = "0190b3f0-0000-7000-8000-000000000001"


def part(type_: str, **more: Any) -> FormField:
    return FormField.model_validate({"type": type_, "label": WORDS, **more})


FORM = {
    "note": part("text", max_length=5),
    "code": part("text", pattern="[A-Z]-[0-9]+"),
    "count": part("integer", min=0, max=100),
    "temperature": part("decimal", min="-80", max="60", unit="celsius"),
    "mode": part("choice", options={"a": WORDS, "b": WORDS}, required=True),
    "marks": part("choice", options={"x": WORDS, "y": WORDS}, many=True),
    "ok": part("boolean"),
    "on": part("date", min="2026-01-01"),
    "report": part("attachment"),
    "photos": part("attachment", many=True),
}


def check(data: dict[str, Any], required: tuple[str, ...] = ()) -> tuple[dict[str, Any], dict[str, str]]:
    clean, errors = check_form(FORM, data, required=lambda name: name in required)
    assert all(error.zh and error.en for error in errors)
    return clean, {error.field: error.code for error in errors}


@pytest.mark.parametrize(
    ("field", "value", "clean"),
    [
        ("note", "  e\u0301t ", "\u00e9t"),
        ("note", "一二三四五", "一二三四五"),
        ("code", "A-12", "A-12"),
        ("count", "007", 7),
        ("count", 100, 100),
        ("temperature", "+08.00", "8.00"),
        ("temperature", "-0.0", "0.0"),
        ("temperature", 5, "5"),
        ("mode", "a", "a"),
        ("marks", ["x", "y", "x"], ["x", "y"]),
        ("marks", "x", ["x"]),
        ("ok", False, False),
        ("ok", "on", True),
        ("on", "2026-02-28", "2026-02-28"),
        ("report", [ID], [ID]),
        ("report", ID.upper(), [ID]),
        ("photos", [ID, ID], [ID]),
    ],
)
def test_a_value_is_normalised(field: str, value: object, clean: object) -> None:
    assert check({field: value}) == ({field: clean}, {})


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("note", "123456", "too_long"),
        ("note", 5, "not_text"),
        ("note", "a\x07", "control_character"),
        ("note", "\ud800", "control_character"),
        ("code", "A-1x", "pattern"),
        ("code", "xA-1", "pattern"),
        ("count", 101, "out_of_range"),
        ("count", -1, "out_of_range"),
        ("count", "1.0", "not_an_integer"),
        ("count", True, "not_an_integer"),
        ("count", 1.0, "not_an_integer"),
        ("count", 2**60, "not_an_integer"),
        ("count", "²", "not_an_integer"),
        ("count", "1" * 5000, "not_an_integer"),
        ("temperature", 5.5, "not_a_decimal"),
        ("temperature", "5,5", "not_a_decimal"),
        ("temperature", "1e3", "not_a_decimal"),
        ("temperature", "NaN", "not_a_decimal"),
        ("temperature", "60.000000000000000001", "out_of_range"),
        ("mode", "c", "not_an_option"),
        ("mode", ["a"], "not_an_option"),
        ("marks", ["x", "z"], "not_an_option"),
        ("marks", ["x"] * 60, "too_many"),
        ("ok", "perhaps", "not_a_boolean"),
        ("ok", 1, "not_a_boolean"),
        ("on", "2026-02-30", "not_a_date"),
        ("on", 20260101, "not_a_date"),
        ("on", "2025-12-31", "out_of_range"),
        ("report", "../../etc/passwd", "not_an_attachment"),
        ("report", [ID, ID.replace("1", "2")], "too_many"),
        ("photos", [{"id": ID}], "not_an_attachment"),
        ("price", "1", "field_unknown"),
    ],
)
def test_a_wrong_value_is_named(field: str, value: object, code: str) -> None:
    clean, errors = check({field: value})
    assert errors == {field: code}
    assert field not in clean


@pytest.mark.parametrize("empty", [None, "", "   ", []])
def test_an_empty_value_is_not_given(empty: object) -> None:
    assert check({"note": empty}) == ({}, {}) or empty == []
    _, errors = check({"mode": None, "ok": None}, required=("mode", "ok", "count"))
    assert errors == {"mode": "field_required", "ok": "field_required", "count": "field_required"}


def test_false_and_zero_count_as_given() -> None:
    assert check({"ok": False, "count": 0}, required=("ok", "count")) == ({"ok": False, "count": 0}, {})


def test_all_problems_come_at_once() -> None:
    _, errors = check({"note": "123456", "count": "x", "other": 1}, required=("mode",))
    assert errors == {
        "note": "too_long",
        "count": "not_an_integer",
        "other": "field_unknown",
        "mode": "field_required",
    }


def test_a_pattern_must_be_sound_and_cannot_be_made_slow() -> None:
    assert pattern_is_sound("[0-9]+")
    assert not pattern_is_sound("[")
    slow = {"x": part("text", pattern="(a+)+", max_length=4000)}
    _, errors = check_form(slow, {"x": "a" * 3900 + "!"}, required=lambda _: False)
    assert [e.code for e in errors] == ["pattern"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*FORM, "other"]), ANYTHING))
def test_whatever_is_sent_the_result_is_canonical_and_stays_so(data: dict[str, Any]) -> None:
    clean, errors = check_form(FORM, data, required=lambda name: name == "mode")
    canonical(clean)
    again, none = check_form(FORM, clean, required=lambda _: False)
    assert (again, none) == (clean, [])
    assert errors or "mode" in clean


@given(st.dictionaries(st.sampled_from([*FORM]), ANYTHING))
def test_what_the_form_accepts_its_schema_accepts(data: dict[str, Any]) -> None:
    clean, _ = check_form(FORM, data, required=lambda _: False)
    schema = json_schema(FORM, "en", required=lambda _: False)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(clean)


def test_the_schema_carries_words_options_and_what_is_required() -> None:
    schema = json_schema(FORM, "en")
    assert schema["required"] == ["mode"]
    assert schema["properties"]["mode"]["oneOf"][0] == {"const": "a", "title": "word"}
    assert schema["properties"]["temperature"]["x-unit"] == "celsius"
    assert json_schema(FORM, "zh")["properties"]["note"]["title"] == "字"


def test_a_check_across_fields_names_the_field_it_is_about() -> None:
    form = {
        "accepted": FormField(type="integer", label=Text(zh="a")),
        "rejected": FormField(type="integer", label=Text(zh="r")),
    }
    holds = "accepted_given && rejected_given && accepted + rejected == line.quantity"
    rules = [Check(holds=holds, message=Text(zh="合计不符", en="does not add up"), field="accepted")]
    names = names_of(form, {"quantity": "int"})
    line = {"quantity": 10}
    assert broken(rules, names, {"accepted": 7, "rejected": 3}, outcome="partial", line=line) == []
    for data in ({"accepted": 7, "rejected": 4}, {"accepted": 10}, {}):
        problems = broken(rules, names, data, outcome="partial", line=line)
        assert [(p.field, p.code) for p in problems] == [("accepted", "check_failed")]

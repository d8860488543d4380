"""Refusals speak both languages."""

from domain.errors import FieldProblem, Invalid, NotFound


def test_a_refusal_speaks_both_languages() -> None:
    refusal = NotFound(what="A-1")
    assert refusal.message("zh") == "没有找到：A-1"
    assert refusal.message("en") == "Not found: A-1"
    assert refusal.params == {"what": "A-1"}


def test_a_missing_parameter_does_not_hide_the_refusal() -> None:
    assert "[what]" in NotFound().message("en")


def test_invalid_input_names_all_fields() -> None:
    refusal = Invalid([FieldProblem("batch", "required", "必填", "is required")])
    assert refusal.message("en") == "The input is not valid: batch: is required"
    assert refusal.message("zh").endswith("batch: 必填")

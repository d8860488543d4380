"""The conditions across fields of `receiving_acceptance`: what a person cannot have meant is refused at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from domain.action_catalogue import CATALOGUE
from domain.form_checks import broken, names_of
from domain.sop_bundle import Bundle, build
from domain.sop_yaml import parse
from services import sop_files

READINGS = {"temperature": "5.2", "lowest": "3.0", "highest": "7.9"}
PARTIAL = {"quantity": 200, "outcome": "partial", "accepted_quantity": 190, "rejected_quantity": 10}


@cache
def bundle() -> Bundle:
    definition = parse(sop_files.newest("receiving_acceptance").text).definition
    return build(definition, sop_files.tables(), sop_files.limits(), None, CATALOGUE)


def wrong(step_id: str, data: dict[str, Any], outcome: str, line: dict[str, Any] | None = None) -> set[str]:
    """The fields beside which something is said."""
    human = bundle().steps[step_id].human
    assert human is not None
    work = human.lines or human
    columns = bundle().evaluator.columns(step_id) if human.lines else {}
    problems = broken(work.checks, names_of(work.form, columns), data, outcome=outcome, line=line)
    return {problem.field for problem in problems}


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, set()),
        ({"lowest": "8.0", "highest": "3.0", "note": "x"}, {"highest"}),
        ({"lowest": "3.0", "highest": "3.0", "temperature": "3.0"}, set()),
        ({"temperature": "9.4"}, {"note"}),
        ({"temperature": "2.9"}, {"note"}),
        ({"temperature": "9.4", "note": "开箱后读数，探头靠近门"}, set()),
    ],
)
def test_readings_fit_each_other_or_are_explained(said: dict[str, Any], fields: set[str]) -> None:
    assert wrong("arrival", {**READINGS, **said}, "received") == fields


def test_ambient_goods_need_no_readings() -> None:
    assert wrong("arrival", {"transport_mode": "ambient", "packaging": "intact"}, "received") == set()


@pytest.mark.parametrize(
    ("line", "given", "fields"),
    [
        (PARTIAL, {}, set()),
        (PARTIAL, {"put_away_quantity": 190}, set()),
        (PARTIAL, {"put_away_quantity": 500}, {"put_away_quantity"}),
        (PARTIAL, {"put_away_quantity": 200}, {"put_away_quantity"}),
        (PARTIAL, {"put_away_quantity": 0}, {"put_away_quantity"}),
        ({"quantity": 200, "outcome": "accepted"}, {"put_away_quantity": 200}, set()),
        ({"quantity": 200, "outcome": "accepted"}, {"put_away_quantity": 199}, {"put_away_quantity"}),
        ({"quantity": 200, "outcome": "rejected"}, {"put_away_quantity": 0}, set()),
        ({"quantity": 200, "outcome": "rejected"}, {"put_away_quantity": 200}, {"put_away_quantity"}),
    ],
)
def test_what_is_put_away_is_what_was_accepted(
    line: dict[str, Any], given: dict[str, Any], fields: set[str]
) -> None:
    assert wrong("put_away", {"location": "A-01-01", **given}, "done", line) == fields


@pytest.mark.parametrize(
    ("outcome", "given", "fields"),
    [
        ("accepted", {"packaging": "conforming"}, set()),
        ("accepted", {"packaging": "abnormal"}, {"reason"}),
        ("accepted", {"packaging": "abnormal", "reason": "外箱压痕，加倍抽样均正常"}, set()),
        ("rejected", {"packaging": "abnormal"}, {"handling"}),
        ("rejected", {"packaging": "abnormal", "reason": "渗漏", "handling": "destroy"}, set()),
    ],
)
def test_an_abnormal_batch_is_not_accepted_without_a_word(
    outcome: str, given: dict[str, Any], fields: set[str]
) -> None:
    assert wrong("acceptance", given, outcome, {"quantity": 200}) == fields

"""Bundles: frozen, hashed, read back; scopes and evaluation at each step."""

from __future__ import annotations

from typing import Any

import pytest

from domain.decision_table import NoRowApplies
from domain.expressions import ExpressionFailed
from domain.sop_bundle import Bundle, BundleIncomplete, BundleMismatch, BundleTooLarge, build
from domain.sop_scope import UNTIL, names_at
from tests.domain.language.definitions import ALL_ACTIONS, TABLE, WORDS, definition, human

FORM = {
    "mode": {
        "type": "choice",
        "label": WORDS,
        "options": {"ambient": WORDS, "refrigerated": WORDS},
        "required": True,
    },
    "temperature": {"type": "decimal", "label": WORDS},
}
DECIDE = {
    "id": "cold",
    "decide": {
        "table": "temperature",
        "with": {"mode": "arrival.mode", "temperature": "arrival.temperature"},
    },
}
STEPS: list[dict[str, Any]] = [
    {"id": "make", "action": "probe.lines", "with": {"n": "3"}},
    human("arrival", form=FORM),
    DECIDE,
    human(
        "check",
        lines={
            "of": "make.lines",
            "form": {"found": {"type": "integer", "label": WORDS, "required": True}},
            "outcomes": {"ok": {"label": WORDS}, "bad": {"label": WORDS}},
        },
    ),
    {
        "id": "each",
        "for_each": {
            "lines": "check.lines",
            "steps": [{"id": "say", "action": "probe.echo", "with": {"text": "line.label"}}],
        },
    },
    {
        "id": "again",
        "repeat": {
            "limit": 3,
            "until": "look.outcome == 'done'",
            "steps": [human("look")],
        },
    },
    {"end": "completed"},
]


def frozen() -> Bundle:
    return build(definition(STEPS), {"temperature": TABLE}, {}, None, ALL_ACTIONS)


def test_a_bundle_read_back_is_the_same_and_kept() -> None:
    bundle = frozen()
    again = Bundle.from_json(bundle.to_json(), bundle.sha256)
    assert again.canonical() == bundle.canonical()
    assert again.sha256 == bundle.sha256
    assert Bundle.from_json(bundle.to_json(), bundle.sha256) is again


def test_another_content_than_its_hash_is_refused() -> None:
    bundle = frozen()
    with pytest.raises(BundleMismatch):
        Bundle.from_json(bundle.to_json(), "0" * 64)


def test_a_missing_table_or_action_is_refused() -> None:
    with pytest.raises(BundleIncomplete, match="temperature"):
        build(definition(STEPS), {}, {}, None, ALL_ACTIONS)
    with pytest.raises(BundleIncomplete, match=r"probe\.lines"):
        build(definition(STEPS), {"temperature": TABLE}, {}, None, {})


def test_a_bundle_beyond_256_kib_is_refused() -> None:
    steps = [human(f"step_{n}", instruction={"zh": "长" * 3000}) for n in range(40)]
    with pytest.raises(BundleTooLarge):
        build(definition([*steps, {"end": "completed"}]), {}, {}, None, ALL_ACTIONS)


def test_cases_are_reviewed_but_not_executed() -> None:
    case = {"name": "one", "expect": {"outcome": "completed"}}
    with_cases = build(definition(STEPS, cases=[case]), {"temperature": TABLE}, {}, None, ALL_ACTIONS)
    assert with_cases.sha256 == frozen().sha256


def test_names_follow_the_flow() -> None:
    names = names_at(definition(STEPS), ALL_ACTIONS, {"temperature": TABLE})
    assert names["make"] == {"run.now": "timestamp"}
    assert names["cold"]["arrival.temperature_given"] == "bool"
    assert names["cold"]["arrival.mode"] == "string"
    assert names["each"]["cold.value"] == names["each"]["cold.verdict"] == "string"
    assert names["each"]["check.lines.count_bad"] == "int"
    assert names["each"]["check.lines.sum_found"] == "int"
    assert names["say"]["line.label"] == "string"
    assert names["say"]["line.found"] == "int"
    assert "line.label" not in names["again"]
    assert names["again"]["each.count"] == "int"
    assert "look.outcome" not in names["again"]
    assert names["again" + UNTIL]["look.outcome"] == "string"
    assert names["end_completed"]["look.outcome"] == "string"


def test_what_may_have_been_skipped_is_optional() -> None:
    steps = [
        human("first", outcomes={"on": {"label": WORDS}, "over": {"label": WORDS, "go": "last"}}),
        human("middle"),
        {**human("maybe"), "when": "first.outcome == 'on'"},
        human("last"),
        {"end": "completed"},
    ]
    names = names_at(definition(steps), ALL_ACTIONS, {})
    assert "middle.outcome_given" not in names["maybe"]
    assert names["last"]["middle.outcome_given"] == "bool"
    assert names["last"]["maybe.outcome_given"] == "bool"
    assert "first.outcome_given" not in names["last"]


def test_only_a_parallel_that_waits_for_all_shows_its_steps() -> None:
    def split(wait_for: str) -> dict[str, str]:
        parallel = {"branches": {"a": [human("left")], "b": [human("right")]}, "wait_for": wait_for}
        steps = [{"id": "split", "parallel": parallel}, human("last"), {"end": "completed"}]
        return names_at(definition(steps), ALL_ACTIONS, {})["last"]

    assert split("all")["left.outcome"] == "string"
    assert "left.outcome" not in split("any")


def test_an_evaluator_gives_values_and_the_row() -> None:
    evaluator = frozen().evaluator
    context = {
        "make": {"lines": {"id": "l", "count": 3, "root": "00", "aggregates": {"sum_number": 6}}},
        "arrival": {"mode": "refrigerated", "temperature": "8.00", "outcome": "done"},
        "run": {"now": "2026-05-01T08:00:00.000000Z"},
    }
    assert evaluator.value("cold", "make.lines.sum_number > 5", context) is True
    hit = evaluator.table("cold", context)
    assert (hit.row, hit.outputs) == (2, {"verdict": "within"})
    hot = {**context, "arrival": {"mode": "refrigerated", "temperature": "8.01"}}
    assert evaluator.table("cold", hot).row == 3
    unknown = {**context, "arrival": {"mode": "refrigerated"}}
    assert evaluator.given("cold", DECIDE["decide"]["with"], unknown) == {"mode": "refrigerated"}  # type: ignore[index]
    assert evaluator.value("again", "look.outcome == 'done'", {**context, "look": {"outcome": "done"}})
    with pytest.raises(ExpressionFailed):
        evaluator.value("cold", "arrival.mode", {})


def test_a_table_without_a_row_for_the_values_says_so() -> None:
    table = TABLE.model_copy(update={"rows": TABLE.rows[:1]})
    bundle = build(definition(STEPS), {"temperature": table}, {}, None, ALL_ACTIONS)
    with pytest.raises(NoRowApplies):
        bundle.evaluator.table("cold", {"arrival": {"mode": "refrigerated"}})

"""Bundles: frozen, hashed, read back; scopes and evaluation at each step."""

from __future__ import annotations

from typing import Any

import pytest

from domain.action_catalogue import CATALOGUE
from domain.decision_table import DecisionTable, NoRowApplies
from domain.expression_errors import ExpressionFailed
from domain.sop_bundle import Bundle, BundleIncomplete, BundleMismatch, BundleTooLarge, _loaded, build
from domain.sop_definition import Case
from domain.sop_progress import Progress, loading
from domain.sop_scope import UNTIL, names_at
from domain.sop_simulation import simulate
from domain.sop_yaml import parse
from services import sop_files
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


def backwards(value: Any) -> Any:
    """The same JSON value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(list(value))}
    return [backwards(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("key", [file.key for file in sop_files.definition_files()])
def test_two_workers_do_the_same_whatever_the_order_of_keys_that_they_read(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut a run is walked again by another process: each operation is to be as it was."""
    written = parse(sop_files.newest(key).text).definition
    made = build(written, sop_files.tables(), sop_files.limits(), None, CATALOGUE, sop_files.called_sops())
    said: list[list[Any]] = [[]]
    emit = Progress.emit

    def note(run: Progress, operation: Any) -> None:
        said[-1].append(operation.model_dump())
        emit(run, operation)

    monkeypatch.setattr(Progress, "emit", note)
    for stored in (made.to_json(), backwards(made.to_json())):
        _loaded.clear()
        loading._plans.clear()
        read = Bundle.from_json(stored, made.sha256)
        for case in written.cases:
            assert simulate(read, case).findings == []
        said.append([])
    assert said[0]
    assert said[0] == said[1]


def test_the_output_that_decides_is_the_one_written_first_in_any_order_of_keys() -> None:
    two = TABLE.model_dump(mode="json", exclude_defaults=True)
    two["outputs"] = {"verdict": two["outputs"]["verdict"], "a": {"type": "int", "label": WORDS}}
    two["rows"] = [{**row, "then": {"a": 1, **row["then"]}} for row in two["rows"]]
    table = DecisionTable.model_validate(two)
    stored = DecisionTable.model_validate(backwards(table.model_dump(mode="json", exclude_defaults=True)))
    assert table.deciding_output == stored.deciding_output == "verdict"
    steps = [{"id": "cold", "decide": {"table": "temperature", "with": {"mode": "'ambient'"}}}]
    bundle = build(definition([*steps, {"end": "completed"}]), {"temperature": stored}, {}, None, ALL_ACTIONS)
    played = simulate(bundle, Case.model_validate({"name": "one", "expect": {}}))
    assert played.outcome == "completed"
    with pytest.raises(ValueError, match="is not an output"):
        DecisionTable.model_validate({**two, "value": "colour"})

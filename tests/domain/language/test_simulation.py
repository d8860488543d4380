"""Trying a definition out: people answer, actions are stood in for, time passes, differences are told."""

from __future__ import annotations

from typing import Any

from domain.sop_bundle import build
from domain.sop_calls import CalledSop
from domain.sop_definition import Case
from domain.sop_simulation import SimulationResult, simulate
from tests.domain.language.definitions import ALL_ACTIONS, WORDS, definition, human

OUTCOMES = {"good": {"label": WORDS}, "bad": {"label": WORDS, "go": "refused", "reason": "required"}}
STEPS: list[dict[str, Any]] = [
    {"id": "make", "action": "probe.lines", "with": {"n": "2"}, "refusals": {}},
    human(
        "look",
        form={"count": {"type": "integer", "label": WORDS, "required": True, "min": 3}},
        outcomes=OUTCOMES,
        signatures=[{"meaning": WORDS}, {"meaning": WORDS, "when": "make.lines.sum_number > 1"}],
    ),
    {"id": "rest", "wait": {"for": "P3D"}},
    human(
        "sort",
        lines={"of": "make.lines", "outcomes": {"keep": {"label": WORDS}, "drop": {"label": WORDS}}},
    ),
    {
        "id": "each",
        "for_each": {
            "lines": "sort.lines",
            "mode": "concurrent",
            "steps": [{"id": "say", "action": "probe.echo", "with": {"text": "line.outcome"}}],
        },
    },
    {
        "id": "again",
        "repeat": {
            "limit": 5,
            "until": "ask.outcome == 'enough'",
            "steps": [human("ask", outcomes={"more": {"label": WORDS}, "enough": {"label": WORDS}})],
        },
    },
    {
        "id": "both",
        "parallel": {"branches": {"a": [human("left")], "b": [human("right")]}},
    },
    {"id": "tell", "notify": {"to": {"post": "buyer"}, "template": "hello"}},
    {"end": "completed"},
]
SECTIONS = {"refused": [{"id": "stop", "action": "probe.refuse"}, {"end": "refused"}]}


def play(answers: dict[str, Any], **expect: Any) -> SimulationResult:
    raw = definition(STEPS, sections=SECTIONS, messages={"hello": {"title": WORDS, "body": WORDS}})
    bundle = build(raw, {}, {}, None, ALL_ACTIONS)
    case = Case.model_validate({"name": "played", "answers": answers, "expect": expect})
    return simulate(bundle, case)


ENOUGH = {"ask": [{"outcome": "more"}, {"outcome": "more"}, {"outcome": "enough"}]}


def test_a_case_is_played_to_its_end() -> None:
    result = play(
        {**ENOUGH, "make": {"lines": [{"number": 1}, {"number": 5}]}},
        outcome="completed",
        path=["make", "look", "rest", "sort", "each", "again", "both", "tell"],
        notified=["buyer"],
        signatures={"look": 2},
    )
    assert result.findings == []
    assert result.passed


def test_a_conditional_signature_is_not_asked_without_its_condition() -> None:
    assert play({**ENOUGH, "make": {"lines": [{"number": 0}]}}, signatures={"look": 1}).passed


def test_a_case_that_expects_otherwise_is_told_what_came() -> None:
    result = play(ENOUGH, outcome="refused", path=["make"], colour="red")
    assert len(result.findings) == 3
    assert result.findings[0].en == "outcome: refused expected, got completed"


def test_a_routed_outcome_and_an_unrouted_refusal() -> None:
    answers = {"look": {"outcome": "bad", "count": 4}, "stop": {"refused": "not_today"}}
    result = play(answers, incident="not_today", path=["make", "look", "stop"], outcome=None)
    assert result.findings == []
    assert [f.en for f in play(answers).findings] == ["incident: not_today"]


def test_an_answer_that_the_form_does_not_take_is_a_finding() -> None:
    (finding,) = play({"look": {"count": 2}}).findings
    assert finding.en == "look.count: at least 3"
    (finding,) = play({"look": {"outcome": "sideways", "count": 3}}).findings
    assert finding.zh
    (finding,) = play({"look": 5}).findings
    assert "not valid" in finding.en


def test_a_repeat_that_never_ends_is_an_incident_at_its_limit() -> None:
    result = play({"ask": {"outcome": "more"}}, incident="repeat_limit", outcome=None)
    assert result.findings == []


def test_a_case_plays_the_same_every_time() -> None:
    assert play(ENOUGH) == play(ENOUGH)


def with_call(answers: dict[str, Any], **expect: Any) -> SimulationResult:
    """Calls one errand, then one for each of three lines, and goes by how they ended."""
    steps: list[dict[str, Any]] = [
        {"id": "one", "call": {"sop": "errand", "with": {"number": "7"}}},
        {"id": "make", "action": "probe.lines", "with": {"n": "3"}},
        {"id": "many", "call": {"sop": "errand", "lines": "make.lines", "with": {"number": "line.number"}}},
        {
            "id": "judge",
            "decide": {"value": "one.outcome == 'done' && many.count_lost < 2 && many.count == 3"},
            "routes": {"true": "next", "false": "bad"},
        },
        {"end": "completed"},
    ]
    sections = {"bad": [{"end": "bad"}]}
    errand = CalledSop("errand", 1, "0" * 64, outcomes=("done", "lost"))
    bundle = build(definition(steps, sections=sections), {}, {}, None, ALL_ACTIONS, {"errand": errand})
    lines = {"make": {"lines": [{"number": n} for n in (1, 2, 3)]}}
    case = Case.model_validate({"name": "calls", "answers": {**lines, **answers}, "expect": expect})
    return simulate(bundle, case)


def test_called_runs_end_as_the_case_says() -> None:
    assert with_call({}, outcome="completed", path=["one", "make", "many", "judge"]).findings == []
    assert with_call({"one": {"outcome": "lost"}}, outcome="bad").passed
    lost = {"many": {"lines": [{"outcome": "done"}, {"outcome": "lost"}]}}  # the last one counts for the rest
    assert with_call(lost, outcome="bad").passed
    one_lost = {"many": {"lines": [{"outcome": "lost"}, {"outcome": "cancelled"}]}}
    assert with_call(one_lost, outcome="completed").passed


def test_a_call_that_is_refused_is_an_incident_and_an_outcome_that_does_not_exist_is_told() -> None:
    assert with_call({"one": {"refused": "open_run_exists"}}, incident="open_run_exists").passed
    assert "has no outcome `gone`" in with_call({"one": {"outcome": "gone"}}).findings[0].en

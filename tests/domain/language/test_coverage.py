"""What cases walk and what they leave out, counted exactly; and what they found, as sentences."""

from __future__ import annotations

from typing import Any

import pytest

from domain.sop_bundle import Bundle, build
from domain.sop_case import SimulationResult, Way
from domain.sop_case_words import CaseWords
from domain.sop_coverage import Coverage, coverage
from domain.sop_definition import Case, SopDefinition, Text
from domain.sop_simulation import simulate
from tests.domain.language.definitions import ALL_ACTIONS, WORDS, definition, human

STEPS: list[dict[str, Any]] = [
    human(
        "look",
        form={"count": {"type": "integer", "label": WORDS, "required": True, "min": 0}},
        outcomes={"good": {"label": WORDS}, "bad": {"label": {"zh": "坏", "en": "Bad"}, "go": "refused"}},
    ),
    {"id": "few", "decide": {"value": "look.count < 3"}, "routes": {"true": "next", "false": "say"}},
    {**human("recount"), "when": "look.count > 0"},
    {"id": "say", "action": "probe.refuse", "refusals": {"not_today": "refused"}},
    {
        "id": "both",
        "parallel": {"branches": {"a": [human("left")], "b": [human("right")]}},
    },
    {
        "id": "word",
        "title": {"zh": "等回复", "en": "Wait for word"},
        "wait": {"event": "word", "key": "'k'", "timeout": {"after": "P1D", "go": "refused"}},
    },
    {"end": "completed"},
]
SECTIONS = {"refused": [human("turn_away"), {"end": "refused", "title": {"zh": "拒收", "en": "Turned away"}}]}
SMALL = definition(STEPS, sections=SECTIONS)
ALL_STEPS = 11
ALL_WAYS = 7
"""good, bad; true, false; skip; not_today; the time limit."""


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return build(SMALL, {}, {}, None, ALL_ACTIONS)


def play(bundle: Bundle, answers: dict[str, Any], **expect: Any) -> SimulationResult:
    case = Case.model_validate({"name": "one", "answers": answers, "expect": expect})
    return simulate(bundle, case)


def told(*results: SimulationResult) -> Coverage:
    return coverage(SMALL, results)


def test_without_a_case_nothing_is_walked() -> None:
    none = told()
    assert (len(none.steps), len(none.ways)) == (ALL_STEPS, ALL_WAYS)
    assert none.steps_missing == list(none.steps) and none.ways_missing == list(none.ways)


def test_one_case_walks_its_steps_at_any_depth_and_its_ways(bundle: Bundle) -> None:
    seen = told(play(bundle, {"look": {"count": 0}}))
    assert seen.steps_missing == ["recount", "turn_away", "end_refused"]
    assert {"left", "right", "end_completed"} <= seen.walked
    assert seen.taken == {
        Way("look", "outcome", "good"), Way("few", "route", "true"), Way("recount", "skip", "when")
    }  # fmt: skip


def test_cases_count_together_and_each_way_once(bundle: Bundle) -> None:
    seen = told(
        play(bundle, {"look": {"count": 0}}),
        play(bundle, {"look": {"count": 1}}),
        play(bundle, {"look": {"count": 5}, "word": {"timed_out": True}}),
        play(bundle, {"look": {"count": 5}, "say": {"refused": "not_today"}}),
    )
    assert seen.steps_missing == []
    assert seen.ways_missing == [Way("look", "outcome", "bad")]


def test_a_refusal_that_leads_nowhere_is_an_incident_and_no_way(bundle: Bundle) -> None:
    result = play(bundle, {"look": {"count": 0}, "say": {"refused": "something_else"}})
    assert result.incident == "something_else"
    assert not [way for way in result.ways if way.by == "refusal"]


def words(raw: SopDefinition = SMALL) -> CaseWords:
    return CaseWords(raw, catalogue=ALL_ACTIONS, posts={"keeper": Text(zh="保管员", en="Keeper")})


def test_ways_and_steps_are_called_as_people_call_them() -> None:
    said = words()
    assert said.way(Way("look", "outcome", "bad")).en == "Bad"
    assert said.way(Way("few", "route", "false")).zh == "否"
    assert said.way(Way("word", "timeout", "")).en == "Not in time"
    assert said.step("word").zh == "等回复" and said.step("end_refused").en == "Turned away"
    assert said.step("gone").zh == "gone"


def test_differences_are_sentences(bundle: Bundle) -> None:
    result = play(
        bundle,
        {"look": {"count": 0}},
        outcome="refused",
        path=["look", "few", "word"],
        notified=["keeper"],
        signatures={"word": 2},
    )
    outcome, path, notified, signed = [words().finding(one) for one in result.findings]
    assert outcome.zh == "结局：应为“拒收”，实为“完成”"
    assert path.en == "Path: after “decision after ‘look’” “Wait for word” was expected, “say” came"
    assert notified.zh == "通知的岗位：应为“保管员”，实为“无人”"
    assert signed.en == "Signatures: “Wait for word 2” was expected, “Wait for word 0” came"


def test_a_path_that_goes_on_or_stops_short_is_told(bundle: Bundle) -> None:
    short, long = ["look"], ["look", "few", "say", "both", "word", "more"]
    (found,) = play(bundle, {"look": {"count": 0}}, path=short).findings
    assert (
        words().finding(found).en == "Path: after “look” “the end” was expected, “decision after ‘look’” came"
    )
    (found,) = play(bundle, {"look": {"count": 0}}, path=long).findings
    assert words().finding(found).zh == "路径：在“等回复”之后应为“more”，实为“结束”"


def test_an_incident_and_what_no_form_takes_are_told(bundle: Bundle) -> None:
    (found,) = play(
        bundle, {"look": {"count": 0}, "say": {"refused": "not_today"}}, outcome="refused"
    ).findings or (None,)
    assert found is None
    found = play(bundle, {"look": {"count": 0}, "say": {"refused": "odd"}}, outcome=None).findings[0]
    assert words().finding(found).en == "The run stops at an incident: odd"
    found = play(bundle, {"look": {"count": -1}}, outcome=None).findings[0]
    assert words().finding(found).zh == "“look”的“字”：不能小于 0"

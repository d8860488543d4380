"""A recorded run held against changed definitions: the same way, another way, refused, assumed - and counted."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.commands import CompleteTask, SignTask
from domain.sop_whatif import RunResult, Side, Work, compare
from domain.sop_whatif_play import play
from domain.sop_whatif_record import Effect, Recorded, Said, Usual, Worked
from domain.sop_whatif_tally import Tally
from tests.procedures import MONDAY, bundle_of, definition, human, start_of, text

TEMPERATURE = {"type": "decimal", "required": True, "label": text("temperature"), "min": "-20", "max": "30"}
WARM = {
    "id": "warm",
    "decide": {"value": "arrival.temperature > decimal('8.0')"},
    "routes": {"true": "next", "false": "accept"},
}
OK = {"ok": {"label": text("ok")}, "bad": {"label": text("bad"), "go": "refused", "reason": "required"}}
SIGNED = [{"meaning": text("first")}, {"meaning": text("second"), "post": "second_acceptor"}]
RAW = definition(
    human("arrival", form={"temperature": TEMPERATURE}),
    WARM,
    human("decision", "qa_manager", outcomes=OK),
    human("accept", "acceptor", outcomes=OK, signatures=SIGNED),
    {"end": "completed"},
    sections={"refused": [{"end": "refused"}]},
)
HOUR = timedelta(hours=1)
USUAL = Usual({"decision": 2 * HOUR}, {"decision": HOUR})


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """The definition with another value at a path; a step is named by its id."""
    raw: Any = copy.deepcopy(RAW)
    at = raw["steps"]
    for part in path[:-1]:
        at = next(step for step in at if step.get("id") == part) if isinstance(at, list) else at[part]
    at[path[-1]] = to
    return dict(raw)


def with_step(before: str, step: dict[str, Any]) -> dict[str, Any]:
    raw: Any = copy.deepcopy(RAW)
    at = next(n for n, one in enumerate(raw["steps"]) if one.get("id") == before)
    raw["steps"].insert(at, step)
    return dict(raw)


def recorded(temperature: str = "5.0", acceptor: str = "wang") -> Recorded:
    """A run that was received, accepted by two persons, and completed, an hour each."""
    bundle = bundle_of(RAW)
    common: dict[str, Any] = {"epoch": 1, "hash": "h"}
    commands: list[CompleteTask | SignTask] = [
        CompleteTask(submission="1", path="arrival#1", actor="li", performers=["li"], outcome="done",
                     data={"temperature": temperature}, **common),
        CompleteTask(submission="2", path="accept#1", actor=acceptor, performers=[acceptor], outcome="ok",
                     rule=0, **common),
        SignTask(submission="3", path="accept#1", actor="zhao", performers=["zhao"], content_hash="h", rule=1,
                 **common),
    ]  # fmt: skip
    said = [Said(one, n + 1, n * 1000, MONDAY + n * HOUR) for n, one in enumerate(commands, 1)]
    run = Recorded(
        start=start_of(bundle),
        bundle=bundle,
        state="completed",
        outcome="completed",
        started_at=MONDAY,
        ended_at=MONDAY + 3 * HOUR,
        said=said,
        worked=[Worked("arrival#1", HOUR / 2), Worked("accept#1", HOUR / 4)],
    )
    return as_played(run)


def as_played(run: Recorded) -> Recorded:
    """With the effects that such a run leaves behind."""
    walk = play(run, run.bundle)
    assert walk.halt is None, walk.halt
    effects = [
        Effect(path, kind, n, result={"result": walk.decisions[path]} if kind == "decision" else {})
        for n, (kind, path) in enumerate(walk.trace, 1)
    ]
    return replace(run, effects=effects, outcome=walk.outcome)


def tried(raw: dict[str, Any], run: Recorded | None = None) -> RunResult:
    return compare(run or recorded(), bundle_of(raw), USUAL)


def test_the_unchanged_definition_goes_the_same_way_in_the_same_time_by_the_same_posts() -> None:
    result = tried(RAW)
    assert (result.verdict, result.assumed, result.refused, result.unused) == ("same", [], [], [])
    assert result.before == result.after
    assert result.before.seconds == 3 * 3600
    assert result.before.work["acceptor"] == Work(tasks=1, signatures=1, seconds=900)
    assert result.signatures == (2, 2)


def test_a_signature_less_is_no_other_way_and_is_counted() -> None:
    result = tried(changed("accept", "human", "signatures", to=SIGNED[:1]))
    assert (result.verdict, result.signatures, result.unused) == ("same", (2, 1), [])
    assert result.after.seconds == 2 * 3600  # nobody waits for the second signature


def test_a_stricter_limit_leads_another_way_and_what_nobody_did_is_assumed_in_its_usual_time() -> None:
    result = tried(changed("warm", "decide", "value", to="arrival.temperature > decimal('4.0')"))
    assert (result.verdict, result.parts_at) == ("other", "warm")
    assert [one.step for one in result.before.path] == ["arrival", "warm", "accept", "end_completed"]
    assert [one.step for one in result.after.path] == [
        "arrival",
        "warm",
        "decision",
        "accept",
        "end_completed",
    ]
    assert [(one.kind, one.step) for one in result.assumed] == [("step", "decision")]
    assert result.after.seconds - result.before.seconds == 2 * 3600
    assert result.after.work["qa_manager"] == Work(tasks=1, seconds=3600)


def test_a_new_step_is_the_same_way_with_another_step_of_unknown_duration() -> None:
    result = tried(with_step("arrival", human("labels", "keeper")))
    assert (result.verdict, result.parts_at, result.after.unknown) == ("steps", "", ["labels"])
    assert result.after.work["keeper"] == Work(tasks=1, unknown=1)
    assert result.before.seconds == result.after.seconds


def test_a_step_that_is_gone_leaves_its_answer_unused() -> None:
    raw = copy.deepcopy(RAW)
    raw["steps"] = [step for step in raw["steps"] if step.get("id") != "accept"]
    raw["steps"][1]["routes"] = {"true": "next", "false": "end_completed"}
    result = tried(raw)
    assert (result.verdict, result.unused) == ("steps", ["accept"])


def test_a_narrower_field_refuses_the_recorded_answer_by_field_and_rule() -> None:
    result = tried(changed("arrival", "human", "form", to={"temperature": {**TEMPERATURE, "max": "4"}}))
    assert (result.verdict, result.at, result.code) == ("refused", "arrival", "out_of_range")
    [refused] = result.refused
    assert (refused.what, refused.code, refused.en) == ("temperature", "out_of_range", "between -20 and 4")


def test_a_new_required_field_is_filled_in_and_said_so() -> None:
    form = {"temperature": TEMPERATURE, "seal": {"type": "text", "required": True, "label": text("seal")}}
    result = tried(changed("arrival", "human", "form", to=form))
    assert (result.verdict, [(one.kind, one.what) for one in result.assumed]) == ("same", [("field", "seal")])


def test_a_field_that_is_not_asked_any_more_is_left_out() -> None:
    raw = changed("arrival", "human", "form", to={})
    raw["steps"][1]["decide"] = {"value": "false"}
    assert (tried(raw).verdict, tried(raw).refused) == ("same", [])


def test_an_outcome_that_is_not_there_any_more_is_replaced_by_the_first() -> None:
    outcomes = {"fine": {"label": text("fine")}, "bad": OK["bad"]}
    result = tried(changed("accept", "human", "outcomes", to=outcomes))
    assert [(one.kind, one.what) for one in result.assumed] == [("outcome", "fine")]
    assert (result.verdict, result.parts_at) == ("other", "accept")


def test_who_may_not_do_it_any_more_is_replaced_and_the_rule_is_named() -> None:
    run = recorded(acceptor="li")
    result = tried(changed("accept", "human", "separate_from", to=["arrival"]), run)
    assert (result.verdict, [one.code for one in result.refused]) == ("same", ["not_segregated"])
    assert [one.kind for one in result.assumed] == ["person"]


def test_a_route_to_another_end_is_told_with_both_ends() -> None:
    raw = changed("warm", "routes", to={"true": "next", "false": "refused"})
    result = tried(raw)
    assert (result.verdict, result.before.outcome, result.after.outcome) == ("other", "completed", "refused")
    assert "accept" in result.unused


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda run: replace(run, effects=run.effects[:-1]), "path"),
        (lambda run: replace(run, outcome="refused"), "end"),
        (lambda run: replace(run, said=run.said[:-1]), "halted"),
        (lambda run: replace(run, effects=[_decided(one, value=True) for one in run.effects]), "decisions"),
    ],
)
def test_a_run_that_does_not_go_as_it_is_recorded_is_not_compared(wrong: Any, why: str) -> None:
    result = tried(RAW, wrong(recorded()))
    assert (result.verdict, result.why) == ("incomparable", why)


def _decided(effect: Effect, *, value: bool) -> Effect:
    return replace(effect, result={"result": {"value": value}}) if effect.kind == "decision" else effect


def test_a_step_under_another_name_takes_no_answer_of_it() -> None:
    raw = changed("accept", "id", to="approve")
    raw["steps"][1]["routes"] = {"true": "next", "false": "approve"}
    result = tried(raw)
    assert (result.verdict, result.unused) == ("steps", ["accept"])
    assert [(one.kind, one.step) for one in result.assumed] == [("step", "approve"), ("signature", "approve")]


results = st.builds(
    RunResult,
    verdict=st.sampled_from(["same", "steps", "other", "refused", "stopped", "incomparable"]),
    before=st.builds(Side, seconds=st.integers(0, 99), outcome=st.sampled_from(["a", "b"])),
    after=st.builds(Side, seconds=st.integers(0, 99), outcome=st.sampled_from(["a", "b"])),
)


@given(st.lists(results, max_size=8), st.integers(0, 8))
def test_a_tally_in_parts_is_the_tally_of_all(found: list[RunResult], at: int) -> None:
    whole, parts = Tally().and_(found), Tally().and_(found[:at]).and_(found[at:])
    assert whole.model_dump_json() == parts.model_dump_json()
    assert Tally.model_validate_json(parts.model_dump_json(exclude_defaults=True)) == whole
    assert sum(whole.verdicts.values()) == whole.runs == len(found)
    assert whole.compared + whole.verdicts.get("refused", 0) + whole.verdicts.get("stopped", 0) + (
        whole.verdicts.get("incomparable", 0)
    ) == len(found)

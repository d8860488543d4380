"""Any procedure that lints clean runs to an end, on a path that the proofs have looked at."""

from __future__ import annotations

from random import Random
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, given, settings

from domain.sop_calls import called_sop
from domain.sop_case import SimulationResult
from domain.sop_definition import Case, SopDefinition, Step
from domain.sop_findings import Finding
from domain.sop_lint import lint
from domain.sop_moves import Moves, Place
from domain.sop_proof import Event, Evidence, Proof, Target
from domain.sop_proofs import Prover
from domain.sop_simulation import simulate
from domain.sop_yaml import parse, to_yaml
from tests.domain.progress.random_procedures import procedure
from tests.procedures import ALL_ACTIONS, ERRAND, TABLES, bundle_of

CALLED = {"errand": called_sop(bundle_of(ERRAND, {}), 1)}
DONE = ("human", "action", "decide", "wait", "notify", "call")


def sound(random: Random) -> SopDefinition:
    """A random procedure without what the linter refuses in it: names from nowhere, loops that never turn."""
    raw = procedure(random)
    raw["scope"] = {"site": "'SH1'"}
    drawn = SopDefinition.model_validate(raw)
    reached = {s.id for s in drawn.walk() if "side" in _targets(s)}
    if not reached:
        raw.pop("sections")
    for step in _steps([*raw["steps"], *raw.get("sections", {}).get("side", [])]):
        if "decide" in step and step["decide"]["value"].startswith("nowhere"):
            step["decide"] = {"value": "run.now == run.now"}
        if "repeat" in step:
            step["repeat"]["until"] = f"{step['repeat']['steps'][0]['id']}.outcome == 'ok'"
    return SopDefinition.model_validate(raw)


def _targets(step: Step) -> set[str]:
    outcomes = step.human.outcomes.values() if step.human else ()
    return {*step.refusals.values(), *(outcome.go for outcome in outcomes)}


def _steps(raw: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = list(raw)
    for step in raw:
        for body in step.get("parallel", {}).get("branches", {}).values():
            found += _steps(body)
        found += _steps(step.get("for_each", step.get("repeat", {})).get("steps", []))
    return found


def errors(definition: SopDefinition) -> list[Finding]:
    found = lint(parse(to_yaml(definition)), ALL_ACTIONS, TABLES, called=CALLED)
    return [finding for finding in found if finding.severity == "error"]


def script(definition: SopDefinition, random: Random) -> dict[str, Any]:
    """An answer for every step; the one on which a loop waits is the wanted one in the end."""
    answers: dict[str, Any] = {}
    for step in definition.walk():
        if step.human:
            answers[step.id] = {"outcome": random.choice([*step.human.outcomes, "ok"])}
        elif step.id == "make":
            answers[step.id] = {"lines": [{"number": n, "label": "x"} for n in range(random.randint(0, 3))]}
        elif step.refusals:
            answers[step.id] = random.choice([{}, {"refused": "not_today"}])
        elif step.wait and step.wait.timeout:
            answers[step.id] = random.choice([{}, {"timed_out": True}])
        elif step.call:
            outcome = {"outcome": random.choice(["done", "lost", "cancelled"])}
            answers[step.id] = {"lines": [outcome]} if step.call.lines else outcome
    for loop in (step for step in definition.walk() if step.repeat):
        _turn(definition, loop, answers)
    return answers


def _turn(definition: SopDefinition, loop: Step, answers: dict[str, Any]) -> None:
    """The answer on which a loop waits comes: at once, or in the second round of one that is begun once."""
    assert loop.repeat is not None
    first, inside = loop.repeat.steps[0].id, Moves(definition).inside
    around = [s for s in definition.walk() if loop.id in inside[s.id] and (s.repeat or s.for_each)]
    once = loop.repeat.limit == 1 or len(around) > 1
    answers[first] = {"outcome": "ok"} if once else [answers[first], {"outcome": "ok"}]


def play(definition: SopDefinition, answers: dict[str, Any]) -> SimulationResult:
    raw = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return simulate(bundle_of(raw, CALLED), Case(name="drawn", answers=answers, expect={}))


def walkable(definition: SopDefinition, walked: list[str], outcome: str | None) -> bool:
    """Whether the moves allow this way through the main list and the sections, to this end."""
    space = Moves(definition)
    parents = {inner.id: step.id for step in definition.walk() for _, body in step.bodies() for inner in body}

    def outermost(place: Place) -> str:
        name = place if isinstance(place, str) else place[0]
        while name in parents:
            name = parents[name]
        return name

    places: set[tuple[Place, int]] = {(space.start, 0)}
    seen = set(places)
    while places:
        place, done = places.pop()
        for move in space.moves(place):
            here = outermost(place)
            now = done
            if place == here and move.why != "skipped":
                if done >= len(walked) or walked[done] != here:
                    continue
                now = done + 1
            if move.to is None:
                if now == len(walked) and move.answer == outcome:
                    return True
            elif (move.to, now) not in seen:
                seen.add((move.to, now))
                places.add((move.to, now))
    return False


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.integers(0, 2**32))
def test_what_lints_clean_runs_to_an_end_on_a_path_that_proofs_look_at(seed: int) -> None:
    random = Random(seed)
    definition = sound(random)
    assume(not errors(definition))
    result = play(definition, script(definition, random))
    assert [finding.en for finding in result.findings] == []
    assert result.outcome in {step.end for step in definition.walk() if step.end}
    assert walkable(definition, result.path, result.outcome), result.path
    agree(definition, result, random)


def agree(definition: SopDefinition, result: SimulationResult, random: Random) -> None:
    """What is proven holds in the run: nothing before its evidence, no other end than was said."""
    steps = [s.id for s in (*definition.steps, *definition.sections.get("side", [])) if s.kind in DONE]
    may_fail = {s.id for s in definition.walk() if s.refusals or (s.wait and s.wait.timeout)}
    deeds = [step for step in steps if step not in may_fail]
    prover = Prover(definition, ALL_ACTIONS, TABLES, CALLED)
    for deed, before in ((random.choice(deeds), random.choice(steps)) for _ in range(4)):
        proof = Proof(never=Target(step=deed), without=Evidence(done=before))
        if prover.prove(proof).verdict == "holds" and deed in result.path[:-1]:
            assert before in result.path[: result.path.index(deed)], (deed, before)
    for end in sorted({step.end for step in definition.walk() if step.end}):
        if prover.prove(Proof(after=Event(step=steps[0]), ends=[end])).verdict == "holds":
            assert result.outcome == end

"""Recorded runs pass both levels of a replay; each way of changing one is found by the level that the table names."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import pytest

from domain.replay_findings import NOT_NOTICED, ReplayFinding, ReplayVerdict
from engine import replaying
from tests.replay.cases import CASES, HUMAN
from tests.replay.tampering import Run, held, recorded_run, recorded_runs, renumber


async def replayed(run: Run, workflow_id: str | None = None) -> ReplayVerdict:
    return await replaying.replay(run, workflow_id or run[0]["workflow_id"])


def faults(verdict: ReplayVerdict) -> list[ReplayFinding]:
    return [finding for finding in verdict.findings if not finding.known]


@pytest.mark.parametrize("source", recorded_runs(), ids=lambda s: f"{s[0]}/{s[1]}.s{s[2]}")
async def test_a_recorded_run_passes_both_levels(source: tuple[str, str, int]) -> None:
    run = recorded_run(*source)
    verdict = await replayed(run)
    assert not faults(verdict), [str(finding.text) for finding in faults(verdict)]
    assert verdict.ok
    assert (verdict.executions, verdict.semantics) == (len(run), source[2])
    assert verdict.commands > 0
    assert verdict.events == sum(len(execution["events"]) for execution in run)


@pytest.mark.parametrize("name", CASES)
async def test_a_changed_history_is_found_by_its_level(name: str) -> None:
    case = CASES[name]
    run = recorded_run(*case.source)
    workflow_id = run[0]["workflow_id"]
    case.change(run)
    verdict = await replayed(run, workflow_id)
    found_by = "sdk" if not verdict.sdk.ok else "strict" if not verdict.strict.ok else "none"
    assert found_by == case.found_by, [str(finding.text) for finding in faults(verdict)]
    assert verdict.ok == (found_by == "none")
    assert verdict.sdk.ok or not verdict.strict.ok
    for finding in faults(verdict):
        assert finding.text.zh
        assert finding.text.en != finding.text.zh


def test_what_nobody_finds_is_exactly_what_is_documented() -> None:
    assert {case.unnoticed for case in CASES.values() if case.found_by == "none"} == set(NOT_NOTICED)
    assert not [name for name, case in CASES.items() if case.unnoticed and case.found_by != "none"]


@pytest.mark.parametrize("sandboxed", [True, False])
async def test_text_and_objects_give_the_same_verdict_with_and_without_the_sandbox(
    *, sandboxed: bool
) -> None:
    run = recorded_run(*HUMAN)
    as_text = [json.dumps(execution) for execution in run]
    verdict = await replaying.replay(as_text, run[0]["workflow_id"], sandboxed=sandboxed)
    assert verdict == await replayed(run)


@pytest.mark.parametrize("seed", range(30))
async def test_whatever_is_broken_in_a_history_is_a_finding_and_no_error(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "PATIENCE_S", 5)
    random = Random(seed)
    run = recorded_run(*random.choice([HUMAN, ("probe", "long", 2)]))
    workflow_id = run[0]["workflow_id"]
    for _ in range(random.randint(1, 4)):
        broken(random, run[random.randrange(len(run))]["events"])
    verdict = await replayed(run, workflow_id)
    assert all(finding.text.zh and finding.text.en for finding in verdict.findings)
    assert "silent" not in {finding.rule for finding in verdict.findings}


def broken(random: Random, part: Any) -> None:
    """Something somewhere in it is gone, or is something else."""
    keys = list(part) if isinstance(part, dict) else list(range(len(part)))
    key = random.choice(keys)
    if isinstance(part[key], dict | list) and part[key] and random.random() < 0.8:
        broken(random, part[key])
    elif random.random() < 0.3:
        del part[key]
    else:
        part[key] = random.choice([None, 0, -1, 10**30, "", "x", "9" * 30, [], {}, [1], {"a": 1}, True])


async def test_a_finding_says_where_and_what_on_both_sides() -> None:
    run = recorded_run(*HUMAN)
    CASES["another time-out of an advance"].change(run)
    (found,) = faults(await replayed(run))
    assert (found.rule, found.execution, found.event_id) == ("differs", 1, 5)
    assert found.event_type == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"
    assert (found.field, found.recorded, found.computed) == ("start_to_close_timeout", "60s", "120s")
    assert "60s" in found.text.zh
    assert "120s" in found.text.zh


async def test_the_engines_own_words_are_kept_with_the_event_that_they_name() -> None:
    run = recorded_run(*HUMAN)
    CASES["a timer taken out"].change(run)
    verdict = await replayed(run)
    (found,) = verdict.sdk.findings
    assert found.rule == "nondeterminism"
    assert str(found.why).startswith("[TMPRL1100] Nondeterminism error: Timer machine does not handle")
    assert f"id: {found.event_id}," in str(found.why)
    assert "not_replayed" in {one.rule for one in verdict.strict.findings}


async def test_a_run_under_way_may_end_anywhere() -> None:
    run = recorded_run(*HUMAN)
    del run[0]["events"][29:]
    workflow_id = run[0]["workflow_id"]
    assert not (await replayed(run)).strict.ok
    del run[0]["events"][25:]
    assert (await replaying.replay(run, workflow_id, closed=False)).ok


@pytest.mark.parametrize(("kind", "holds"), [("FAILED", {"failure": {"message": "boom"}}), ("TIMED_OUT", {})])
async def test_a_workflow_task_that_was_tried_again_is_no_finding(
    kind: str, holds: dict[str, object]
) -> None:
    """A worker was killed in the middle, or a deployment that did not fit was taken back."""
    run = recorded_run(*HUMAN)
    scheduled, started = (copy.deepcopy(event) for event in run[0]["events"][7:9])
    key = f"workflowTask{'Failed' if kind == 'FAILED' else 'TimedOut'}EventAttributes"
    ended = {
        "eventId": "tried",
        "eventType": f"EVENT_TYPE_WORKFLOW_TASK_{kind}",
        "eventTime": started["eventTime"],
        key: {"scheduledEventId": "8", "startedEventId": "9", **holds},
    }
    run[0]["events"][7:7] = [scheduled, started, ended]
    renumber(run)
    for event in (started, ended):
        held(event)["scheduledEventId"] = "8"
    ended[key]["startedEventId"] = "9"
    assert [held(event).get("scheduledEventId") for event in run[0]["events"][8:12]] == ["8", "8", None, "11"]
    assert not faults(await replayed(run))


@pytest.mark.parametrize(
    "rubbish", ["", "{", "[]", "null", '{"events": 1}', '{"events": [{"eventId": "x"}]}']
)
async def test_rubbish_is_a_finding_and_no_error(rubbish: str) -> None:
    verdict = await replaying.replay([rubbish], "run/1")
    assert not verdict.strict.ok
    assert not (await replaying.replay([], "run/1")).ok


@pytest.mark.parametrize(("start", "end"), [(0, 1), (1, 34), (0, 0)])
async def test_a_history_for_which_the_engine_would_wait_for_ever_is_refused(start: int, end: int) -> None:
    run = recorded_run(*HUMAN)
    run[0]["events"] = run[0]["events"][start:end]
    verdict = await replayed(run)
    assert [finding.rule for finding in verdict.sdk.findings] == ["not_replayable"]
    assert not verdict.strict.ok


async def test_a_replay_that_gives_no_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "PATIENCE_S", 0.2)
    monkeypatch.setattr(replaying, "GRACE_S", 0.1)
    monkeypatch.setattr(replaying, "_replayable", bool)
    run = recorded_run(*HUMAN)
    del run[0]["events"][1:]
    verdict = await replayed(run)
    assert [finding.rule for finding in verdict.sdk.findings] == ["silent"]
    assert not verdict.ok


async def test_a_first_replay_that_was_too_slow_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run, real, tries = recorded_run(*HUMAN), replaying._run, list[str]()

    async def slow(*given: Any, **more: Any) -> Any:
        tries.append("once")
        if len(tries) == 1:
            return [], RuntimeError(f"[{replaying.TOO_SLOW}] Potential deadlock detected")
        return await real(*given, **more)

    monkeypatch.setattr(replaying, "_run", slow)
    assert (await replayed(run)).ok
    assert len(tries) == 2


async def test_known_changes_of_the_code_are_told_and_fail_nothing() -> None:
    verdict = await replayed(recorded_run("probe", "human", 1))
    known = [finding for finding in verdict.strict.findings if finding.known]
    assert verdict.ok
    assert known
    assert all("已知变更" in finding.text.zh for finding in known)

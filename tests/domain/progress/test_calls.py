"""Calling other SOPs: once and for lines, awaited and detached, refused, suspended, sent back, cancelled."""

from __future__ import annotations

from typing import TypeVar

import pytest

from contracts.advance import AskedResult, EndRun, RecordDecision, Undo
from contracts.calls import CallRuns, CancelCalls, OrderCalls, ReadCalls
from domain.sop_progress.called import waiting_calls
from domain.sop_progress.kinds import call
from tests import procedures
from tests.domain.progress.driving import Driver, refused
from tests.effects import Effects
from tests.procedures import CALL, ERRANDS, LINES, definition, human, text
from tests.saying import completion, ordering

T = TypeVar("T")
EFFECT = {"action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}


def of_kind(d: Driver, kind: type[T]) -> list[T]:
    return [o for o in d.effects.operations if isinstance(o, kind)]


def called() -> Driver:
    d = Driver("call")
    d.say(completion("first#1", "p1"))
    return d


def test_a_call_waits_for_its_run_and_goes_on_with_its_outcome() -> None:
    d = called()
    (made,) = of_kind(d, CallRuns)
    assert (made.path, made.sop, made.version, made.awaited) == ("errand#1", "errand", 1, True)
    assert made.sha256 == d.run.bundle.calls["errand"].sha256
    assert [(run.line, run.inputs) for run in made.runs] == [(None, {"number": 7})]
    assert (d.open, waiting_calls(d.run)) == ([], ["errand#1"])
    d.effects.end_call("errand#1", "lost", "p2")
    d.word("errand#1")
    assert d.run.state.scopes[""].values["errand"] == {"count": 1, "outcome": "lost"}
    assert of_kind(d, RecordDecision)[-1].result == {"value": False}
    assert d.open == ["last#1"]


def test_who_performed_in_the_called_run_performed_the_call() -> None:
    d = called()
    assert of_kind(d, CallRuns)[0].apart == {"last": None}
    d.effects.end_call("errand#1", "done", "p2", "p3")
    d.word("errand#1")
    with refused("not_segregated"):
        d.say(completion("last#1", "p3"))
    d.say(completion("last#1", "p4"))
    assert d.ended == ("completed", "completed")


def test_whom_the_caller_bars_performs_nothing_in_the_called_run() -> None:
    d = Driver(definition(human("go"), {"end": "done"}), barred=["p1"])
    with refused("not_segregated"):
        d.say(completion("go#1", "p2", performers=["p1"]))
    d.say(completion("go#1", "p2"))


@pytest.mark.parametrize("times", [1, 3])
def test_word_that_comes_too_early_or_for_something_else_changes_nothing(times: int) -> None:
    d = called()
    for _ in range(times):
        d.word("errand#1")
        d.word("nowhere#1")
    assert waiting_calls(d.run) == ["errand#1"]
    assert [read.path for read in of_kind(d, ReadCalls)] == [f"errand#1@read{n + 1}" for n in range(times)]
    d.effects.end_call("errand#1")
    d.word("errand#1")
    assert d.open == ["last#1"]
    d.word("errand#1")
    assert d.open == ["last#1"]


def test_a_run_for_each_line_and_the_outcomes_counted() -> None:
    d = Driver("call_lines")
    (made,) = of_kind(d, CallRuns)
    assert [(run.line, run.inputs["number"], run.inputs["note"]) for run in made.runs] == [
        (n, n, f"l{n}") for n in range(1, 6)
    ]
    d.effects.end_call("errands#1", "lost", "p1", number=0)
    d.effects.end_call("errands#1", "cancelled", "p2", number=0)
    d.word("errands#1")
    assert d.open == []
    d.effects.end_call("errands#1", "done", "p1")
    d.word("errands#1")
    assert d.run.state.scopes[""].values["errands"] == {
        "count": 5,
        "count_done": 3,
        "count_lost": 1,
        "count_cancelled": 1,
    }
    assert d.run.state.scopes[""].performers["errands"] == ["p1", "p2"]
    assert of_kind(d, RecordDecision)[-1].result == {"value": 1}


def test_many_lines_are_called_in_chunks_and_word_is_kept_until_all_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(call, "AT_ONCE", 2)
    d = Driver("call_lines")
    assert [(made.path, len(made.runs)) for made in of_kind(d, CallRuns)] == [
        ("errands#1@0", 2),
        ("errands#1@2", 2),
        ("errands#1@4", 1),
    ]
    d.effects.end_call("errands#1")
    d.word("errands#1")
    assert d.open == ["last#1"]

    slow = Driver("call_lines", advances=3)
    slow.effects.end_call("errands#1")
    slow.word("errands#1", advances=0)  # the first chunk has ended before the second is called
    slow.settle()
    assert waiting_calls(slow.run) == ["errands#1"]  # asked at once, told that others are open
    assert len(of_kind(slow, ReadCalls)) == 1
    slow.effects.end_call("errands#1")
    slow.word("errands#1")
    assert slow.open == ["last#1"]


def test_a_detached_call_goes_on_at_once() -> None:
    d = Driver("call_detached")
    assert [made.awaited for made in of_kind(d, CallRuns)] == [False]
    assert d.run.state.scopes[""].values["errands"] == {"count": 5}
    d.say(completion("last#1"))
    assert d.ended == ("completed", "completed")
    assert of_kind(d, OrderCalls) == []


@pytest.mark.parametrize("mode", ["wait", "detach"])
def test_no_lines_call_nobody(mode: str) -> None:
    none = {"lines": {"id": "x", "count": 0, "root": "0" * 64}}
    effects = Effects()
    effects.answers["make#1"] = AskedResult(path="make#1", outputs=none)
    errands = {"id": "errands", "call": {**ERRANDS, "mode": mode}}
    d = Driver(definition(LINES, errands, human("last"), {"end": "x"}), effects)
    assert d.open == ["last#1"]
    zero = {"count": 0} | ({"count_done": 0, "count_lost": 0, "count_cancelled": 0} if mode == "wait" else {})
    assert d.run.state.scopes[""].values["errands"] == zero


def test_a_refused_call_is_an_incident_and_trying_again_calls_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(call, "AT_ONCE", 2)
    effects = Effects()
    effects.answers["errands#1@2"] = AskedResult(path="errands#1@2", refused="site_unknown", message="no")
    d = Driver("call_lines", effects)
    assert d.open == ["errands#1!1"]
    d.effects.end_call("errands#1")  # the first two have ended meanwhile
    d.word("errands#1")
    d.say(completion("errands#1!1", "boss", "retry"))
    assert {path: len(runs) for path, runs in effects.called.items()} == {"errands#1": 2, "errands#2": 3}
    assert waiting_calls(d.run) == ["errands#2", "errands#1"]
    d.effects.end_call("errands#2", "lost")
    d.word("errands#2")
    assert d.run.state.scopes[""].values["errands"]["count"] == 5
    assert d.run.state.scopes[""].values["errands"]["count_lost"] == 3


def test_an_input_without_a_value_is_an_incident_of_the_call() -> None:
    broken = {"id": "errand", "call": {"sop": "errand", "with": {"number": "1 / 0"}}}
    d = Driver(definition(broken, {"end": "x"}))
    assert d.open == ["errand#1!1"]
    assert of_kind(d, CallRuns) == []


def test_suspending_and_resuming_are_handed_on() -> None:
    d = called()
    d.say(ordering("suspend"))
    d.effects.end_call("errand#1")
    d.word("errand#1")
    assert d.open == []  # what is suspended asks for nothing
    d.say(ordering("resume"))
    assert d.open == ["last#1"]
    assert [(o.kind, o.path, o.prefixes) for o in of_kind(d, OrderCalls)] == [
        ("suspend", "orders#1", [""]),
        ("resume", "orders#2", [""]),
    ]


def test_cancelling_waits_for_the_called_runs_before_it_undoes() -> None:
    d = Driver("call_cancelled")
    d.say(ordering("cancel"))
    assert d.effects.called["errand#1"][0].ordered == ["cancel"]
    assert of_kind(d, Undo) == []
    assert not d.run.state.ended
    assert waiting_calls(d.run) == [""]
    d.word("errand#1")  # too early: asked again, still open
    assert of_kind(d, Undo) == []
    d.continue_as_new()
    d.effects.end_call("errand#1", "cancelled")
    d.word("errand#1")
    assert d.effects.undone == ["one#1"]
    assert d.ended == ("cancelled", "cancelled")
    assert [o.path for o in of_kind(d, CancelCalls)] == [f"undo#1@calls{n}" for n in (1, 2, 3)]


def test_what_called_runs_could_not_undo_is_told_at_the_end() -> None:
    effects = Effects()
    d = Driver("call_cancelled", effects)
    d.take_in(ordering("cancel"))
    effects.end_call("errand#1", "cancelled")
    operations = d.run.take()
    answer = d.advance(operations).asked
    assert answer is not None
    d.run.answer(answer.model_copy(update={"irreversible": ["errand#1/go#1"]}), d.now)
    d.settle()
    assert [end.not_undone for end in of_kind(d, EndRun)] == [["errand#1/go#1"]]


def test_sending_back_over_a_call_cancels_what_was_called() -> None:
    d = called()
    d.say(ordering("send_back", to="first"))
    assert d.open == []
    d.effects.end_call("errand#1", "cancelled", "p2")
    d.word("errand#1")
    assert d.open == ["first#2"]
    assert next(o.prefixes for o in of_kind(d, CancelCalls)) == ["errand#1"]
    d.say(completion("first#2", "p1", epoch=2))
    assert sorted(d.effects.called) == ["errand#1", "errand#2"]


@pytest.mark.parametrize("inside", [False, True], ids=["of the run", "inside a branch"])
@pytest.mark.parametrize("over", [False, True], ids=["still open", "ended"])
def test_a_called_run_that_may_have_done_what_stays_cannot_be_sent_back_across(
    monkeypatch: pytest.MonkeyPatch, *, over: bool, inside: bool
) -> None:
    leaves = {"id": "leave", "action": "probe.effect", "with": {"text": "'x'"}, "irreversible": text("left")}
    monkeypatch.setitem(procedures.ERRAND, "steps", [leaves, *procedures.ERRAND["steps"]])
    step = {"id": "both", "parallel": {"branches": {"l": [CALL], "r": [human("b")]}}} if inside else CALL
    d = Driver(definition(human("first"), step, human("last"), {"end": "x"}))
    d.say(completion("first#1", "p1"))
    path = "both#1.l.errand#1" if inside else "errand#1"
    if over:
        d.effects.end_call(path)
        d.word(path)
    with refused("irreversible_between"):
        d.say(ordering("send_back", to="first"))


def test_cancelling_gives_up_a_send_back_that_waits_for_called_runs() -> None:
    d = called()
    d.say(ordering("send_back", to="first"))
    d.say(ordering("cancel"))
    d.effects.end_call("errand#1", "cancelled")
    d.word("errand#1")
    assert d.ended == ("cancelled", "cancelled")


def test_a_branch_that_is_over_cancels_what_it_waits_for_and_goes_on() -> None:
    race = {"id": "race", "parallel": {"wait_for": "any", "branches": {"l": [human("a")], "r": [CALL]}}}
    d = Driver(definition(race, {"end": "completed"}))
    d.say(completion("race#1.l.a#1"))
    assert d.ended == ("completed", "completed")
    (order,) = of_kind(d, OrderCalls)
    assert (order.kind, order.prefixes, order.actor) == ("cancel", ["race#1.r.errand#1"], None)


def test_an_end_beside_it_cancels_what_is_waited_for() -> None:
    race = {"id": "race", "parallel": {"branches": {"l": [human("a"), {"end": "early"}], "r": [CALL]}}}
    d = Driver(definition(race, {"end": "completed"}))
    d.say(completion("race#1.l.a#1"))
    assert d.ended == ("completed", "early")
    assert d.effects.called["race#1.r.errand#1"][0].ordered == ["cancel"]


def test_a_completion_is_not_taken_back_once_a_run_was_called() -> None:
    from tests.saying import doing

    d = called()
    with refused("effect_since"):
        d.say(doing("withdraw", "first#1", "p1"))


def test_a_waiting_call_survives_a_continuation() -> None:
    d = called()
    d.continue_as_new()
    d.effects.end_call("errand#1")
    d.word("errand#1")
    assert d.open == ["last#1"]

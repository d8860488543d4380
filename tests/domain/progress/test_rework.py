"""Going back, giving up and trying again, at the moments when it hurts: in branches, lines, while undoing."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.advance import Act, AskedResult, EndRun
from tests.domain.progress.driving import Driver, refused
from tests.procedures import LINES, definition, human
from tests.saying import completion, ordering


def effect(step: str, **more: Any) -> dict[str, Any]:
    return {
        "id": step,
        "action": "probe.effect",
        "with": {"text": "'x'"},
        "undo": "probe.undo_effect",
        **more,
    }


def branches(*left: dict[str, Any], wait_for: str = "any") -> dict[str, Any]:
    return {
        "id": "both",
        "parallel": {"wait_for": wait_for, "branches": {"l": list(left), "r": [human("b")]}},
    }


def each(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    loop = {"lines": "make.lines", "mode": "concurrent", "limit": 3, "steps": list(steps), **more}
    return {"id": "each", "for_each": loop}


def ends(d: Driver) -> list[EndRun]:
    return [o for o in d.effects.operations if isinstance(o, EndRun)]


def test_a_branch_that_is_over_takes_its_half_done_undo_with_it() -> None:
    d = Driver(definition(branches(human("a"), effect("e1"), effect("e2"), human("c")), {"end": "completed"}))
    d.say(completion("both#1.l.a#1"))
    d.say(ordering("send_back", to="a"), advances=1)
    assert d.effects.undone == ["both#1.l.e2#1"]
    d.say(completion("both#1.r.b#1"))
    assert d.ended == ("completed", "completed")
    assert d.run.over


def test_an_end_elsewhere_takes_a_half_done_undo_with_it() -> None:
    left = (human("a"), effect("e1"), effect("e2"), human("c"))
    both = {"id": "both", "parallel": {"branches": {"l": list(left), "r": [human("b"), {"end": "early"}]}}}
    d = Driver(definition(both, {"end": "completed"}))
    d.say(completion("both#1.l.a#1"))
    d.say(ordering("send_back", to="a"), advances=1)
    d.say(completion("both#1.r.b#1"))
    assert d.ended == ("completed", "early")
    assert d.run.over


def test_a_cancel_while_undoing_ends_the_run_and_enters_nothing_again() -> None:
    d = Driver(
        definition(effect("e0"), human("a"), effect("e1"), effect("e2"), human("c"), {"end": "completed"})
    )
    d.say(completion("a#1"))
    d.say(ordering("send_back", to="a"), advances=1)
    d.say(ordering("cancel"))
    assert d.effects.undone == ["e2#1", "e1#1", "e0#1"]
    assert d.open == []
    assert d.ended == ("cancelled", "cancelled")


def test_what_a_send_back_could_not_undo_is_told_at_the_end_too() -> None:
    d = Driver(definition(human("a"), effect("e1"), human("c"), {"end": "completed"}))
    d.effects.irreversible.add("e1#1")
    d.say(completion("a#1"))
    d.say(ordering("send_back", to="a"))
    assert d.open == ["a#2"]
    d.say(ordering("cancel"))
    assert [o.not_undone for o in ends(d)] == [["e1#1"]]


def test_sending_back_in_one_of_several_lines_names_the_task() -> None:
    d = Driver(definition(LINES, each(human("check"), effect("act"), human("verify")), {"end": "completed"}))
    for line in (1, 2):
        d.say(completion(f"each#1[{line}].check#1"))
    with refused("ambiguous_step"):
        d.say(ordering("send_back", to="check"))
    d.say(ordering("send_back", to="check", path="each#1[2].verify#1"))
    assert d.effects.undone == ["each#1[2].act#1"]
    assert d.open == ["each#1[1].verify#1", "each#1[2].check#2", "each#1[3].check#1"]
    with refused("task_done"):
        d.say(ordering("send_back", to="check", path="each#1[2].verify#1"))


def test_from_inside_a_line_the_work_before_the_loop_can_be_done_again() -> None:
    d = Driver(definition(human("a"), LINES, each(human("check")), {"end": "completed"}))
    d.say(completion("a#1"))
    d.say(completion("each#1[2].check#1"))
    d.say(ordering("send_back", to="a", path="each#1[1].check#1"))
    assert d.open == ["a#2"]
    d.say(completion("a#2", epoch=2))
    assert d.open == [f"each#2[{line}].check#1" for line in (1, 2, 3)]


def test_sending_back_withdraws_an_open_incident() -> None:
    ask = {"id": "ask", "action": "probe.refuse"}
    d = Driver(definition(human("a"), branches(ask, wait_for="all"), {"end": "completed"}))
    d.say(completion("a#1"))
    assert d.open == ["both#1.l.ask#1!1", "both#1.r.b#1"]
    d.say(ordering("send_back", to="a"))
    assert d.open == ["a#2"]
    assert d.run.run_state == "running"


def test_an_incident_in_a_line_is_tried_again_in_that_line_only() -> None:
    d = Driver(definition(LINES, each(human("check"), {"id": "ask", "action": "probe.refuse"}), {"end": "e"}))
    d.say(completion("each#1[2].check#1"))
    assert "each#1[2].ask#1!1" in d.open
    d.effects.refusing = False
    d.say(completion("each#1[2].ask#1!1", outcome="retry"))
    assert d.open == [f"each#1[{line}].check#1" for line in (1, 3, 4)]


@pytest.mark.parametrize(
    "step",
    [
        {"id": "each", "for_each": {"lines": "make.lines", "steps": [effect("act", irreversible="no")]}},
        {"id": "both", "parallel": {"branches": {"l": [effect("act", irreversible="no")]}}},
        {
            "id": "again",
            "repeat": {"limit": 2, "until": "true", "steps": [effect("act", irreversible="no")]},
        },
        {"id": "open", "parallel": {"branches": {"l": [effect("act", irreversible="no"), human("h")]}}},
    ],
    ids=["for_each", "parallel", "repeat", "a branch that is still open"],
)
def test_an_irreversible_action_inside_another_step_cannot_be_sent_back_across(step: dict[str, Any]) -> None:
    d = Driver(definition(human("a"), LINES, step, human("c"), {"end": "completed"}))
    d.say(completion("a#1"))
    with refused("irreversible_between"):
        d.say(ordering("send_back", to="a"))


ACT = effect("act", irreversible="no")
AGAIN = {"id": "again", "repeat": {"limit": 1, "until": "false", "steps": [ACT]}}


@pytest.mark.parametrize(
    ("step", "stopped", "tried"),
    [
        (AGAIN, "again#1!1", "again#2!1"),
        (
            {"id": "open", "parallel": {"branches": {"l": [AGAIN]}}},
            "open#1.l.again#1!1",
            "open#1.l.again#2!1",
        ),
    ],
    ids=["of the run", "inside a branch"],
)
def test_what_left_in_a_pass_that_failed_and_was_tried_again_still_hinders(
    step: dict[str, Any], stopped: str, tried: str
) -> None:
    d = Driver(definition(human("a"), step, {"end": "completed"}))
    d.say(completion("a#1"))
    assert d.open == [stopped]
    d.effects.answers = {path: AskedResult(path=path, error="boom") for path in _acts_of(tried)}
    d.say(completion(stopped, outcome="retry"))
    assert len(d.effects.done) == 1
    with refused("irreversible_between"):
        d.say(ordering("send_back", to="a"))


def _acts_of(incident: str) -> list[str]:
    """Where the action of the next pass is: it fails there, so that this pass has done nothing."""
    return [incident.removesuffix("!1") + "~1.act#1"]


def test_what_left_inside_a_loop_that_is_over_in_an_open_branch_hinders() -> None:
    loop = {"id": "each", "for_each": {"lines": "make.lines", "steps": [ACT]}}
    step = {"id": "open", "parallel": {"branches": {"l": [loop, human("h")]}}}
    d = Driver(definition(human("a"), LINES, step, {"end": "completed"}))
    d.say(completion("a#1"))
    assert d.open == ["open#1.l.h#1"]
    with refused("irreversible_between"):
        d.say(ordering("send_back", to="a"))


def test_a_run_of_the_first_semantics_is_sent_back_as_its_history_says() -> None:
    d = Driver(definition(human("a"), AGAIN, {"end": "completed"}), semantics=1)
    d.say(completion("a#1"))
    d.effects.answers = {path: AskedResult(path=path, error="boom") for path in _acts_of("again#2!1")}
    d.say(completion("again#1!1", outcome="retry"))
    d.say(ordering("send_back", to="a"))
    assert d.open == ["a#2"]


def test_an_irreversible_action_that_was_not_reached_does_not_hinder() -> None:
    step = {"id": "open", "parallel": {"branches": {"l": [human("h"), effect("act", irreversible="no")]}}}
    d = Driver(definition(human("a"), step, {"end": "completed"}))
    d.say(completion("a#1"))
    d.say(ordering("send_back", to="a"))
    assert d.open == ["a#2"]


def test_results_inside_a_step_that_is_done_again_are_forgotten() -> None:
    again = {
        "id": "again",
        "repeat": {
            "limit": 3,
            "until": "look.outcome == 'ok'",
            "steps": [human("look", outcomes={"ok": {"label": {"zh": "1"}}, "no": {"label": {"zh": "2"}}})],
        },
    }
    d = Driver(definition(human("a"), again, human("c"), {"end": "completed"}))
    d.say(completion("a#1"))
    d.say(completion("again#1~1.look#1", outcome="ok"))
    d.say(ordering("send_back", to="a"))
    assert "look" not in d.run.state.scopes[""].values


def chunked(d: Driver, path: str, *cursors: int | None, error: str | None = None) -> None:
    for n, cursor in enumerate(cursors):
        at = path if n == 0 else f"{path}@{n}"
        d.effects.answers[at] = AskedResult(path=at, outputs={"text": "x"}, cursor=cursor)
    if error:
        d.effects.answers[f"{path}@{len(cursors)}"] = AskedResult(path=f"{path}@{len(cursors)}", error=error)


def test_a_chunked_action_that_stopped_goes_on_where_it_stopped() -> None:
    d = Driver(definition(human("a"), effect("act"), {"end": "completed"}))
    chunked(d, "act#1", 500, 1000, error="action_failed")
    d.say(completion("a#1"))
    assert d.open == ["act#1!1"]
    d.effects.answers["act#2@2"] = AskedResult(path="act#2@2", error="action_failed")
    d.say(completion("act#1!1", outcome="retry"))
    assert d.open == ["act#2!1"]
    d.say(completion("act#2!1", outcome="retry"))
    assert d.ended[0] == "completed"
    acts = [(o.path, o.cursor) for o in d.effects.operations if isinstance(o, Act)]
    assert acts == [
        ("act#1", None),
        ("act#1@1", 500),
        ("act#1@2", 1000),
        ("act#2@2", 1000),
        ("act#3@2", 1000),
    ]


def test_what_was_asked_for_while_suspended_waits_and_a_cancel_forgets_it() -> None:
    d = Driver(definition(human("a"), effect("act"), {"end": "completed"}))
    chunked(d, "act#1", 500, 1000, 1500)
    d.say(completion("a#1"), advances=1)
    d.say(ordering("suspend"))
    assert [o.path for o in d.run.state.queue if isinstance(o, Act)] == ["act#1@1"]
    d.say(ordering("cancel"))
    assert d.ended == ("cancelled", "cancelled")
    assert [o.path for o in d.effects.operations if isinstance(o, Act)] == ["act#1"]


def test_many_steps_that_are_over_at_once_do_not_nest() -> None:
    steps = [{"id": f"d{n}", "decide": {"value": "1"}} for n in range(350)]
    skipped = [{**human(f"h{n}"), "when": "false"} for n in range(50)]
    d = Driver(definition(*steps, *skipped, human("last"), {"end": "completed"}))
    assert d.open == ["last#1"]


def test_an_escalation_to_an_address_without_a_value_goes_to_the_owner() -> None:
    slow = human("slow", escalate={"after": "PT1H", "to": {"post": "buyer", "site": "inputs.where"}})
    d = Driver(definition(slow, {"end": "completed"}, inputs={"where": {"type": "text"}}))
    d.pass_time(hours=2)
    assert [o.to.post for o in d.effects.operations if o.op == "escalate"] == ["qa_manager"]
    assert d.open == ["slow#1"]


@pytest.mark.parametrize("value", ["yesterday", "2026-11-24T08:00:00"])
def test_a_wait_until_what_is_no_instant_is_an_incident(value: str) -> None:
    at = {"id": "at", "wait": {"until": "echo.text"}}
    echo = {"id": "echo", "action": "probe.echo", "with": {"text": f"'{value}'", "number": "1"}}
    d = Driver(definition(echo, at, {"end": "completed"}))
    assert d.open == ["at#1!1"]


def test_a_step_that_could_not_open_its_task_withdraws_none() -> None:
    wrong = human("h", site="inputs.where")
    d = Driver(definition(wrong, {"end": "completed"}, inputs={"where": {"type": "text"}}))
    assert d.open == ["h#1!1"]
    d.say(ordering("cancel"))
    assert [o.path for o in d.effects.operations if o.op == "withdraw"] == ["h#1!1"]


def test_what_was_taken_back_and_not_done_again_cannot_be_sent_back_to() -> None:
    d = Driver(definition(human("a"), human("b"), human("c"), {"end": "completed"}))
    d.say(completion("a#1"))
    d.say(completion("b#1"))
    d.say(ordering("send_back", to="a"))
    with refused("unknown_step"):
        d.say(ordering("send_back", to="b"))
    d.say(completion("a#2", epoch=2))
    d.say(completion("b#2", epoch=2))
    d.say(ordering("send_back", to="b"))
    assert d.open == ["b#3"]


def test_an_irreversible_action_counts_from_its_first_chunk_on() -> None:
    d = Driver(definition(human("a"), effect("act", irreversible="no"), {"end": "completed"}))
    chunked(d, "act#1", 500, error="action_failed")
    d.say(completion("a#1"))
    assert d.open == ["act#1!1"]
    with refused("irreversible_between"):
        d.say(ordering("send_back", to="a"))

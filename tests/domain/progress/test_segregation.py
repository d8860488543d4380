"""Whose hands a step may not be in: over passes, lines, branches and rounds (S5)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.tasks import OpenTask
from domain.sop_progress import CommandRefused
from tests.domain.progress.driving import Driver
from tests.procedures import LINES, definition, human
from tests.saying import completion, ordering

CHECK, VERIFY = human("check"), human("verify", "acceptor", separate_from=["check"])


def refused() -> pytest.RaisesExc[CommandRefused]:
    return pytest.raises(CommandRefused, check=lambda e: e.code == "not_segregated")


def lines(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "each", "for_each": {"lines": "make.lines", "steps": list(steps), **more}}


def line(d: Driver, number: int, checker: str, verifier: str, loop: int = 1) -> None:
    d.say(completion(f"each#{loop}[{number}].check#1", checker))
    d.say(completion(f"each#{loop}[{number}].verify#1", verifier))


def test_who_worked_on_a_line_that_is_over_may_work_on_another() -> None:
    d = Driver(definition(LINES, lines(CHECK, VERIFY), {"end": "completed"}))
    line(d, 1, "p1", "p2")
    line(d, 2, "p2", "p1")
    d.say(completion("each#1[3].check#1", "p1"))
    with refused():
        d.say(completion("each#1[3].verify#1", "p1"))


def test_across_all_means_every_line_whichever_of_the_two_steps_says_so() -> None:
    verify = human("verify", "acceptor", separate_from=["check"], across="all")
    d = Driver(definition(LINES, lines(CHECK, verify), {"end": "completed"}))
    line(d, 1, "p1", "p2")
    with refused():
        d.say(completion("each#1[2].check#1", "p2"))
    d.say(completion("each#1[2].check#1", "p3"))
    with refused():
        d.say(completion("each#1[2].verify#1", "p1"))


def test_a_step_after_the_lines_is_apart_from_all_of_them() -> None:
    d = Driver(definition(LINES, lines(CHECK), human("sum", separate_from=["check"]), {"end": "completed"}))
    for number in range(1, 6):
        d.say(completion(f"each#1[{number}].check#1", f"p{number}"))
    for number in range(1, 6):
        with refused():
            d.say(completion("sum#1", f"p{number}"))
    d.say(completion("sum#1", "p6"))
    assert d.ended[0] == "completed"


def test_a_step_in_a_line_is_apart_from_one_before_the_lines() -> None:
    verify = human("verify", separate_from=["first"])
    d = Driver(definition(human("first"), LINES, lines(verify), {"end": "completed"}))
    d.say(completion("first#1", "p1"))
    with refused():
        d.say(completion("each#1[1].verify#1", "p1"))


def test_inside_a_line_it_holds_across_branches_that_are_over() -> None:
    both = {"id": "both", "parallel": {"branches": {"l": [CHECK, human("more")], "r": [human("b"), VERIFY]}}}
    d = Driver(definition(LINES, lines(both), {"end": "completed"}))
    d.say(completion("each#1[1].both#1.l.check#1", "p1"))
    d.say(completion("each#1[1].both#1.r.b#1", "p2"))
    with refused():
        d.say(completion("each#1[1].both#1.r.verify#1", "p1"))
    d.say(completion("each#1[1].both#1.r.verify#1", "p2"))


def test_when_the_lines_are_done_again_whoever_checked_any_of_them_may_not_verify() -> None:
    d = Driver(definition(human("first"), LINES, lines(CHECK, VERIFY), human("last"), {"end": "completed"}))
    d.say(completion("first#1", "p0"))
    line(d, 1, "p1", "p2")
    d.say(completion("each#1[2].check#1", "p3"))
    d.say(ordering("send_back", to="first"))
    d.say(completion("first#2", "p0", epoch=2))
    d.say(completion("each#2[1].check#1", "p4"))
    for person in ("p1", "p3", "p4"):
        with refused():
            d.say(completion("each#2[1].verify#1", person))
    d.say(completion("each#2[1].verify#1", "p2"))


def test_rounds_of_a_repeat_are_passes_of_its_steps() -> None:
    again = {
        "id": "again",
        "repeat": {
            "limit": 3,
            "until": "tick.value > 1",
            "steps": [CHECK, VERIFY, {"id": "tick", "decide": {"value": "1"}}],
        },
    }
    d = Driver(definition(again, {"end": "completed"}))
    d.say(completion("again#1~1.check#1", "p1"))
    d.say(completion("again#1~1.verify#1", "p2"))
    d.say(completion("again#1~2.check#1", "p3"))
    with refused():
        d.say(completion("again#1~2.verify#1", "p1"))


def test_lines_in_lines_are_told_apart_at_both_levels() -> None:
    inner = {"id": "inner", "for_each": {"lines": "make.lines", "as": "piece", "steps": [CHECK, VERIFY]}}
    d = Driver(definition(LINES, lines(inner), {"end": "completed"}))
    for outer in (1, 2):
        for number in range(1, 6):
            one, two = ("p1", "p2") if (outer + number) % 2 else ("p2", "p1")
            path = f"each#1[{outer}].inner#1[{number}]"
            d.say(completion(f"{path}.check#1", one))
            with refused():
                d.say(completion(f"{path}.verify#1", one))
            d.say(completion(f"{path}.verify#1", two))


def test_a_signer_is_a_performer() -> None:
    signed = human("check", signatures=[{"meaning": {"zh": "一"}}, {"meaning": {"zh": "二"}}])
    d = Driver(definition(signed, VERIFY, {"end": "completed"}))
    from tests.saying import signing

    d.say(completion("check#1", "p1", rule=0))
    d.say(signing("check#1", "p2", 1))
    for person in ("p1", "p2"):
        with refused():
            d.say(completion("verify#1", person))


def test_the_task_says_which_line_its_segregation_is_about() -> None:
    branches = {"id": "both", "parallel": {"branches": {"l": [CHECK, VERIFY]}}}
    d = Driver(definition(branches, LINES, lines(human("x"), human("y", separate_from=["x"])), {"end": "e"}))
    d.say(completion("both#1.l.check#1", "p1"))
    d.say(completion("both#1.l.verify#1", "p2"))
    scopes = {o.path: o.line_scope for o in d.effects.operations if isinstance(o, OpenTask)}
    assert scopes["both#1.l.verify#1"] is None
    assert scopes["each#1[1].x#1"] == "each#1[1]."

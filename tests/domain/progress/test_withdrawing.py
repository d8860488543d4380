"""Taking a completion back, and reminding: until when, and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.tasks import OpenTask, SettleTaskCommand, WithdrawTask
from tests.domain.progress.commanding import (
    APART,
    EFFECT,
    NOTED,
    SIGNED,
    TWO,
    apart,
    epoch,
    until,
    vote,
    voting,
)
from tests.domain.progress.driving import Driver, refused
from tests.procedures import LINES, definition, human
from tests.saying import completion, doing, event, ordering, signing


def test_a_completion_that_waits_for_others_is_taken_back() -> None:
    d = Driver(SIGNED)
    d.say(completion("accept#1", "p1", rule=0))
    with refused("not_the_completer"):
        d.say(doing("withdraw", "accept#1", "p2"))
    assert d.say(doing("withdraw", "accept#1", "p1")).state == "claimed"
    with refused("nothing_to_sign"):
        d.say(signing("accept#1", "p2", 1, epoch=2))
    d.say(completion("accept#1", "p1", rule=0, epoch=2, hash="h2"))
    d.say(signing("accept#1", "p2", 1, epoch=2, content_hash="h2"))
    assert d.ended[0] == "completed"


def test_a_completion_that_another_has_signed_stands() -> None:
    d = voting(2)
    vote(d, "p1", 1)
    with refused("acted_since"):
        d.say(doing("withdraw", "judge#1", "who"))
    vote(d, "p2", 2)
    d = Driver(definition(human("accept", signatures=TWO), human("next"), {"end": "completed"}))
    d.say(completion("accept#1", "p1", rule=0))
    d.say(signing("accept#1", "p2", 1))
    with refused("acted_since"):
        d.say(doing("withdraw", "accept#1", "p1"))


def test_a_done_task_is_taken_back_before_the_next_person_acts() -> None:
    tell = {"id": "tell", "notify": {"to": {"post": "buyer"}, "template": "note"}}
    decide = {"id": "judge", "decide": {"value": "true"}}
    d = Driver(definition(human("one"), decide, tell, human("two"), {"end": "completed"}, messages=NOTED))
    d.say(completion("one#1", "p1"))
    assert d.open == ["two#1"]
    with refused("not_the_completer"):
        d.say(doing("withdraw", "one#1", "p2"))
    with refused("stale_epoch"):
        d.say(doing("withdraw", "one#1", "p1", epoch=2))
    assert d.say(doing("withdraw", "one#1", "p1")).state == "withdrawn"
    assert d.open == ["one#2"]
    opened = d.effects.open["one#2"]
    assert isinstance(opened, OpenTask)
    assert (opened.assignee, opened.epoch) == ("p1", 2)
    assert [o.path for o in d.effects.operations if isinstance(o, WithdrawTask)] == ["two#1"]
    with refused("moved_on"):
        d.say(doing("withdraw", "one#1", "p1"))
    d.say(completion("one#2", "p1", epoch=2))
    d.say(completion("two#2", "p1", epoch=2))
    assert d.ended[0] == "completed"


@pytest.mark.parametrize(
    ("between", "code"),
    [
        ([EFFECT], "effect_since"),
        ([{"id": "echo", "action": "probe.echo", "irreversible": "it has left"}], "effect_since"),
        ([{"id": "echo", "action": "probe.echo"}], None),
        (
            [{"id": "fork", "parallel": {"branches": {"left": [EFFECT], "right": [human("b")]}}}],
            "effect_since",
        ),
        ([{"id": "pause", "wait": {"for": "PT1H"}}], None),
        ([{"id": "ask", "action": "probe.refuse"}], None),
    ],
    ids=["effect", "irreversible", "no effect", "effect in a branch", "waiting", "incident"],
)
def test_what_the_system_has_done_since_decides(between: list[Any], code: str | None) -> None:
    d = Driver(definition(human("one"), *between, human("two"), {"end": "completed"}))
    d.say(completion("one#1", "p1"))
    if code:
        with refused(code):
            d.say(doing("withdraw", "one#1", "p1"))
    else:
        d.say(doing("withdraw", "one#1", "p1"))
        assert d.open == ["one#2"]


def test_a_completion_is_not_taken_back_after_somebody_has_acted_on_it() -> None:
    d = Driver(definition(human("one"), human("two"), human("three"), {"end": "completed"}))
    d.say(completion("one#1", "p1"))
    d.say(completion("two#1", "p2"))
    with refused("acted_since"):
        d.say(doing("withdraw", "one#1", "p1"))
    d.say(doing("withdraw", "two#1", "p2"))
    assert d.open == ["two#2"]
    assert d.say(doing("withdraw", "one#1", "p1")).state == "withdrawn"
    assert d.open == ["one#2"]


def test_an_event_from_outside_counts_as_an_act() -> None:
    wait = {"id": "reply", "wait": {"event": "erp_answer", "key": "'PO-1'"}}
    d = Driver(definition(human("one"), wait, human("two"), {"end": "completed"}))
    d.say(completion("one#1", "p1"))
    bare = event("reply#1").model_copy(update={"data": {}})
    d.say(bare)
    with refused("acted_since"):
        d.say(doing("withdraw", "one#1", "p1"))


def test_what_left_its_line_or_its_run_is_not_taken_back() -> None:
    loop = {"id": "each", "for_each": {"lines": "make.lines", "steps": [human("check"), human("look")]}}
    d = Driver(definition(LINES, loop, {"end": "completed"}))
    d.say(completion("each#1[1].check#1", "p1"))
    d.say(doing("withdraw", "each#1[1].check#1", "p1"))
    assert d.open == ["each#1[1].check#2"]
    d.say(completion("each#1[1].check#2", "p1", epoch=2))
    d.say(completion("each#1[1].look#2", "p2", epoch=2))
    with refused("moved_on"):
        d.say(doing("withdraw", "each#1[1].look#2", "p2", epoch=2))
    d = Driver(definition(human("one"), {"end": "completed"}))
    d.say(completion("one#1", "p1"))
    with refused("run_ended"):
        d.say(doing("withdraw", "one#1", "p1"))


INNER = {"left": "fork#1.left.each#1", "line": "outer#1[1].each#1", "round": "outer#1~1.each#1"}


def deep(where: str, *body: dict[str, Any]) -> dict[str, Any]:
    """A loop inside another step: in a branch, in a line, in a round."""
    each = {"id": "each", "for_each": {"lines": "make.lines", "steps": [*body]}}
    if where == "left":
        return {"id": "fork", "parallel": {"branches": {"left": [each], "right": [human("b")]}}}
    if where == "line":
        return {"id": "outer", "for_each": {"lines": "make.lines", "steps": [each]}}
    return {"id": "outer", "repeat": {"steps": [each], "until": "false", "limit": 3}}


@pytest.mark.parametrize("where", list(INNER))
def test_what_was_done_in_a_line_that_is_over_counts_however_deep_it_lies(where: str) -> None:
    d = Driver(definition(LINES, human("one"), deep(where, human("look")), {"end": "completed"}))
    d.say(completion("one#1", "p1"))
    d.say(completion(f"{INNER[where]}[1].look#1", "p2"))
    assert f"{INNER[where]}[2].look#1" in d.open
    with refused("acted_since"):
        d.say(doing("withdraw", "one#1", "p1"))


@pytest.mark.parametrize("where", list(INNER))
def test_what_had_an_effect_in_a_line_that_is_over_counts_however_deep_it_lies(where: str) -> None:
    ask = {"id": "ask", "when": "line.number > 1", **human("look")}
    act = {"when": "line.number == 1", **EFFECT}
    d = Driver(definition(LINES, human("one"), deep(where, act, ask), {"end": "completed"}))
    d.say(completion("one#1", "p1"))
    assert f"{INNER[where]}[1].act#1" in d.effects.done
    with refused("effect_since"):
        d.say(doing("withdraw", "one#1", "p1"))


def test_a_task_is_not_reminded_of_again_at_once() -> None:
    d = apart()
    d.say(doing("remind", "two#1", "p1"))  # who is barred may remind: that is no work on the step
    assert epoch(d, "two#1") == 1
    d.pass_time(minutes=14)
    with refused("reminded_already"):
        d.say(doing("remind", "two#1", "p7", epoch=9))
    d.pass_time(minutes=1)
    d.say(doing("remind", "two#1", "p7"))
    assert [o.kind for o in d.effects.operations if isinstance(o, SettleTaskCommand)] == ["remind"] * 2


def test_an_incident_is_handed_over_delegated_and_reminded_of_but_never_signed() -> None:
    d = Driver("incident")
    d.say(completion("first#1"))
    path = "ask#1!1"
    d.say(doing("remind", path))
    d.say(doing("delegate", path, "p1", person="p2", until=until(hours=1)))
    d.pass_time(hours=1)
    d.say(doing("hand_over", path, "p1", person="p2", epoch=3))
    with refused("command_not_offered"):
        d.say(doing("add_signer", path, "p1", person="p3", epoch=4))
    d.effects.refusing = False
    d.say(completion(path, "p2", "retry", epoch=4))
    assert d.ended[0] == "completed"


def test_a_suspended_or_ended_run_takes_no_command() -> None:
    d = Driver(APART)
    d.say(ordering("suspend"))
    with refused("run_suspended"):
        d.say(doing("remind", "one#1"))
    d.say(ordering("resume"))
    d.say(ordering("cancel"))
    with refused("run_ended"):
        d.say(doing("remind", "one#1"))

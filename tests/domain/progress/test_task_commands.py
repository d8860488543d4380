"""What people do with a task besides answering it: each command with its rules of segregation and of epochs."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.tasks import ReturnTask, SettleTaskCommand
from tests.domain.progress.commanding import APART, SIGNED, apart, epoch, until
from tests.domain.progress.driving import Driver, refused
from tests.procedures import definition, human
from tests.saying import completion, doing, signing


@pytest.mark.parametrize(
    "command",
    [
        doing("hand_over", "two#1", "p2", person="p1"),
        doing("delegate", "two#1", "p2", person="p1", until=until(hours=1)),
        doing("delegate", "two#1", "p1", person="p2", until=until(hours=1)),
        doing("add_signer", "two#1", "p2", person="p1"),
    ],
    ids=lambda command: f"{command.kind} {command.actor} to {command.person}",
)
def test_who_is_barred_from_a_step_gets_it_by_no_command(command: Any) -> None:
    d = apart()
    before = d.run.state.model_dump()
    with refused("not_segregated"):
        d.say(command)
    assert d.run.state.model_dump() == before


def test_handing_over_makes_what_was_loaded_stale_and_the_run_goes_on() -> None:
    d = apart()
    d.say(doing("hand_over", "two#1", "p2", person="p3"))
    assert epoch(d, "two#1") == 2
    [settled] = [o for o in d.effects.operations if isinstance(o, SettleTaskCommand)]
    assert (settled.state, settled.assignee, settled.of_epoch, settled.epoch) == ("claimed", "p3", 1, 2)
    with refused("stale_epoch"):
        d.say(completion("two#1", "p3"))
    d.say(completion("two#1", "p3", epoch=2))
    assert d.ended[0] == "completed"


def test_both_names_of_a_delegation_are_performers_although_one_of_them_did_nothing() -> None:
    d = Driver(APART)
    d.say(doing("delegate", "one#1", "p1", person="p3", until=until(hours=1)))
    d.say(completion("one#1", "p3", epoch=2))
    for barred in ("p1", "p3"):
        with refused("not_segregated"):
            d.say(completion("two#1", barred))
    d.say(completion("two#1", "p2"))


def test_a_delegation_comes_back_by_itself() -> None:
    d = Driver(APART)
    d.say(doing("delegate", "one#1", "p1", person="p3", until=until(hours=1)))
    assert d.run.next_wakeup() == until(hours=1)
    d.pass_time(hours=1)
    [back] = [o for o in d.effects.operations if isinstance(o, ReturnTask)]
    assert (back.assignee, back.epoch, epoch(d, "one#1")) == ("p1", 3, 3)
    with refused("stale_epoch"):
        d.say(completion("one#1", "p3", epoch=2))
    d.say(completion("one#1", "p1", epoch=3))
    with refused("not_segregated"):
        d.say(completion("two#1", "p3"))


def test_what_was_delegated_goes_back_and_nowhere_else() -> None:
    d = Driver(APART)
    d.say(doing("delegate", "one#1", "p1", person="p3", until=until(hours=1)))
    for more in (
        {"kind": "hand_over", "person": "p4"},
        {"kind": "delegate", "person": "p4", "until": until(hours=2)},
    ):
        with refused("delegated_task"):
            d.say(doing(more.pop("kind"), "one#1", "p3", epoch=2, **more))
    d.say(doing("hand_over", "one#1", "p3", person="p1", epoch=2))
    d.pass_time(hours=2)
    assert d.effects.kinds()["return_task"] == 0
    assert epoch(d, "one#1") == 3


def test_what_a_delegate_completed_stands_and_goes_back_to_the_delegator_when_it_is_refused_later() -> None:
    d = Driver(SIGNED)
    d.say(doing("delegate", "accept#1", "p1", person="p3", until=until(hours=1)))
    d.say(completion("accept#1", "p3", rule=0, epoch=2))
    d.pass_time(hours=2)
    assert d.effects.kinds()["return_task"] == 0
    with refused("already_signed"):  # the delegator is no second pair of eyes
        d.say(signing("accept#1", "p1", 1, epoch=2))
    d.say(doing("refuse", "accept#1", "p2", rule=1, epoch=2))
    last = [o for o in d.effects.operations if isinstance(o, SettleTaskCommand)][-1]
    assert (last.state, last.assignee, last.epoch) == ("claimed", "p1", 3)


@pytest.mark.parametrize(
    ("ends", "code"),
    [(until(), "until_invalid"), (until(days=32), "until_invalid"), (None, "until_invalid")],
)
def test_a_delegation_has_an_end_in_the_near_future(ends: Any, code: str) -> None:
    with refused(code):
        Driver(APART).say(doing("delegate", "one#1", "p1", person="p3", until=ends))


@pytest.mark.parametrize("kind", ["delegate", "hand_over", "add_signer", "withdraw"])
def test_everything_but_reminding_needs_a_reason(kind: str) -> None:
    with refused("reason_required"):
        Driver(APART).say(doing(kind, "one#1", "p1", person="p2", until=until(hours=1), reason=" "))


def test_a_step_can_allow_some_commands_only() -> None:
    d = Driver(definition(human("one", commands=["remind"]), human("two"), {"end": "completed"}))
    d.say(doing("remind", "one#1"))
    for kind in ("delegate", "hand_over", "add_signer"):
        with refused("command_not_offered"):
            d.say(doing(kind, "one#1", "p1", person="p2", until=until(hours=1)))
    d.say(completion("one#1", "p1"))
    with refused("command_not_offered"):
        d.say(doing("withdraw", "one#1", "p1"))

"""Waiting for an external event: it comes, it had come, it does not come, somebody else's comes."""

from __future__ import annotations

from typing import TypeVar

import pytest

from contracts.commands import TakeSignal
from contracts.signals import AwaitSignal, EndWait, EventTaken, SettleSignal
from domain.signals import taken_hash
from domain.sop_progress import signals
from tests.domain.progress.driving import Driver, refused
from tests.effects import Effects
from tests.procedures import EVENT, SILENT, definition, human
from tests.saying import COME_AT, completion, event, ordering

T = TypeVar("T")
BEFORE = EventTaken(signal="s1", at=COME_AT, data={"count": 7})


def of_kind(d: Driver, kind: type[T]) -> list[T]:
    return [o for o in d.effects.operations if isinstance(o, kind)]


def with_note(**wait: object) -> Driver:
    """What the event brought decides which task is opened."""
    return Driver(
        definition(
            {**EVENT, "wait": {**EVENT["wait"], **wait}},
            {**human("many"), "when": "reply.count_given && reply.count > 5"},
            human("after"),
            {"end": "completed"},
            sections=SILENT,
        )
    )


def test_an_event_goes_on_with_what_it_brought() -> None:
    d = Driver("event")
    (wait,) = of_kind(d, AwaitSignal)
    assert (wait.event, wait.key, wait.keep_s) == ("erp_answer", "PO-1", 7 * 86_400)
    said = event("reply#1", count=3, note="fine")
    assert d.say(said).state == "taken"
    (settled,) = of_kind(d, SettleSignal)
    assert settled.answer == taken_hash(event="erp_answer", key="PO-1", at=COME_AT, data=said.data)
    assert d.run.state.scopes[""].values["reply"] == {
        "count": 3,
        "note": "fine",
        "at": "2026-11-23T02:00:00.000000Z",
    }
    assert d.open == ["after#1"]


def test_what_the_event_brought_is_seen_by_later_steps() -> None:
    few, many = with_note(timeout={"after": "PT2H"}), with_note(timeout={"after": "PT2H"})
    few.say(event("reply#1", count=5))
    many.say(event("reply#1", count=6))
    assert (few.open, many.open) == (["after#1"], ["many#1"])


def test_an_event_that_came_before_is_taken_at_once() -> None:
    effects = Effects()
    effects.come["erp_answer", "PO-1"] = BEFORE
    d = Driver("event", effects)
    assert d.open == ["after#1"]
    assert d.run.state.scopes[""].values["reply"]["count"] == 7
    assert of_kind(d, SettleSignal) == []
    assert d.effects.waits == {}


def test_nobody_answers_and_the_procedure_goes_elsewhere() -> None:
    d = Driver("event")
    d.pass_time(hours=1, minutes=59)
    assert not d.run.state.ended
    d.pass_time(minutes=1)
    assert d.ended == ("completed", "silent")
    assert [o.why for o in of_kind(d, EndWait)] == ["timed_out"]
    with refused("run_ended"):
        d.say(event("reply#1"))


def test_a_time_out_that_leads_on_leaves_the_step_without_values() -> None:
    d = with_note(timeout={"after": "PT2H"})
    d.pass_time(hours=2)
    assert d.open == ["after#1"]
    assert "reply" not in d.run.state.scopes[""].values
    with refused("wait_over"):
        d.say(event("reply#1"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (event("reply#1", name="other"), "wait_over"),
        (event("reply#1", key="PO-2"), "wait_over"),
        (event("reply#2"), "wait_over"),
        (event("after#1"), "wait_over"),
        (event("reply#1", note="without the count"), "event_unfit"),
        (event("reply#1", count="3"), "event_unfit"),  # not as the door writes it down
        (event("reply#1", count=3, more=1), "event_unfit"),
    ],
)
def test_what_is_not_waited_for_changes_nothing(said: TakeSignal, code: str) -> None:
    d = Driver("event")
    before = d.run.state.model_dump()
    with refused(code):
        signals.check_signal(d.run, said)
    with refused(code):
        d.say(said)
    assert d.run.state.model_dump() == before


def test_the_same_event_does_not_end_two_waits() -> None:
    d = Driver("event")
    said = event("reply#1")
    d.say(said)
    with refused("wait_over"):
        d.say(said)


def test_a_branch_that_is_over_waits_no_more() -> None:
    d = Driver("event_in_race")
    d.say(completion("race#1.left.a#1"))
    assert d.ended == ("completed", "completed")
    assert [o.why for o in of_kind(d, EndWait)] == ["branch_over"]


def test_the_event_ends_the_race() -> None:
    d = Driver("event_in_race")
    d.say(event("race#1.right.reply#1"))
    assert d.ended == ("completed", "completed")
    assert of_kind(d, EndWait) == []


def test_a_suspended_run_is_asked_again_later() -> None:
    d = Driver("event")
    d.say(ordering("suspend"))
    with refused("run_suspended"):
        signals.check_signal(d.run, event("reply#1"))
    d.say(ordering("resume"))
    signals.check_signal(d.run, event("reply#1"))


def test_cancelling_ends_the_wait() -> None:
    d = Driver("event")
    d.say(ordering("cancel"))
    assert d.ended[0] == "cancelled"
    assert [o.why for o in of_kind(d, EndWait)] == ["cancelled"]
    with refused("run_ended"):
        d.say(event("reply#1"))


def test_a_wait_that_was_taken_back_before_it_was_asked_for_is_not_begun() -> None:
    left = [{"id": "act", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}]
    both = {"id": "both", "parallel": {"wait_for": "any", "branches": {"l": left, "r": [EVENT]}}}
    d = Driver(definition(both, {"end": "completed"}, sections=SILENT))
    assert d.ended == ("completed", "completed")
    assert not of_kind(d, AwaitSignal)
    assert not of_kind(d, EndWait)


def test_the_next_pass_waits_again() -> None:
    d = Driver(
        definition(
            human("first"), EVENT, human("last", send_back=["first"]), {"end": "done"}, sections=SILENT
        )
    )
    d.say(completion("first#1"))
    d.say(event("reply#1"))
    d.say(ordering("send_back", to="first"))
    d.say(completion("first#2", epoch=2))
    assert sorted(d.effects.waits) == ["reply#2"]
    d.say(event("reply#2"))
    assert d.open == ["last#2"]


@pytest.mark.parametrize("key", ["''", "'  '", "'a\\u0000b'"])
def test_a_wait_without_a_usable_key_is_an_incident(key: str) -> None:
    d = Driver(definition({**EVENT, "wait": {**EVENT["wait"], "key": key}}, {"end": "x"}, sections=SILENT))
    assert d.open == ["reply#1!1"]
    assert not d.effects.waits


def test_an_event_survives_a_continuation() -> None:
    d = Driver("event")
    d.continue_as_new()
    d.say(event("reply#1"))
    assert d.open == ["after#1"]

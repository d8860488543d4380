"""What persons may do to a run: answers, signatures, sending back, suspending, cancelling."""

from __future__ import annotations

import pytest

from contracts.advance import EndRun
from contracts.tasks import SettleTask
from tests.domain.progress.driving import Driver, refused
from tests.procedures import definition, human
from tests.saying import completion, ordering, signing


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (completion("one#1", outcome="maybe", data={"count": 3}), "unknown_outcome"),
        (completion("one#1", outcome="ok", data={}), "form_invalid"),
        (completion("one#1", outcome="ok", data={"count": 0}), "form_invalid"),
        (completion("one#1", outcome="ok", data={"count": 1, "other": "x"}), "form_invalid"),
        (completion("one#1", outcome="ok", data={"count": 3}, epoch=2), "stale_epoch"),
        (completion("two#1", outcome="done"), "task_done"),
        (completion("nowhere#1", outcome="ok"), "task_done"),
        (signing("one#1", "p1", 0), "nothing_to_sign"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(command: object, code: str) -> None:
    d = Driver("human")
    before = d.run.state.model_dump()
    with refused(code):
        d.say(command)  # type: ignore[arg-type]
    assert d.run.state.model_dump() == before


def test_a_performer_of_a_separated_step_is_refused_whoever_of_the_performers_it_is() -> None:
    d = Driver("human")
    d.say(completion("one#1", "p1", outcome="ok", data={"count": 3}, performers=["p3"]))
    for actor, performers in (("p1", []), ("p3", []), ("p2", ["p3"])):
        with refused("not_segregated"):
            d.say(completion("two#1", actor, performers=performers))
    d.say(completion("two#1", "p2"))
    assert d.ended[0] == "completed"


def test_two_signatures_come_from_two_people_over_the_same_content() -> None:
    d = Driver("signatures")
    with refused("signature_required"):
        d.say(completion("accept#1", "p1"))
    answer = d.say(completion("accept#1", "p1", rule=0))
    assert (answer.state, answer.missing) == ("awaiting_signature", [1])
    with refused("already_signed"):
        d.say(signing("accept#1", "p1", 1))
    with refused("content_changed"):
        d.say(signing("accept#1", "p2", 1, content_hash="other"))
    assert d.say(signing("accept#1", "p2", 1)).state == "done"
    assert d.ended[0] == "completed"
    assert [o.state for o in d.effects.operations if isinstance(o, SettleTask)] == [
        "awaiting_signature",
        "done",
    ]


def test_changed_content_voids_the_signatures_given_before() -> None:
    d = Driver("signatures")
    d.say(completion("accept#1", "p1", rule=0))
    d.say(completion("accept#1", "p2", rule=1, hash="h2"))
    with refused("content_changed"):
        d.say(signing("accept#1", "p3", 0, content_hash="h"))
    assert d.say(signing("accept#1", "p3", 0, content_hash="h2")).state == "done"


def test_sent_back_work_is_undone_and_done_again_with_a_new_epoch() -> None:
    d = Driver("rework")
    d.say(completion("first#1", "p1"))
    assert d.open == ["second#1"]
    d.say(ordering("send_back", to="first"))
    assert d.effects.undone == ["act#1"]
    assert d.open == ["first#2"]
    with refused("stale_epoch"):
        d.say(completion("first#2", "p3", epoch=1))
    d.say(completion("first#2", "p3", epoch=2))
    for person in ("p1", "p3"):  # performers of every pass stay separated
        with refused("not_segregated"):
            d.say(completion("second#2", person, epoch=2))
    d.say(completion("second#2", "p2", epoch=2))
    assert d.ended[0] == "completed"


@pytest.mark.parametrize(("to", "code"), [("second_", "unknown_step"), ("nowhere", "unknown_step")])
def test_sending_back_to_a_step_that_was_not_performed_is_refused(to: str, code: str) -> None:
    d = Driver("rework")
    with refused(code):
        d.say(ordering("send_back", to=to))


def test_an_irreversible_action_in_between_cannot_be_sent_back_across() -> None:
    d = Driver(
        definition(
            human("first"),
            {"id": "act", "action": "probe.echo", "irreversible": "the letter has left"},
            human("second", "acceptor"),
            {"end": "completed"},
        )
    )
    d.say(completion("first#1"))
    with refused("irreversible_between"):
        d.say(ordering("send_back", to="first"))


def test_a_suspended_run_accepts_nothing_and_its_clock_stands() -> None:
    d = Driver("deadlines")
    d.say(ordering("suspend"))
    assert d.run.run_state == "suspended"
    with refused("run_suspended"):
        d.say(completion("slow#1"))
    with refused("run_suspended"):
        d.say(ordering("suspend"))
    assert d.run.next_wakeup() is None
    d.pass_time(hours=9)
    assert d.effects.kinds()["remind"] == 0
    d.say(ordering("resume"))
    d.pass_time(seconds=1)
    assert d.effects.kinds()["remind"] == 2
    with refused("stale_epoch"):
        d.say(completion("slow#1", epoch=1))
    d.say(completion("slow#1", epoch=2))
    assert d.ended[0] == "completed"


def test_a_run_that_is_not_suspended_cannot_be_resumed() -> None:
    with refused("not_suspended"):
        Driver("human").say(ordering("resume"))


def test_cancelling_undoes_effects_last_first_and_withdraws_tasks() -> None:
    steps = [
        {"id": f"act{n}", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
        for n in (1, 2, 3)
    ]
    d = Driver(definition(*steps, human("look"), {"end": "completed"}))
    with refused("reason_required"):
        d.say(ordering("cancel", reason=" "))
    d.say(ordering("cancel"))
    assert d.effects.undone == ["act3#1", "act2#1", "act1#1"]
    assert d.open == []
    assert d.ended == ("cancelled", "cancelled")
    assert [o.state for o in d.effects.operations if isinstance(o, EndRun)] == ["cancelled"]
    with refused("run_ended"):
        d.say(ordering("cancel"))

"""Signers who are added to a task, and how many signatures are enough."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.tasks import SettleTaskCommand
from tests.domain.progress.commanding import SIGNED, apart, until, vote, voting
from tests.domain.progress.driving import Driver, refused
from tests.saying import completion, doing, signing


def test_an_added_signer_signs_as_well_before_the_others_or_after_them() -> None:
    d = Driver(SIGNED)
    d.say(doing("add_signer", "accept#1", "p1", person="p4", order="before"))
    d.say(doing("add_signer", "accept#1", "p1", post="manager", order="after", epoch=2))
    answer = d.say(completion("accept#1", "p1", rule=0, epoch=3))
    assert answer.missing == [100, 1, 101]
    with refused("not_your_turn"):
        d.say(signing("accept#1", "p2", 1, epoch=3))
    with refused("nothing_to_sign"):
        d.say(signing("accept#1", "p2", 100, epoch=3))
    d.say(signing("accept#1", "p4", 100, epoch=3))
    with refused("not_your_turn"):
        d.say(signing("accept#1", "p5", 101, epoch=3))
    d.say(signing("accept#1", "p2", 1, epoch=3))
    assert d.say(signing("accept#1", "p5", 101, epoch=3)).state == "done"
    assert d.ended[0] == "completed"


def test_a_signer_is_added_while_the_task_waits_for_signatures() -> None:
    d = Driver(SIGNED)
    d.say(completion("accept#1", "p1", rule=0))
    answer = d.say(doing("add_signer", "accept#1", "p1", person="p4"))
    assert (answer.state, answer.missing) == ("awaiting_signature", [1, 100])
    with refused("stale_epoch"):
        d.say(signing("accept#1", "p2", 1))
    d.say(signing("accept#1", "p2", 1, epoch=2))
    d.say(signing("accept#1", "p4", 100, epoch=2))
    assert d.ended[0] == "completed"


def test_nobody_signs_twice_by_being_added() -> None:
    d = Driver(SIGNED)
    d.say(doing("add_signer", "accept#1", "p1", person="p4"))
    for kind, more in (("add_signer", {}), ("hand_over", {}), ("delegate", {"until": until(hours=1)})):
        with refused("signer_known"):
            d.say(doing(kind, "accept#1", "p1", person="p4", epoch=2, **more))
    with refused("already_signed"):
        d.say(completion("accept#1", "p4", rule=0, epoch=2))
    d.say(completion("accept#1", "p1", rule=0, epoch=2))
    with refused("signer_known"):
        d.say(doing("add_signer", "accept#1", "p1", person="p1", epoch=2))
    d.say(doing("add_signer", "accept#1", "p1", post="manager", epoch=2))
    with refused("already_signed"):
        d.say(signing("accept#1", "p1", 101, epoch=3))


def test_an_unsigned_step_is_signed_when_a_signer_is_added() -> None:
    d = apart()
    d.say(doing("add_signer", "two#1", "p2", person="p4"))
    assert d.say(completion("two#1", "p2", epoch=2)).missing == [100]
    with refused("not_segregated"):
        d.say(
            signing("two#1", "p1", 100, epoch=2, content_hash="h").model_copy(
                update={"actor": "p4", "performers": ["p1"]}
            )
        )
    d.say(signing("two#1", "p4", 100, epoch=2))
    assert d.ended[0] == "completed"


@pytest.mark.parametrize(
    ("need", "votes", "states"),
    [
        ("all", [True, True, True], ["awaiting_signature", "awaiting_signature", "done"]),
        ("any", [True], ["done"]),
        ("majority", [True, True], ["awaiting_signature", "done"]),
        (2, [True, True], ["awaiting_signature", "done"]),
        ("all", [True, False], ["awaiting_signature", "claimed"]),
        ("any", [False], ["claimed"]),
    ],
)
def test_so_many_signatures_complete_the_task_and_one_refusal_refuses_it(
    need: Any, votes: list[bool], states: list[str]
) -> None:
    d = voting(need)
    assert [vote(d, f"p{n}", n, yes=yes) for n, yes in enumerate(votes, 1)] == states
    assert d.ended[0] == ("completed" if states[-1] == "done" else None)


@pytest.mark.parametrize(
    ("need", "votes", "states"),
    [
        ("any", [False, False, True], ["awaiting_signature", "awaiting_signature", "done"]),
        ("any", [False, False, False], ["awaiting_signature", "awaiting_signature", "claimed"]),
        ("majority", [False, True, True], ["awaiting_signature", "awaiting_signature", "done"]),
        ("majority", [False, False], ["awaiting_signature", "claimed"]),
        ("all", [False], ["claimed"]),
    ],
)
def test_where_refusals_count_the_task_goes_back_when_the_rest_is_not_enough(
    need: Any, votes: list[bool], states: list[str]
) -> None:
    d = voting(need, "continue")
    assert [vote(d, f"p{n}", n, yes=yes) for n, yes in enumerate(votes, 1)] == states


def test_what_was_refused_is_answered_again_by_who_completed_it_and_everybody_signs_again() -> None:
    d = voting(2)
    vote(d, "p1", 1)
    vote(d, "p2", 2, yes=False)
    [settled] = [o for o in d.effects.operations if isinstance(o, SettleTaskCommand)]
    assert (settled.assignee, settled.epoch, settled.missing) == ("who", 2, [])
    with refused("stale_epoch"):
        d.say(completion("judge#1", "who", rule=0))
    d.say(completion("judge#1", "who", rule=0, epoch=2, hash="h2"))
    for rule, person in ((1, "p1"), (2, "p2")):
        state = d.say(signing("judge#1", person, rule, epoch=2, content_hash="h2")).state
    assert state == "done"


def test_one_refusal_does_not_count_twice_and_only_who_may_sign_refuses() -> None:
    d = voting("any", "continue")
    vote(d, "p1", 1, yes=False)
    for rule, person, code in (
        (2, "p1", "already_signed"),
        (1, "p2", "nothing_to_sign"),
        (0, "p2", "nothing_to_sign"),
    ):
        with refused(code):
            d.say(doing("refuse", "judge#1", person, rule=rule))
    with refused("already_signed"):
        d.say(doing("refuse", "judge#1", "who", rule=2))


def test_an_added_signature_is_needed_whatever_the_policy() -> None:
    d = voting("any", "continue")
    d.say(doing("add_signer", "judge#1", "who", person="p9"))
    assert d.say(signing("judge#1", "p1", 1, epoch=2)).missing == [100]
    assert d.say(doing("refuse", "judge#1", "p9", rule=100, epoch=2)).state == "claimed"

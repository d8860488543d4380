"""What people do with a task besides answering it: each command with its rules of segregation and of epochs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.tasks import OpenTask, ReturnTask, SettleTaskCommand, WithdrawTask
from tests.domain.progress.driving import Driver, refused
from tests.procedures import LINES, MONDAY, definition, human, text
from tests.saying import completion, doing, event, ordering, signing

EFFECT = {"id": "act", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
NOTED = {"note": {"title": text("note"), "body": text("note")}}
APART = definition(human("one"), human("two", "acceptor", separate_from=["one"]), {"end": "completed"})
TWO = [{"meaning": text("one")}, {"meaning": text("two"), "post": "other"}]
SIGNED = definition(human("accept", "acceptor", signatures=TWO), {"end": "completed"})


def until(**delta: int) -> Any:
    return MONDAY + timedelta(**delta)


def apart() -> Driver:
    """Step two is open; p1 performed step one and is barred from it."""
    d = Driver(APART)
    d.say(completion("one#1", "p1"))
    return d


def epoch(d: Driver, path: str) -> int:
    return d.run.state.nodes[path].epoch


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


# -- signers ---------------------------------------------------------------------------------------


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


# -- policies --------------------------------------------------------------------------------------


def voting(need: Any, on_refusal: str = "refuse", **more: Any) -> Driver:
    """Completed and signed by `who`; three others of a committee are asked."""
    listed = [{"meaning": text(f"v{n}"), "post": "committee"} for n in (1, 2, 3)]
    policy = {"need": need, "on_refusal": on_refusal}
    step = human(
        "judge", signature={"meaning": text("own")}, signatures=listed, signature_policy=policy, **more
    )
    d = Driver(definition(step, {"end": "completed"}))
    d.say(completion("judge#1", "who", rule=0))
    return d


def vote(d: Driver, who: str, rule: int, *, yes: bool = True) -> str:
    said = signing("judge#1", who, rule) if yes else doing("refuse", "judge#1", who, rule=rule)
    state: str = d.say(said).state
    return state


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


# -- withdrawing and reminding ---------------------------------------------------------------------


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

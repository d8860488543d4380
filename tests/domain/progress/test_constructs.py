"""Every construct of the language, driven to its ends; the engine runs the same procedures for real."""

from __future__ import annotations

import pytest

from contracts.advance import EndRun, OpenTask, RecordDecision, SettleTask
from domain.sop_progress import CommandRefused
from tests.domain.progress.driving import Driver
from tests.procedures import definition, human
from tests.saying import completion, ordering, signing


def refused(code: str) -> pytest.RaisesExc[CommandRefused]:
    return pytest.raises(CommandRefused, check=lambda e: e.code == code)


def test_a_task_closes_and_the_next_opens_in_one_advance() -> None:
    d = Driver("human")
    assert d.open == ["one#1"]
    before = d.number
    d.say(completion("one#1", outcome="ok", data={"count": 3}))
    assert d.open == ["two#1"]
    assert d.number == before + 1
    d.say(completion("two#1", "p2"))
    assert d.ended == ("completed", "completed")


def test_an_outcome_leads_into_a_section_and_wants_its_reason() -> None:
    d = Driver("human")
    with refused("reason_required"):
        d.say(completion("one#1", outcome="bad", data={"count": 1}))
    d.say(completion("one#1", outcome="bad", data={"count": 1}, reason="wet"))
    assert d.ended == ("completed", "refused")


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


def test_action_outputs_are_seen_by_later_steps() -> None:
    d = Driver("action")
    opened = next(o for o in d.effects.operations if isinstance(o, OpenTask))
    assert opened.required == ["x"]


def test_a_named_refusal_is_routed() -> None:
    assert Driver("refusal_routed").ended == ("completed", "refused")


def test_an_unrouted_refusal_is_an_incident_that_the_owner_can_retry() -> None:
    d = Driver("incident")
    d.say(completion("first#1"))
    assert d.open == ["ask#1!1"]
    assert d.run.run_state == "incident"
    d.say(completion("ask#1!1", "owner", outcome="retry"))
    assert d.open == ["ask#2!1"]
    d.effects.refusing = False
    d.say(completion("ask#2!1", "owner", outcome="retry"))
    assert d.ended == ("completed", "completed")


def test_an_expression_without_a_value_is_an_incident_not_a_dead_run() -> None:
    d = Driver(
        definition(
            {"id": "bad", "decide": {"value": "10 / (run.now == run.now ? 0 : 1)"}, "routes": {"1": "next"}},
            {"end": "completed"},
        )
    )
    assert d.open == ["bad#1!1"]


@pytest.mark.parametrize(("count", "outcome"), [(11, "many"), (10, "few")])
def test_a_decision_is_recorded_and_routed(count: int, outcome: str) -> None:
    d = Driver("decide")
    d.say(completion("measure#1", data={"count": count}))
    assert d.ended == ("completed", outcome)
    assert [o.result for o in d.effects.operations if isinstance(o, RecordDecision)] == [
        {"value": count > 10}
    ]
    assert d.effects.kinds()["notify"] == (outcome == "few")


def test_parallel_branches_all_have_to_end() -> None:
    d = Driver("parallel_all")
    assert d.open == ["both#1.left.a#1", "both#1.right.b#1"]
    d.say(completion("both#1.left.a#1"))
    d.say(completion("both#1.right.b#1"))
    assert d.open == ["both#1.right.c#1"]
    d.say(completion("both#1.right.c#1"))
    assert d.ended[0] == "completed"


def test_the_first_branch_wins_and_the_other_is_withdrawn() -> None:
    d = Driver("parallel_any")
    d.say(completion("race#1.right.b#1"))
    assert d.open == []
    assert d.effects.kinds()["withdraw"] == 1
    assert d.ended[0] == "completed"


def test_lines_one_after_another_in_chunks() -> None:
    d = Driver("for_each_serial")
    seen = []
    while d.run.state.ended is None:
        assert len(d.open) == 1
        seen.append(d.open[0])
        d.say(completion(d.open[0]))
    assert seen == [f"each#1[{n}].check#1" for n in range(1, 6)]
    assert d.effects.kinds()["fetch_lines"] == 3


def test_lines_bounded_at_once_and_segregated_line_by_line() -> None:
    d = Driver("for_each_concurrent")
    assert len(d.open) == 3
    d.say(completion("each#1[1].check#1", "p1"))
    with refused("not_segregated"):
        d.say(completion("each#1[1].verify#1", "p1"))
    d.say(completion("each#1[2].check#1", "p2"))
    d.say(completion("each#1[2].verify#1", "p1"))  # another line: p1 did not check this one
    while d.run.state.ended is None:
        assert len(d.open) <= 3
        path = d.open[0]
        d.say(completion(path, "p8" if "check" in path else "p9"))
    assert d.ended[0] == "completed"


def test_a_wait_ends_at_its_instant_and_not_before() -> None:
    d = Driver("wait")
    assert d.open == []
    d.pass_time(minutes=119)
    assert d.open == []
    d.pass_time(minutes=1)
    assert d.open == ["after#1"]


def test_an_instant_already_past_ends_the_wait_at_once() -> None:
    d = Driver("wait_until")
    d.pass_time(seconds=0)
    assert d.ended[0] == "completed"


def test_a_repeat_ends_by_its_condition() -> None:
    d = Driver("repeat")
    d.say(completion("again#1~1.try#1", outcome="no"))
    d.say(completion("again#1~2.try#1", outcome="ok"))
    assert d.ended[0] == "completed"


def test_a_repeat_at_its_limit_is_an_incident() -> None:
    d = Driver("repeat")
    for n in (1, 2, 3):
        d.say(completion(f"again#1~{n}.try#1", outcome="no"))
    assert d.open == ["again#1!1"]


def test_deadlines_remind_and_escalate_once_each_and_decide_nothing() -> None:
    d = Driver("deadlines")
    for _ in range(6):
        d.pass_time(hours=1)
    kinds = d.effects.kinds()
    assert (kinds["remind"], kinds["escalate"]) == (2, 1)
    assert d.open == ["slow#1"]
    assert d.run.next_wakeup() is None


def test_only_the_next_deadline_is_waited_for() -> None:
    d = Driver("deadlines")
    first = d.run.next_wakeup()
    assert first is not None and (first - d.now).total_seconds() == 3600


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


def test_a_step_whose_condition_is_false_is_skipped() -> None:
    d = Driver(definition(human("a") | {"when": "run.now != run.now"}, human("b"), {"end": "completed"}))
    assert d.open == ["b#1"]


def test_an_end_inside_a_branch_ends_the_run_and_withdraws_the_rest() -> None:
    d = Driver(
        definition(
            {
                "id": "both",
                "parallel": {"branches": {"l": [human("a"), {"end": "early"}], "r": [human("b")]}},
            },
            {"end": "completed"},
        )
    )
    d.say(completion("both#1.l.a#1"))
    assert d.ended == ("completed", "early")
    assert d.open == []


def test_many_lines_that_are_over_at_once_do_not_nest() -> None:
    d = Driver(
        definition(
            {"id": "make", "action": "probe.lines", "with": {"n": "5"}},
            {
                "id": "each",
                "for_each": {
                    "lines": "make.lines",
                    "chunk": 200,
                    "steps": [{"id": "tell", "decide": {"value": "line.number"}}],
                },
            },
            {
                "id": "again",
                "repeat": {
                    "limit": 1000,
                    "until": "tick.value > 1000000",
                    "steps": [{"id": "tick", "decide": {"value": "1"}}],
                },
            },
            {"end": "completed"},
        )
    )
    assert d.open == ["again#1!1"]

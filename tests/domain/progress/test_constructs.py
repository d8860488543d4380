"""Every construct of the language, driven to its ends; the engine runs the same procedures for real."""

from __future__ import annotations

import pytest

from contracts.advance import RecordDecision
from contracts.tasks import OpenTask
from tests.domain.progress.driving import Driver, refused
from tests.procedures import definition, human
from tests.saying import completion


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

"""A run goes over to another version when all that it has done and all that is open fits, or is told exactly why not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from contracts.advance import SettleChangeover
from domain.sop_changeover import obstacles
from tests.domain.progress.changing import change_over, codes
from tests.domain.progress.driving import Driver, refused
from tests.procedures import EVENT, LINES, PROCEDURES, SILENT, bundle_of, definition, human, text
from tests.saying import completion, event, ordering

A, B, C, D = (human(name) for name in "abcd")
END = {"end": "completed"}
EFFECT = {"id": "act", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
FIELD = {"n": {"type": "integer", "label": text("n"), "required": True}}


def at_b(*steps: dict[str, Any], **more: Any) -> Driver:
    """A run that has done `a` and waits at `b`."""
    d = Driver(definition(*(steps or (A, B, C, END)), **more))
    d.say(completion("a#1"))
    assert "b#1" in d.open
    return d


def test_it_goes_on_by_the_new_version_from_where_it_is() -> None:
    d = at_b()
    change_over(d, definition(A, B, D, END))
    settled = [o for o in d.effects.operations if isinstance(o, SettleChangeover)]
    assert [o.number for o in settled] == [1]
    assert d.run.given.changeovers == 1
    d.say(completion("b#1"))
    assert d.open == ["d#1"]
    d.say(completion("d#1"))
    assert d.ended == ("completed", "completed")


def test_instants_that_were_fixed_are_kept() -> None:
    slow = PROCEDURES["deadlines"]
    d = Driver(slow)
    before = d.run.next_wakeup()
    new = deepcopy(slow)
    new["steps"][0]["human"] |= {"due": "P9D", "remind": ["P8D"]}
    change_over(d, new)
    assert d.run.next_wakeup() == before
    d.pass_time(hours=4)
    assert [o.op for o in d.effects.operations[-3:]] == ["remind", "remind", "escalate"]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ([B, C, END], {"missing": "a"}),
        ([A, {**EFFECT, "id": "b"}, C, END], {"kind": "b"}),
        ([A, D, B, C, END], {"passed_over": "d"}),
        ([D, A, B, C, END], {"passed_over": "d"}),
        ([B, A, C, END], {"passed_over": "b", "way": "a"}),
        ([{**A, "go": "c"}, B, C, END], {"way": "a"}),
        ([human("a", post="other"), B, C, END], {"differs": "a"}),
        ([human("a", signature={"meaning": text("signed")}), B, C, END], {"differs": "a"}),
        ([human("a", form=FIELD), B, C, END], {"answer": "a"}),
        ([human("a", outcomes={"ok": {"label": text("ok")}}), B, C, END], {"outcome": "a"}),
        ([A, human("b", post="other"), C, END], {"differs": "b"}),
        ([A, human("b", form=FIELD), C, END], {"differs": "b"}),
        ([A, human("b", separate_from=["a"]), C, END], {"differs": "b"}),
        ([A, human("b", outcomes={"ok": {"label": text("ok")}}), C, END], {"differs": "b"}),
        ([A, {"id": "both", "parallel": {"branches": {"x": [B]}}}, C, END], {"place": "b"}),
    ],
)
def test_what_does_not_fit_is_named_with_its_step(
    new: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    d = at_b()
    changed = definition(*new)
    found = codes(d, changed)
    assert found == {**found, **expected}, found
    said = obstacles(d.run, bundle_of(changed), d.now)
    assert all(one.in_language("zh") and one.in_language("en") for one in said)
    with refused("changeover_refused"):
        change_over(d, changed)
    d.say(completion("b#1"))  # and the run goes on as if nothing had been asked
    assert d.open == ["c#1"]


@pytest.mark.parametrize(
    "new",
    [
        [{**A, "title": text("A")}, {**B, "title": text("B")}, C, END],
        [human("a", instruction=text("other words"), due="P1D"), human("b", due="P2D", remind=["P1D"]), END],
        [A, {**B, "go": "d"}, C, D, END],
        [human("a", form={"x": {"type": "text", "label": text("x")}}), B, C, END],
        [A, B, EFFECT, human("c", form=FIELD, separate_from=["a", "b"]), END],
    ],
)
def test_words_times_and_what_comes_later_may_be_anything(new: list[dict[str, Any]]) -> None:
    d = at_b()
    assert codes(d, definition(*new)) == {}
    change_over(d, definition(*new))
    d.say(completion("b#1"))


def test_what_was_passed_over_by_the_same_condition_is_no_obstacle() -> None:
    skipped = {**D, "when": "false"}
    d = at_b(A, skipped, B, C, END)
    assert codes(d, definition(A, skipped, B, END)) == {}
    assert codes(d, definition(A, {**D, "when": "true"}, B, END)) == {"passed_over": "d"}


def test_what_was_answered_is_held_against_the_new_form() -> None:
    d = Driver(definition(human("a", form=FIELD), B, END))
    d.say(completion("a#1", data={"n": 7}))
    stricter = {"n": {"type": "integer", "label": text("n"), "required": True, "max": 5}}
    assert codes(d, definition(human("a", form=stricter), B, END)) == {"answer": "a"}
    as_text = {"n": {"type": "text", "label": text("n")}}
    assert codes(d, definition(human("a", form=as_text), B, END)) == {"answer": "a"}
    wider = {**stricter, "n": {**stricter["n"], "max": 9}, "m": {"type": "text", "label": text("m")}}
    later = {"id": "judge", "decide": {"value": "a.n > 6"}, "routes": {"true": "next", "false": "next"}}
    change_over(d, definition(human("a", form=wider), B, later, END))
    d.say(completion("b#1"))
    assert d.ended == ("completed", "completed")


def test_more_may_have_been_asked_for_than_the_new_version_asks() -> None:
    check = {"holds": "n > 3", "message": text("too few"), "field": "n"}
    signed: dict[str, Any] = {"signature": {"meaning": text("signed")}}
    d = Driver(definition(human("a", form=FIELD, checks=[check], **signed), B, END))
    d.say(completion("a#1", data={"n": 7}, rule=0))
    assert codes(d, definition(human("a", form=FIELD), B, END)) == {}
    less = Driver(definition(human("a", form=FIELD), B, END))
    less.say(completion("a#1", data={"n": 7}))
    assert codes(less, definition(human("a", form=FIELD, checks=[check], **signed), B, END)) == {
        "differs": "a"
    }


def test_a_decision_must_come_out_the_same() -> None:
    def judged(least: int) -> dict[str, Any]:
        judge = {
            "id": "judge",
            "decide": {"value": f"a.n > {least}"},
            "routes": {"true": "next", "false": "few"},
        }
        return definition(human("a", form=FIELD), judge, B, END, sections={"few": [{"end": "few"}]})

    d = Driver(judged(5))
    d.say(completion("a#1", data={"n": 7}))
    assert codes(d, judged(6)) == {}
    assert codes(d, judged(7)) == {"decided": "judge"}


def test_who_has_performed_both_is_an_obstacle_where_they_are_kept_apart() -> None:
    d = at_b(A, B, C, END)
    d.say(completion("b#1"))
    assert codes(d, definition(A, human("b", separate_from=["a"]), C, END)) == {"segregation": "a"}
    other = at_b(A, B, C, END)
    other.say(completion("b#1", "p2"))
    assert codes(other, definition(A, human("b", separate_from=["a"]), C, END)) == {}


def test_an_action_that_failed_is_tried_again_by_the_new_version() -> None:
    d = Driver(PROCEDURES["incident"])
    d.say(completion("first#1"))
    assert d.open == ["ask#1!1"]
    echo = {"id": "ask", "action": "probe.echo", "with": {"text": "'a'", "number": "3"}}
    change_over(d, definition(human("first"), echo, human("after"), END))
    d.say(completion("ask#1!1", outcome="retry"))
    assert d.open == ["after#1"]


def test_an_action_that_was_performed_must_be_the_same() -> None:
    d = Driver(definition(EFFECT, A, END))
    assert codes(d, definition({**EFFECT, "with": {"text": "'y'"}}, A, END)) == {"differs": "act"}
    assert codes(d, definition({**EFFECT, "title": text("Act")}, A, END)) == {}


def test_inputs_and_place_are_those_of_the_start() -> None:
    wanted = {"number": {"type": "integer", "required": True}}
    d = at_b()
    assert codes(d, definition(A, B, END, inputs=wanted)) == {"input": None}
    given = Driver(definition(A, B, END, inputs=wanted), inputs={"number": 7})
    assert codes(given, definition(A, B, END, inputs={"number": {"type": "text"}})) == {"input": None}
    assert codes(given, definition(A, B, END, inputs={"number": {**wanted["number"], "min": 3}})) == {}
    assert codes(given, definition(A, B, END, inputs=wanted, scope={"site": "'BJ1'"})) == {"scope": None}


def test_lines_and_rounds_that_are_over_must_have_been_the_same() -> None:
    def each(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
        return definition(
            LINES, {"id": "each", "for_each": {"lines": "make.lines", "steps": list(steps), **more}}, END
        )

    d = Driver(each(A, B))
    inside = each(A, B, C)
    assert codes(d, inside) == {}  # no line is over, and `c` comes later in all of them
    assert codes(d, each(A, B, **{"as": "row"})) == {"differs": "each"}
    d.say(completion("each#1[1].a#1"))
    d.say(completion("each#1[1].b#1", "p2"))
    assert codes(d, inside) == {"differs": "c"}
    change_over(d, each({**A, "title": text("A")}, B, mode="concurrent", limit=5))
    assert "each#1[2].a#1" in d.open


def test_branches_stay_and_none_is_waited_for_that_never_began() -> None:
    def both(**branches: list[dict[str, Any]]) -> dict[str, Any]:
        return definition({"id": "both", "parallel": {"branches": branches}}, END)

    d = Driver(both(left=[A], right=[B, C]))
    assert codes(d, both(left=[A], right=[B, D])) == {}
    assert codes(d, both(left=[A], right=[B, C], last=[D])) == {"differs": "both"}
    assert codes(d, both(left=[A])) == {"missing": "b", "differs": "both"}
    d.say(completion("both#1.left.a#1"))
    assert codes(d, both(left=[A, D], right=[B, C])) == {"differs": "d"}


def test_an_event_that_is_awaited_must_be_the_same() -> None:
    d = Driver(definition(EVENT, A, {"end": "answered"}, sections=SILENT))
    other = {**EVENT, "wait": {**EVENT["wait"], "key": "'PO-2'"}}
    assert codes(d, definition(other, A, {"end": "answered"}, sections=SILENT)) == {"differs": "reply"}
    later = {**EVENT, "wait": {**EVENT["wait"], "timeout": {"after": "P1D", "go": "silent"}}}
    change_over(d, definition(later, B, {"end": "answered"}, sections=SILENT))
    d.say(event("reply#1"))
    assert d.open == ["b#1"]


def test_a_run_that_is_over_or_being_undone_or_called_stays() -> None:
    d = Driver(PROCEDURES["rework"])
    d.say(completion("first#1"))
    d.say(ordering("send_back", to="first"), 0)
    assert "rework" in codes(d, {**PROCEDURES["rework"], "title": text("new")})
    called = Driver(PROCEDURES["human"], caller="r0", call="errand#1")
    assert codes(called, {**PROCEDURES["human"], "title": text("new")}) == {"called": None}
    assert codes(at_b(), definition(A, B, C, END)) == {"same": None}
    assert codes(at_b(), {**definition(A, B, C, END), "sop": "another"}) == {"other_sop": None}
    over = Driver(definition(A, END))
    over.say(completion("a#1"))
    with refused("run_ended"):
        change_over(over, definition(A, B, END))


def test_a_suspended_run_goes_over_and_is_resumed_by_the_new_version() -> None:
    d = at_b()
    d.say(ordering("suspend"))
    change_over(d, definition(A, B, D, END))
    d.say(ordering("resume"))
    d.say(completion("b#1", epoch=2))
    assert d.open == ["d#1"]

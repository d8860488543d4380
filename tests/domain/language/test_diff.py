"""What differs between two versions of a procedure is told step by step, and nothing is passed over."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings

from domain.sop_definition import SopDefinition
from domain.sop_diff import Difference, differences
from tests.domain.language.definitions import WORDS, definition, human
from tests.domain.language.test_yaml import DEFINITIONS

END = {"end": "done"}
NOTE = {"type": "text", "label": WORDS}


def told(old: SopDefinition, new: SopDefinition) -> list[str]:
    return [str(difference) for difference in differences(old, new)]


def test_the_same_procedure_has_no_differences() -> None:
    assert differences(definition([human("a"), END]), definition([human("a"), END])) == []


def test_added_removed_and_changed_steps_are_named() -> None:
    old = definition([human("a"), human("gone"), END])
    new = definition([human("a", due="PT3H"), END, human("late")])
    assert told(old, new) == ["changed a: human.due: PT2H -> PT3H", "added late", "removed gone"]


def test_an_added_step_carries_what_it_says() -> None:
    (found,) = differences(definition([END]), definition([human("a"), END]))
    assert (found.kind, found.after["human"]["post"]) == ("added", "keeper")


def test_a_moved_step_is_moved_and_not_removed_and_added() -> None:
    old = definition([human("a"), human("b"), human("c"), END])
    assert told(old, definition([human("b"), human("c"), human("a"), END])) == ["moved a"]


def test_a_field_of_a_form_is_told_by_its_path() -> None:
    old = definition([human("a", form={"note": NOTE}), END])
    new = definition([human("a", form={"note": {**NOTE, "required": True}, "more": NOTE}), END])
    assert told(old, new) == [
        "changed a: human.form.note.required: none -> True",
        "changed a: human.form.more: none -> {'type': 'text', 'label': {'zh': '字', 'en': 'word'}}",
    ]


def test_another_order_of_fields_is_a_difference() -> None:
    old = definition([human("a", form={"one": NOTE, "two": NOTE}), END])
    new = definition([human("a", form={"two": NOTE, "one": NOTE}), END])
    (found,) = differences(old, new)
    assert (found.path, found.after) == ("human.form (order)", ["two", "one"])


def test_steps_inside_branches_and_sections_are_told_by_their_place() -> None:
    def both(due: str) -> SopDefinition:
        branches = {"left": [human("x", due=due)], "right": [human("y")]}
        walk: list[dict[str, Any]] = [{"id": "both", "parallel": {"branches": branches}}, END]
        return definition(walk, sections={"refuse": [human("z", due=due), {"end": "refused"}]})

    assert told(both("PT1H"), both("PT9H")) == [
        "changed both/left/x: human.due: PT1H -> PT9H",
        "changed refuse/z: human.due: PT1H -> PT9H",
    ]


def test_one_of_several_signatures_is_told_by_its_number() -> None:
    first, second = {"meaning": WORDS}, {"meaning": WORDS, "post": "acceptor"}
    old = definition([human("a", signatures=[first]), END])
    (found,) = differences(old, definition([human("a", signatures=[first, second]), END]))
    assert (found.path, found.before, found.after) == ("human.signatures.2", None, second)


def test_the_head_of_the_procedure_is_compared_too() -> None:
    case = {"name": "usual", "expect": {"outcome": "done"}}
    (title, cases) = differences(
        definition([END]), definition([END], title={"zh": "新", "en": "word"}, cases=[case])
    )
    assert (title.step, title.path, title.before, title.after) == (None, "title.zh", "字", "新")
    assert cases == Difference("changed", None, "cases.usual", None, {"expect": {"outcome": "done"}})


def test_a_case_that_expects_no_outcome_is_not_one_that_does_not_ask() -> None:
    asked = definition([END], cases=[{"name": "held", "expect": {"outcome": None, "incident": True}}])
    silent = definition([END], cases=[{"name": "held", "expect": {"incident": True}}])
    assert told(asked, silent) == ["changed head: cases.held.expect.outcome: null -> none"]
    assert told(silent, asked) == ["changed head: cases.held.expect.outcome: none -> null"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DEFINITIONS, DEFINITIONS)
def test_procedures_without_differences_are_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    old, new = SopDefinition.model_validate(one), SopDefinition.model_validate(other)
    assert (differences(old, new) == []) == (json.dumps(one) == json.dumps(other))  # with the order of keys

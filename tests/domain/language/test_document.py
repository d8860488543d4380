"""A definition is changed piece by piece: nothing else changes, and nothing is lost on the way."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import canonical
from domain import sop_document as document
from domain.sop_cards import placed, position_in_value
from domain.sop_definition import SopDefinition
from domain.sop_document import KeyNotFit, NoSuchPlace
from domain.sop_findings import DefinitionInvalid
from domain.sop_lint import lint_text
from domain.sop_renaming import rename_step
from domain.sop_yaml import parse
from domain.yaml_text import read, write
from services import sop_files

FILES = [sop_files.newest(key).text for key in sorted({f.key for f in sop_files.definition_files()})]
DATA = [read(text).data for text in FILES]
SMALL_TEXT = """sop: one
title: {zh: 一, en: One}
owner: {department: quality, post: keeper}
scope: {site: "'SH1'"}
steps:
  - {id: look, when: "WHEN", human: {post: keeper, instruction: {zh: 看, en: Look}}}
  - {end: completed}
"""
HUMAN = {"id": "look", "human": {"post": "keeper", "instruction": {"zh": "看"}}}


def meaning(definition: SopDefinition) -> bytes:
    return canonical.canonical(definition.model_dump(mode="json", by_alias=True))


def small(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"sop": "one", "title": {"zh": "一"}, "steps": list(steps)}


@pytest.mark.parametrize("text", FILES, ids=lambda text: text.split("\n", 1)[0])
def test_a_shipped_definition_written_back_means_the_same(text: str) -> None:
    again = write(read(text).data)
    assert meaning(parse(again).definition) == meaning(parse(text).definition)


@settings(max_examples=25, deadline=None)
@given(data=st.sampled_from(DATA), draw=st.data())
def test_a_step_moved_anywhere_and_back_stands_where_it_stood(
    data: dict[str, Any], draw: st.DataObject
) -> None:
    paths = [path for path, _ in document.steps(data)]
    path = draw.draw(st.sampled_from(paths))
    to = draw.draw(st.sampled_from(paths))
    ids = sorted(step["id"] for _, step in document.steps(data) if "id" in step)
    moved = document.move_step(data, path, to)
    assert sorted(step["id"] for _, step in document.steps(moved) if "id" in step) == ids
    step = document.value_at(data, path)
    assert sum(one == step for _, one in document.steps(moved)) == 1


@settings(max_examples=25, deadline=None)
@given(data=st.sampled_from(DATA), draw=st.data())
def test_what_is_put_stands_there_and_nothing_else_changes(data: dict[str, Any], draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from([path for path, _ in document.steps(data)]))
    made = document.put(data, (*path, "title", "zh"), "新标题")
    assert document.value_at(made, (*path, "title", "zh")) == "新标题"
    back = document.put(made, (*path, "title"), document.value_at(data, (*path, "title")))
    assert back == data


@settings(max_examples=25, deadline=None)
@given(data=st.sampled_from(DATA), draw=st.data())
def test_a_copied_step_has_names_of_its_own(data: dict[str, Any], draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from([path for path, _ in document.steps(data)]))
    made = document.copy_step(data, path)
    names = [step["id"] for _, step in document.steps(made) if "id" in step]
    assert len(names) == len(set(names))
    assert document.remove(made, (*path[:-1], int(path[-1]) + 1)) == data


@settings(max_examples=25, deadline=None)
@given(data=st.sampled_from(DATA), draw=st.data())
def test_a_renamed_step_is_renamed_wherever_it_is_named(data: dict[str, Any], draw: st.DataObject) -> None:
    named = [(path, step["id"]) for path, step in document.steps(data) if "id" in step]
    path, old = draw.draw(st.sampled_from(named))
    made = rename_step(data, path, "another_name_of_it")
    definition = parse(write(made)).definition
    assert "another_name_of_it" in {step.id for step in definition.walk()}
    assert rename_step(made, path, old) == data


def test_a_name_that_is_taken_or_not_fit_is_refused() -> None:
    data = small(HUMAN, {"end": "completed"})
    for name in ("", "9", "Look", "a b", "é", "end_completed x"):
        with pytest.raises(KeyNotFit):
            rename_step(data, ("steps", 0), name)
    with pytest.raises(KeyNotFit):
        rename_step(small(HUMAN, {**HUMAN, "id": "again"}), ("steps", 0), "again")


@pytest.mark.parametrize("place", ["steps/9/human", "steps/x", "nothing/3/of/it", "sop/deeper"])
def test_what_is_not_there_is_a_clear_refusal(place: str) -> None:
    with pytest.raises(NoSuchPlace):
        document.remove(small(HUMAN), document.path_of(small(HUMAN), place))
    with pytest.raises(NoSuchPlace):
        document.shift(small(HUMAN), document.path_of(small(HUMAN), place), 1)


def test_an_emptied_text_is_gone_with_its_mapping() -> None:
    data = small({**HUMAN, "title": {"zh": "看"}})
    made = document.put(data, ("steps", 0, "title", "zh"), None, prune=1)
    assert made == small(HUMAN)


def test_entries_keep_their_order_when_one_gets_another_key_or_place() -> None:
    data = {"outcomes": {"a": 1, "b": 2, "c": 3}}
    assert list(document.rename(data, ("outcomes", "b"), "x")["outcomes"]) == ["a", "x", "c"]
    assert list(document.shift(data, ("outcomes", "a"), 1)["outcomes"]) == ["b", "a", "c"]
    assert document.shift(data, ("outcomes", "a"), -1) == data
    with pytest.raises(KeyNotFit):
        document.rename(data, ("outcomes", "b"), "c")
    assert list(document.add(data, ("outcomes",), 4, key="a")["outcomes"]) == ["a", "b", "c", "a_2"]


def test_a_finding_of_form_belongs_to_the_card_in_which_it_stands() -> None:
    inner = {"id": "each", "for_each": {"lines": "inputs.x", "steps": [HUMAN]}, "go": 3}
    data = small({"id": "first", "wait": {"for": "soon"}}, inner, {"end": "completed"})
    data["inputs"] = {"x": {"type": "nonsense"}}
    text = write(data)
    with pytest.raises(DefinitionInvalid) as caught:
        parse(text)
    cards = {one.card: one for one in placed(text, caught.value.findings)}
    assert set(cards) == {"steps/0", "steps/1", ""}
    assert (cards["steps/1"].place, cards["steps/0"].place) == ("steps/1/go", "steps/0/wait/for")


def test_a_finding_in_an_expression_says_at_which_character() -> None:
    text = SMALL_TEXT.replace("WHEN", "inputs.nothing == 1")
    found = lint_text(text, {}, {})[1]
    wrong = next(one for one in placed(text, found) if one.finding.rule == "expression")
    assert (wrong.card, wrong.place) == ("steps/0", "steps/0/when")
    assert position_in_value(text, wrong) >= 1

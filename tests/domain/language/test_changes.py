"""What changed between two versions is told in sentences with a risk: nothing is passed over, no loss is low."""

import copy
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from domain.decision_table import DecisionTable
from domain.sop_changes import (
    FALLBACK,
    Change,
    Fact,
    changes,
    gravest,
    reasons,
    rule_of,
    table_changes,
    to_train,
)
from domain.sop_changes.shape import Op
from domain.sop_definition import SopDefinition, Step, Text
from domain.sop_yaml import parse
from services import sop_files
from tests.domain.language.definitions import TABLE, WORDS, definition, human
from tests.domain.language.test_yaml import DEFINITIONS

END = {"end": "done"}
FILES = {file.key: file for file in sop_files.newest_in_order()}
SHIPPED = {key: parse(file.text).definition for key, file in FILES.items()}
SIGNED = {"meaning": {"zh": "验收", "en": "accepted"}}
REVIEWED = {"meaning": {"zh": "复核", "en": "reviewed"}, "post": "second"}


def said(old: SopDefinition, new: SopDefinition) -> list[str]:
    return [str(change) for change in changes(old, new)]


def one_step(**more: Any) -> SopDefinition:
    step = human("accept", **more)
    return definition([human("pick"), {**step, "title": {"zh": "验收", "en": "Acceptance"}}, END])


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({"signatures": [SIGNED, REVIEWED]}, {"signatures": [SIGNED]}, "Second signature “reviewed” removed - high"),
        ({"signatures": [SIGNED, REVIEWED]}, {"signatures": [REVIEWED]}, "First signature “accepted” removed - high"),
        ({"signature": SIGNED}, {"signature": SIGNED, "signatures": [REVIEWED]}, "Second signature “reviewed” added - medium"),
        ({"signature": SIGNED}, {"signatures": [SIGNED]}, "Signatures are written otherwise; who signs stays - low"),
        ({"signature": SIGNED}, {"signature": {**SIGNED, "when": "true"}}, "First signature only needed when true - high"),
        ({"separate_from": ["pick"]}, {}, "Segregation from “pick” removed - high"),
        ({}, {"separate_from": ["pick"]}, "Not by whoever did “pick” - medium"),
        ({"due": "PT4H"}, {"due": "P1D"}, "Deadline from 4 hours to 1 day - medium"),
        ({"due": "PT4H"}, {"due": {"working_days": 2}}, "Deadline from 4 hours to 2 working days - medium"),
        ({"post": "acceptor"}, {"post": "keeper"}, "Post changed: keeper instead of acceptor - high"),
        ({"outcomes": {"ok": {"label": WORDS}}}, {"outcomes": {"ok": {"label": WORDS, "go": "done"}}}, "Outcome “word” leads to “done” instead of “the next step” - high"),
        ({"outcomes": {"ok": {"label": WORDS, "reason": "required"}}}, {"outcomes": {"ok": {"label": WORDS}}}, "Outcome “word” no longer needs a reason - high"),
        ({"escalate": {"after": "PT8H", "to": {"post": "manager"}}}, {}, "Escalation (8 hours, manager) removed - high"),
    ],
)  # fmt: skip
def test_a_change_of_a_persons_step_is_a_sentence(before: Any, after: Any, sentence: str) -> None:
    assert said(one_step(**before), one_step(**after)) == [f"Acceptance: {sentence}"]


NOTE = {"type": "text", "label": {"zh": "备注", "en": "Note"}}


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({"note": NOTE}, {"note": {**NOTE, "label": {"zh": "说明", "en": "Remark"}}}, ["Field label “Note” now reads “Remark”"]),
        ({"note": {**NOTE, "required": True}}, {"note": NOTE}, ["“Note” need not be filled in any more"]),
        ({"note": NOTE}, {"note": {**NOTE, "label": {"zh": "备注", "en": "Remark"}}}, ["Field label “Note” now reads “Remark” (English words only)"]),
        ({"note": {**NOTE, "required": True}}, {}, ["Required field “Note” removed"]),
        ({}, {"note": NOTE}, ["Optional field “Note” added"]),
    ],
)  # fmt: skip
def test_a_change_of_a_form_is_a_sentence(before: Any, after: Any, sentences: list[str]) -> None:
    found = changes(one_step(form=before), one_step(form=after))
    assert [change.sentence.en for change in found] == sentences


@pytest.mark.parametrize(("limit", "risk"), [("7.0", "medium"), ("9.0", "high")])
def test_a_limit_that_is_relaxed_is_graver_than_one_that_is_drawn_in(limit: str, risk: str) -> None:
    field = {"type": "decimal", "label": WORDS, "max": "8.0"}
    (found,) = changes(one_step(form={"t": field}), one_step(form={"t": {**field, "max": limit}}))
    assert found.risk == risk


def test_posts_are_called_by_their_names_in_both_languages() -> None:
    names = {"keeper": Text(zh="保管员", en="Keeper"), "acceptor": Text(zh="验收员", en="Acceptor")}
    (found,) = changes(one_step(post="acceptor"), one_step(post="keeper"), names)
    assert (found.where.zh, found.sentence.zh) == ("验收", "岗位由验收员改为保管员")
    assert found.sentence.en == "Post changed: Keeper instead of Acceptor"
    assert found.why.zh == "由谁来做变了"


def test_an_action_that_comes_says_what_it_does() -> None:
    action = {"id": "issue", "action": "outbound.issue", "irreversible": {"zh": "已出库", "en": "gone"}}
    found = changes(definition([END]), definition([action, END]))
    assert [(change.risk, change.step) for change in found] == [("high", "issue")]
    assert found[0].sentence.en.startswith("Action added: “")
    gone = changes(definition([action, END]), definition([END]))
    assert (gone[0].risk, gone[0].sentence.en.startswith("Action removed: “")) == ("high", True)


def test_whose_work_changed_is_to_be_trained() -> None:
    old = definition([human("a", post="receiver"), human("b", post="keeper"), END])
    words = {"zh": "新", "en": "new"}
    new = definition(
        [human("a", post="receiver", due="P1D"), {**human("b", post="keeper"), "title": words}, END]
    )
    assert to_train(changes(old, new), new) == ["receiver"]


def test_a_limit_in_a_decision_table_is_told_row_by_row() -> None:
    raw = TABLE.model_dump(mode="json")
    raw["rows"][1]["when"]["temperature"] = "2.0..10.0"
    (found,) = table_changes({"temperature": TABLE}, {"temperature": DecisionTable.model_validate(raw)})
    assert found.risk == "high"
    assert "temperature" not in found.sentence.zh
    assert "2.0..10.0" in found.sentence.en
    assert "2.0..8.0" in found.sentence.en
    assert table_changes({"temperature": TABLE}, {"temperature": TABLE}) == []


def test_what_no_rule_knows_is_said_by_its_path() -> None:
    rule = rule_of(Fact("changed", "step", ("human", "quiz"), 1, 2))
    assert (rule, rule.risk) == (FALLBACK, "medium")


def parts(model: type[BaseModel], keys: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every path that the language has: a name for each key that an author chooses."""
    for name, field in model.model_fields.items():
        here = (*keys, field.alias or name)
        yield here
        for kind, inside in _inside(field.annotation):
            if kind is not Step and issubclass(kind, BaseModel):
                yield from parts(kind, (*here, *inside))


def _inside(annotation: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[type, tuple[str, ...]]]:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        yield annotation, keys
    for one in get_args(annotation):
        added = ("1",) if get_origin(annotation) in {dict, list} else ()
        yield from _inside(one, (*keys, *added))


OF_STEPS = {
    "human.signature",
    "human.signatures",
    "human.form",
    "human.outcomes",
    "human.checks",
    "wait.data",
}
HOLDS = {
    *("human.signature", "human.form", "human.outcomes", "human.checks", "wait.data"),
    *("human.lines.form", "human.lines.outcomes", "human.lines.checks", "human.form.1.options"),
    *("human.lines.form.1.options", "wait.data.1.options", "with", "refusals", "routes", "clauses"),
    *("human.separate_from", "human.send_back", "decide.with", "call.with", "parallel.branches"),
    *(
        "for_each.steps",
        "repeat.steps",
        "inputs",
        "inputs.1.options",
        "messages",
        "cases",
        "quiz",
        "scope",
        "owner",
    ),
    *("steps", "sections", "id"),
}
"""What is only ever told part by part, or cannot differ."""
WHOLE = re.compile(
    r"(human|notify|wait\.timeout|human\.lines(\.counted)?|human\.escalate|irreversible|action"
    r"|(human|human\.lines)\.(outcomes|checks)\.1|(human\.form|human\.lines\.form|wait\.data)\.1"
    r"|(inputs|messages|cases|quiz)\.1(\.options\.1)?|.*\.options\.1|human\.signature\.1)"
)
"""What only appears or goes; when both sides have it, its parts are told."""


def ways(path: tuple[str, ...]) -> list[Fact]:
    """How a path may differ: a text or a number in all three ways, what has parts in two."""
    pairs: dict[Op, tuple[Any, Any]] = {"added": (None, "1"), "removed": ("1", None), "changed": ("1", "2")}
    whole = WHOLE.fullmatch(".".join(path)) is not None
    return [Fact(op, None, path, *pair) for op, pair in pairs.items() if not (whole and op == "changed")]


def as_asked(path: tuple[str, ...]) -> tuple[str, ...]:
    """Signatures are told by their number, however they are written."""
    if path[:2] == ("human", "signature"):
        return (*path[:2], "1", *path[2:])
    return (path[0], "signature", *(path[2:] or ("1",))) if path[:2] == ("human", "signatures") else path


@pytest.mark.parametrize(("model", "place"), [(SopDefinition, None), (Step, "step")])
def test_every_part_of_the_language_has_a_rule(model: type[BaseModel], place: str | None) -> None:
    """Who gives the language a new part gives it a sentence and a risk in domain/sop_changes/rules_*.py."""
    paths = {path for path in parts(model) if ".".join(path) not in HOLDS}
    facts = [replace(fact, step=place) for path in paths for fact in ways(as_asked(path))]
    assert len(facts) > 60
    missing = {".".join(fact.keys): fact.op for fact in facts if rule_of(fact) is FALLBACK}
    assert missing == {}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DEFINITIONS, DEFINITIONS)
def test_different_procedures_are_told_apart_and_equal_ones_have_no_sentence(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    old, new = SopDefinition.model_validate(one), SopDefinition.model_validate(other)
    found = changes(old, new)
    assert bool(found) == (dump(old) != dump(new))
    assert changes(old, old) == []
    assert all(change.sentence.zh and change.sentence.en and "{" not in change.rule for change in found)


def dump(definition: SopDefinition) -> str:
    return definition.model_dump_json(by_alias=True, exclude_defaults=True)


LOSSES = ("signature", "signatures", "separate_from", "required", "step")


def losses(raw: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a control can be taken out of a definition: signatures, segregation, duties to fill in, steps."""
    if isinstance(raw, dict):
        for key, inside in raw.items():
            if key in {"signature", "separate_from"} or (key == "required" and inside is True):
                yield (*path, key)
            yield from losses(inside, (*path, key))
    if isinstance(raw, list):
        for number, inside in enumerate(raw):
            whole = isinstance(inside, dict) and ({"human", "action"} & set(inside))
            if path[-1] in {"signatures", "separate_from"} or (whole and len(raw) > 1):
                yield (*path, number)
            yield from losses(inside, (*path, number))


def without(raw: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(raw)
    here = changed
    for key in path[:-1]:
        here = here[key]
    del here[path[-1]]
    return changed


@pytest.mark.parametrize("key", SHIPPED)
def test_no_control_is_lost_at_low_risk(key: str) -> None:
    """Each single loss in each shipped procedure: told, and told of the step, never as low."""
    raw = SHIPPED[key].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    raw.pop("cases", None)
    whole = SopDefinition.model_validate(raw)
    found = list(losses(raw))
    assert found
    for path in found:
        less = SopDefinition.model_validate(without(raw, path))
        told = changes(whole, less)
        assert gravest(told) in {"high", "medium"}, path
        if not (path[-1] == "required" or "form" in path):
            assert gravest(told) == "high", path


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(SHIPPED)), st.integers(0, 2**32), st.integers(1, 4))
def test_several_losses_at_once_are_never_low_either(key: str, seed: int, number: int) -> None:
    raw = SHIPPED[key].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    pick = random.Random(seed)
    lost = raw
    for _ in range(number):
        lost = without(lost, pick.choice(list(losses(lost))))
    told = changes(SopDefinition.model_validate(raw), SopDefinition.model_validate(lost))
    assert gravest(told) in {"high", "medium"}
    assert gravest(told) != "low"


def leaves(raw: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a definition where something stands."""
    inside = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from leaves(value, (*path, key))


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(SHIPPED)), st.integers(0, 2**32))
def test_whatever_is_taken_out_of_a_procedure_is_told(key: str, seed: int) -> None:
    """Any part at all, as far as what is left is still a definition: a sentence in both languages, and back again."""
    raw = SHIPPED[key].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    try:
        less = SopDefinition.model_validate(without(raw, random.Random(seed).choice(list(leaves(raw)))))
    except ValidationError:
        return
    for told in (changes(SHIPPED[key], less), changes(less, SHIPPED[key])):
        assert bool(told) == (dump(less) != dump(SHIPPED[key]))
        assert all(one.sentence.zh and one.sentence.en and one.rule != FALLBACK.pattern for one in told)


def test_a_requirement_that_goes_is_told_in_its_own_sentence_and_the_others_stay() -> None:
    signed, done = ({"never": {"step": "done"}, "without": {how: "accept"}} for how in ("signed", "done"))
    steps = [human("accept", signature=SIGNED), human("done"), END]
    (found,) = changes(definition(steps, proofs=[signed, done]), definition(steps, proofs=[done]))
    assert (found.risk, found.why) == ("high", reasons.CONTROL)
    assert found.sentence.en.startswith("No longer required: ") and "signature" in found.sentence.en
    (other,) = changes(definition(steps, proofs=[signed]), definition(steps, proofs=[done]))
    assert other.sentence.en.startswith("Requirement changed, now: ") and "signature" not in other.sentence.en


def test_the_first_of_two_checks_that_goes_is_the_one_that_is_told() -> None:
    low, high = ({"holds": "true", "message": {"zh": en, "en": en}} for en in ("low", "high"))
    (found,) = changes(one_step(checks=[low, high]), one_step(checks=[high]))
    assert str(found) == "Acceptance: Check “low” removed - high"


def test_shipped_procedures_are_told_against_each_other_without_a_hole(capsys: Any) -> None:
    """Eleven procedures against one another: every kind of value there is, no sentence without words."""
    keys = sorted(SHIPPED)
    for one, other in zip(keys, [*keys[1:], keys[0]], strict=True):
        found: list[Change] = changes(SHIPPED[one], SHIPPED[other])
        assert found
        for change in found:
            for language in ("zh", "en"):
                words = change.sentence.in_language(language)
                assert words and not re.search(r"None\\b(?! of)|\\{'", words), (change.rule, words)

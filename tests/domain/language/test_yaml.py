"""Definitions as text: positions, strictness, round trip, and nothing but a named refusal for any text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid
from domain.sop_yaml import parse, parse_table, to_yaml
from domain.yaml_text import MAX_CHARACTERS, YamlInvalid, read, write
from tests.domain.language.definitions import TABLE

SMALL = """\
sop: small
title: {zh: 小}
owner: {department: quality, post: qa}
scope: {site: "'X'"}
steps:
  - id: one
    human:
      post: keeper
      instruction: {zh: 看}
  - end: done
"""


def first(text: str) -> tuple[int, int, str]:
    with pytest.raises(DefinitionInvalid) as invalid:
        parse(text)
    finding = invalid.value.findings[0]
    return finding.line, finding.column, finding.rule


def test_everything_has_a_position() -> None:
    parsed = parse(SMALL)
    assert parsed.position_of(("steps", 0, "human", "post")) == (8, 13)
    assert parsed.position_of(("steps", 0, "human", "no", "such")) == (7, 5)
    assert parsed.position_in(("scope", "site"), 1, 2) == (4, 17)
    assert parsed.definition.steps[1].id == "end_done"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\na: 2", 2, 1),
        ("a: &x 1", 1, 4),
        ("a: *x", 1, 4),
        ("a: !!str 1", 1, 4),
        ("a: !mine 1", 1, 4),
        ("a: 1.5", 1, 4),
        ("a: .inf", 1, 4),
        ("a: 1e3", 1, 4),
        ("a: 99999999999999999999", 1, 4),
        ("a: [1,", 1, 7),
        ("a: 1\n---\nb: 1", 2, 1),
        ("? [a]\n: b", 1, 3),
        ("a: \x00", 1, 1),
        ("[" * 60 + "]" * 60, 1, 42),
    ],
)
def test_what_yaml_allows_and_the_language_does_not_is_refused_at_its_place(
    text: str, line: int, column: int
) -> None:
    assert first(text) == (line, column, "yaml")


def test_words_that_other_readers_take_for_something_else_stay_words() -> None:
    data = read("on: no\n1: 1:30\ntrue: yes\na: 2026-01-01\nb: '1.5'\nc: 0x1F\nd: ~\ne: -7\n").data
    assert data == {
        "on": "no",
        "1": "1:30",
        "true": "yes",
        "a": "2026-01-01",
        "b": "1.5",
        "c": 31,
        "d": None,
        "e": -7,
    }


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("post: keeper", "pots: keeper", 8),
        ("title: {zh: 小}", "title: {en: small}", 2),
        ("title: {zh: 小}", "title: {zh: ''}", 2),
        ("    human:", "    wait: {for: PT1H}\n    human:", 6),
        ("  - id: one\n", "  - id: One\n", 6),
        ("sop: small", "sop: small\ncolour: red", 2),
        ("      post: keeper", "      post: keeper\n      due: P1Y", 9),
        ("      post: keeper", "      post: keeper\n      due: PT", 9),
        ("      post: keeper", "      post: keeper\n      due: {working_days: 0}", 9),
    ],
)
def test_a_fault_of_form_is_found_at_its_line(old: str, new: str, line: int) -> None:
    with pytest.raises(DefinitionInvalid) as invalid:
        parse(SMALL.replace(old, new))
    assert line in {f.line for f in invalid.value.findings}
    assert {f.rule for f in invalid.value.findings} == {"schema"}
    assert all(f.zh and f.en for f in invalid.value.findings)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(YamlInvalid):
        read("a" * (MAX_CHARACTERS + 1))


def test_a_table_survives_being_written() -> None:
    assert parse_table(to_yaml(TABLE)).table == TABLE
    with pytest.raises(DefinitionInvalid):
        parse_table("key: x")


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_no_text_raises_anything_but_its_refusal(text: str) -> None:
    for reader in (parse, parse_table):
        with pytest.raises(DefinitionInvalid) as invalid:
            reader(text)
        assert all(f.line >= 1 and f.column >= 1 and f.zh and f.en for f in invalid.value.findings)


@settings(max_examples=200)
@given(st.data())
def test_no_damaged_definition_raises_anything_but_its_refusal(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SMALL)))
    junk = data.draw(st.text(alphabet=":{}[]-'\"\n #&*!|>%@`,?x1.漢\t", max_size=6))
    cut = data.draw(st.integers(0, 5))
    text = SMALL[:at] + junk + SMALL[at + cut :]
    try:
        parse(text)
    except DefinitionInvalid as invalid:
        found = invalid.findings
    else:
        return
    assert found


KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
VISIBLE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=40)
TEXTS = st.builds(lambda zh, en: {"zh": zh, "en": en}, VISIBLE, VISIBLE)
FIELDS = st.dictionaries(
    KEYS,
    st.one_of(
        st.builds(lambda t: {"type": "text", "label": t, "required": True, "max_length": 12}, TEXTS),
        st.builds(lambda t: {"type": "decimal", "label": t, "min": "0.5"}, TEXTS),
        st.builds(lambda t: {"type": "choice", "label": t, "options": {"a": t}}, TEXTS),
    ),
    max_size=3,
)
HUMANS = st.builds(
    lambda text, form, due: {"human": {"post": "keeper", "instruction": text, "form": form, "due": due}},
    TEXTS,
    FIELDS,
    st.sampled_from(["PT2H", "P3D", "P1W", "P1DT2H30M", {"working_days": 3}]),
)
KINDS = st.one_of(
    HUMANS,
    st.builds(lambda s: {"action": "probe.echo", "with": {"text": s}, "when": s}, VISIBLE),
    st.builds(lambda s: {"decide": {"value": s}, "routes": {"true": "next", "1": "next"}}, VISIBLE),
    st.builds(lambda s: {"wait": {"until": s}}, VISIBLE),
    st.builds(lambda h: {"parallel": {"branches": {"a": [{"id": "x", **h}]}, "wait_for": 1}}, HUMANS),
    st.builds(lambda h: {"repeat": {"steps": [{"id": "y", **h}], "until": "true", "limit": 2}}, HUMANS),
)
DEFINITIONS = st.builds(
    lambda title, steps: {
        "sop": "drawn",
        "title": title,
        "owner": {"department": "quality", "post": "qa"},
        "scope": {"site": "'X'"},
        "steps": [{"id": f"s{n}", **step} for n, step in enumerate(steps)] + [{"end": "done"}],
    },
    TEXTS,
    st.lists(KINDS, max_size=4),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DEFINITIONS)
def test_a_definition_written_and_read_again_is_the_same(raw: dict[str, Any]) -> None:
    drawn = SopDefinition.model_validate(raw)
    assert parse(to_yaml(drawn)).definition == drawn


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | VISIBLE,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(VISIBLE, inner, max_size=3),
        max_leaves=8,
    )
)
def test_data_written_and_read_again_is_the_same(data: Any) -> None:
    assert read(write(data)).data == data

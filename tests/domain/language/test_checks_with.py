"""A check may compare with what an earlier step brought; the packages at the hand-over are compared so."""

from __future__ import annotations

import pytest

from domain.action_catalogue import CATALOGUE
from domain.sop_bundle import build
from domain.sop_lint import lint
from domain.sop_simulation import simulate
from domain.sop_yaml import parse
from services import sop_files

CALLED = sop_files.called_sops()
WRITTEN = """
sop: counted
title: {zh: 清点, en: Count}
owner: {department: quality, post: qa_manager}
scope: {site: "'BJ01'"}
steps:
  - id: first
    human:
      post: keeper
      instruction: {zh: 数, en: count}
      form: {pieces: {type: integer, required: true, label: {zh: 件, en: Pieces}}}
  - id: second
    human:
      post: keeper
      instruction: {zh: 再数, en: count again}
      form: {pieces: {type: integer, required: true, label: {zh: 件, en: Pieces}}}
      checks:
        - holds: "pieces_given && pieces == before"
          with: {BROUGHT}
          field: pieces
          message: {zh: 不同, en: Not the same}
  - end: completed
cases:
  - name: 相同 / the same
    answers: {first: {pieces: FIRST}, second: {pieces: 7}}
    expect: {path: [first, second], outcome: completed}
"""


def written(brought: str = "before: first.pieces", first: int = 7) -> str:
    return WRITTEN.replace("BROUGHT", brought).replace("FIRST", str(first))


@pytest.mark.parametrize(
    ("brought", "rule"),
    [
        ("before: first.pieces", None),
        ("before: first.boxes", "expression"),
        ("before: second.pieces", "expression"),
        ("before: first.pieces, pieces: first.pieces", "reserved_name"),
        ("before: first.pieces, outcome: first.pieces", "reserved_name"),
        ("before: \"'seven'\"", "expression"),
    ],
)
def test_what_a_check_brings_along_is_typed(brought: str, rule: str | None) -> None:
    findings = lint(parse(written(brought)), CATALOGUE, {}, {"keeper", "qa_manager"}, called={})
    errors = {found.rule for found in findings if found.severity == "error"}
    assert errors == ({rule} if rule else set())


@pytest.mark.parametrize(("first", "agrees"), [(7, True), (8, False)])
def test_a_case_has_to_pass_it(first: int, *, agrees: bool) -> None:
    definition = parse(written(first=first)).definition
    bundle = build(definition, {}, {}, None, CATALOGUE, {})
    assert bool(simulate(bundle, definition.cases[0]).findings) is not agrees


@pytest.mark.parametrize(("packed", "outcome"), [(1, "completed"), (2, None)])
def test_another_number_of_packages_than_was_packed_is_not_handed_over(
    packed: int, outcome: str | None
) -> None:
    definition = parse(sop_files.newest("outbound_review").text).definition
    bundle = build(definition, sop_files.tables(), sop_files.limits(), None, CATALOGUE, CALLED)
    case = definition.cases[0]
    changed = case.model_copy(update={"answers": {**case.answers, "load": {"packages": packed}}})
    result = simulate(bundle, changed)
    assert bool(result.findings) is (outcome is None)

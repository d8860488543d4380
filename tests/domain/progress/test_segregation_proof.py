"""The proof of segregation agrees with the rule that refuses, and finds what the rule would not have let happen."""

from __future__ import annotations

import dataclasses
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from domain.segregation_proof import Violation, Work, violations, works_of
from domain.sop_definition import SopDefinition
from tests.domain.progress.shadow import same_line
from tests.domain.progress.test_properties import MOVES, WEIGHTS, Crowd
from tests.procedures import LINES, definition, human

CHECK, VERIFY = human("check"), human("verify", "acceptor", separate_from=["check"])


def found(raw: dict[str, Any], *works: tuple[str, str], barred: tuple[str, ...] = ()) -> list[Violation]:
    read = SopDefinition.model_validate(raw)
    return list(violations([read], [Work(path, frozenset({who})) for path, who in works], barred))


def lines(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"id": "each", "for_each": {"lines": "make.lines", "steps": list(steps)}}


IN_LINES = definition(LINES, lines(CHECK, VERIFY), {"end": "completed"})
ACROSS = definition(
    LINES, lines(CHECK, human("verify", separate_from=["check"], across="all")), {"end": "completed"}
)
PLAIN = definition(CHECK, VERIFY, human("other"), {"end": "completed"})


@pytest.mark.parametrize(
    ("raw", "one", "other", "apart"),
    [
        (PLAIN, "check#1", "verify#1", True),
        (PLAIN, "verify#1", "check#2", True),
        (PLAIN, "check#1", "check#2", False),
        (PLAIN, "check#1", "other#1", False),
        (IN_LINES, "each#1[1].check#1", "each#1[1].verify#1", True),
        (IN_LINES, "each#1[1].check#1", "each#1[1].verify#2", True),
        (IN_LINES, "each#1[1].check#1", "each#1[2].verify#1", False),
        (IN_LINES, "each#1[1].check#1", "each#1[11].verify#1", False),
        (IN_LINES, "each#1[1].check#1", "each#2[2].verify#1", True),
        (ACROSS, "each#1[1].check#1", "each#1[2].verify#1", True),
    ],
)
def test_two_steps_kept_apart_are_not_one_persons(
    raw: dict[str, Any], one: str, other: str, *, apart: bool
) -> None:
    assert bool(found(raw, (one, "p1"), (other, "p1"))) == apart
    assert bool(found(raw, (other, "p1"), (one, "p1"))) == apart
    assert not found(raw, (one, "p1"), (other, "p2"))


def test_it_says_who_where_and_in_both_languages() -> None:
    (one,) = found(PLAIN, ("check#1", "p1"), ("verify#1", "p1"))
    assert (one.one, one.other, one.persons) == ("check#1", "verify#1", ("p1",))
    assert "不同的人" in one.text.zh
    assert "different persons" in one.text.en


def test_whoever_the_calling_run_bars_has_performed_nothing() -> None:
    assert found(PLAIN, ("other#1", "p1"), barred=("p1",))
    assert not found(PLAIN, ("other#1", "p1"), barred=("p2",))


def test_after_a_changeover_the_later_version_judges() -> None:
    loose = definition(CHECK, human("verify"), {"end": "completed"})
    both = [SopDefinition.model_validate(raw) for raw in (loose, PLAIN)]
    before = [Work("check#1", frozenset({"p1"})), Work("verify#1", frozenset({"p1"}))]
    assert not list(violations(both, before))
    assert list(violations(both, [before[0], dataclasses.replace(before[1], version=1)]))


def test_performers_are_read_off_accepted_submissions_only() -> None:
    row = {"kind": "complete", "path": "check#1", "actor": "p1", "performers": ["p2"], "accepted": True}
    row["data"] = {}
    rows = [
        row,
        {**row, "accepted": False},
        {**row, "kind": "remind"},
        {**row, "path": "check#1!1"},
        {**row, "kind": "delegate", "performers": None, "data": {"person": "p3"}},
    ]
    assert [work.persons for work in works_of(rows)] == [{"p1", "p2"}, {"p1", "p3"}]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(), moves=st.integers(5, MOVES))
def test_what_the_rule_let_happen_is_proven_and_one_more_performer_is_found(
    random: Random, moves: int
) -> None:
    crowd = Crowd(random)
    for _ in range(moves):
        random.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0](crowd)
    read = [crowd.d.run.plan.definition]
    works = [Work(path, frozenset(persons)) for _, path, persons in crowd.d.worked]
    assert not list(violations(read, works))
    for first, (step, path, persons) in enumerate(crowd.d.worked):
        for second, (other, elsewhere, _) in enumerate(crowd.d.worked):
            pair = crowd.d.apart.get(frozenset((step, other)))
            if not persons or not (pair == "all" or (pair and same_line(path, elsewhere, crowd.d.loops))):
                continue
            forged = list(works)
            forged[second] = Work(elsewhere, forged[second].persons | persons)
            told = {frozenset((one.one, one.other)) for one in violations(read, forged)}
            assert first == second or frozenset((path, elsewhere)) in told

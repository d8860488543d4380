"""Domain: proof, from a run's record alone, that nobody performed two steps that are kept apart (S5).

It shares nothing with the rule that refuses at the time (`sop_progress.segregation`): it knows the definition
and who is recorded as a performer at which path, not how a run walks. Two paths are of the same line unless
they show different lines of one and the same pass of a loop that both steps are in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from domain.sop_definition import SopDefinition, Step, Text

_SEGMENT = re.compile(r"^(?P<step>[^#\[~]+)#\d+(\[(?P<line>\d+)\])?")
INCIDENT = "!"
"""In the path of an incident, which is no step of the procedure."""
PERFORMING = frozenset({"complete", "sign", "delegate", "refuse"})
"""Kinds of submissions by which somebody becomes a performer of a step."""


@dataclass(frozen=True)
class Work:
    """What somebody did in a step: everybody who counts as its performer.

    `version` is the index of the definition by which the run went then; it has several after a changeover.
    """

    path: str
    persons: frozenset[str]
    version: int = 0


@dataclass(frozen=True)
class Violation:
    """Two performances by the same persons that the definition keeps apart; of a barred person, one."""

    one: str
    other: str
    persons: tuple[str, ...]
    text: Text


def works_of(submissions: Sequence[Mapping[str, Any]], version: int = 0) -> list[Work]:
    """The performances in accepted submissions: rows of kind, path, actor, performers, data, accepted."""
    found = []
    for row in submissions:
        path = row["path"] or ""
        if not row["accepted"] or row["kind"] not in PERFORMING or INCIDENT in path:
            continue
        persons = {str(row["actor"]), *map(str, row["performers"] or ())}
        if row["kind"] == "delegate":
            persons.add(str((row["data"] or {}).get("person")))
        found.append(Work(path, frozenset(persons), version))
    return found


def violations(
    definitions: Sequence[SopDefinition], works: Sequence[Work], barred: Collection[str] = ()
) -> Iterator[Violation]:
    """Every pair of performances that no run may have; two versions are judged by the later one.

    `barred` may perform nothing here: they are kept apart from all of it in the run that called this one. Who
    performed in called runs performed the step that called them.
    """
    rules = [_Rules(definition) for definition in definitions]
    for work in works:
        if persons := work.persons & set(barred):
            yield _violation(rules[work.version], work, work, persons)
    for one, other in combinations(works, 2):
        persons = one.persons & other.persons
        judge = rules[max(one.version, other.version)]
        if persons and judge.keep_apart(one.path, other.path):
            yield _violation(judge, one, other, persons)


class _Rules:
    """Which steps one definition keeps apart, and in which loops each step is."""

    def __init__(self, definition: SopDefinition) -> None:
        self.steps: dict[str, Step] = {}
        self.loops: dict[str, frozenset[str]] = {}
        for body in (definition.steps, *definition.sections.values()):
            self._read(body, frozenset())
        self.everywhere: dict[frozenset[str], bool] = {}
        for step in self.steps.values():
            for other in step.human.separate_from if step.human else ():
                pair = frozenset((step.id, other))
                across = step.human is not None and step.human.across == "all"
                self.everywhere[pair] = self.everywhere.get(pair, False) or across

    def _read(self, body: Sequence[Step], loops: frozenset[str]) -> None:
        for step in body:
            self.steps[step.id], self.loops[step.id] = step, loops
            for _, inner in step.bodies():
                self._read(inner, loops | {step.id} if step.for_each else loops)

    def keep_apart(self, one: str, other: str) -> bool:
        """Whether nobody may have performed at both paths."""
        steps = _step(one), _step(other)
        everywhere = self.everywhere.get(frozenset(steps))
        if everywhere is None:
            return False
        shared = self.loops.get(steps[0], frozenset()) & self.loops.get(steps[1], frozenset())
        return everywhere or not _other_line(one, other, shared)


def _other_line(one: str, other: str, loops: Collection[str]) -> bool:
    """Whether two paths are in different lines of the same pass of one of the loops."""
    for mine, theirs in zip(one.split("."), other.split("."), strict=False):
        if mine != theirs:  # from here on they are in different lines, passes, rounds or branches
            first, second = _SEGMENT.match(mine), _SEGMENT.match(theirs)
            in_lines = first and second and first["step"] in loops and first["line"] and second["line"]
            return bool(in_lines) and mine.partition("[")[0] == theirs.partition("[")[0]
    return False


def _step(path: str) -> str:
    found = _SEGMENT.match(path.rpartition(".")[2])
    return found["step"] if found else path


def _violation(rules: _Rules, one: Work, other: Work, persons: Collection[str]) -> Violation:
    names = [_title(rules, work.path) for work in (one, other)]
    if one is other:
        text = Text(
            zh=f"办理“{names[0].zh}”的人员已参与调用本流程的流程中须与之分离的步骤",
            en=f"{names[0].en}: performed by somebody whom the calling run keeps apart from it",
        )
    else:
        text = Text(
            zh=f"“{names[0].zh}”与“{names[1].zh}”须由不同的人办理，却有同一人参与",
            en=f"{names[0].en} and {names[1].en} have to be performed by different persons; one did both",
        )
    return Violation(one.path, other.path, tuple(sorted(persons)), text)


def _title(rules: _Rules, path: str) -> Text:
    step = rules.steps.get(_step(path))
    title = step.title if step and step.title else Text(zh=_step(path), en=_step(path))
    return Text(zh=title.zh, en=title.in_language("en"))

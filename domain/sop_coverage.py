"""Domain: what of a definition its cases walk, and what none of them does (D5).

A way is a choice that a run can take: an outcome, a route, a refusal that leads somewhere, a time limit, or
passing over a step whose condition is false. That a step simply goes on is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.sop_case import SimulationResult, Way
from domain.sop_definition import SopDefinition, Step
from domain.sop_flow import jumps


@dataclass(frozen=True)
class Coverage:
    """The steps and ways of a definition in reading order, and which of them were walked."""

    steps: tuple[str, ...]
    ways: tuple[Way, ...]
    walked: frozenset[str]
    taken: frozenset[Way]

    @property
    def steps_missing(self) -> list[str]:
        """Steps that no case comes to."""
        return [one for one in self.steps if one not in self.walked]

    @property
    def ways_missing(self) -> list[Way]:
        """Ways that no case takes."""
        return [one for one in self.ways if one not in self.taken]


def ways_of(step: Step) -> list[Way]:
    """The ways of a step, each once."""
    return list(dict.fromkeys(Way(step.id, jump.by, jump.label) for jump in jumps(step) if jump.by != "go"))


def coverage(definition: SopDefinition, results: Iterable[SimulationResult]) -> Coverage:
    """What the results of a definition's cases come to together."""
    steps = list(definition.walk())
    ids = tuple(step.id for step in steps)
    ways = tuple(way for step in steps for way in ways_of(step))
    played = list(results)
    walked = {step for one in played for step in one.walked}
    taken = {way for one in played for way in one.ways}
    return Coverage(ids, ways, frozenset(walked & set(ids)), frozenset(taken & set(ways)))

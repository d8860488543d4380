"""Domain: two runs of one procedure beside each other, step by step. Pure.

Steps are paired by their path, so that the second pass of a step stands beside the second pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.sop_definition import Text


@dataclass(frozen=True)
class StepFacts:
    """What a step was in one run; one of the system has no performers and no claim."""

    path: str
    title: Text
    outcome: Text | None
    performers: tuple[str, ...]
    opened_at: datetime
    claimed_at: datetime | None
    closed_at: datetime | None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def waited(self) -> timedelta | None:
        """How long the post was waited for, None while it is."""
        return self.claimed_at - self.opened_at if self.claimed_at else None

    @property
    def lasted(self) -> timedelta | None:
        """From opening to the end, None while it is open."""
        return self.closed_at - self.opened_at if self.closed_at else None


@dataclass(frozen=True)
class StepPair:
    """A step in both runs, or in one of them."""

    left: StepFacts | None
    right: StepFacts | None

    @property
    def only_in_one(self) -> bool:
        return self.left is None or self.right is None

    @property
    def outcomes_differ(self) -> bool:
        return self.left is not None and self.right is not None and self.left.outcome != self.right.outcome

    def data_differences(self) -> list[tuple[str, Any, Any]]:
        """The fields that say something else, with what they say; of a step in both runs."""
        if self.left is None or self.right is None:
            return []
        mine, other = self.left.data, self.right.data
        names = [*mine, *(name for name in other if name not in mine)]
        return [
            (name, mine.get(name), other.get(name)) for name in names if mine.get(name) != other.get(name)
        ]


def paired(left: Sequence[StepFacts], right: Sequence[StepFacts]) -> list[StepPair]:
    """All steps, each once, ordered as in the left run; what only the right has stands where it came."""
    others = {one.path: one for one in right}
    own = {one.path for one in left}
    pairs = [StepPair(one, others.get(one.path)) for one in left]
    at = 0
    for one in right:
        if one.path in own:
            at = 1 + next(n for n, pair in enumerate(pairs) if pair.left and pair.left.path == one.path)
        else:
            pairs.insert(at, StepPair(None, one))
            at += 1
    return pairs

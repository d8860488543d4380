"""Domain: signatures over work that was sent back - they stand, and it is said that they count no more.

A send-back takes back everything from the named step on, in the scope in which it was performed; what was
signed there is superseded, whether or not it is done again. Rows are in the order of the run's effects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

_PASS = re.compile(r"#\d+$")


@dataclass(frozen=True)
class Done:
    """A step that the run came to, by its path; `task`: people do it, `over_at` is when they had."""

    seq: int
    path: str
    task: bool = False
    over_at: datetime | None = None


@dataclass(frozen=True)
class SentBack:
    """A send-back that was accepted: to which step, from which task (None: from the run itself)."""

    seq: int
    at: datetime
    to: str
    task: str | None = None


@dataclass(frozen=True)
class Superseded:
    """Since when a signature counts no more, and when its step was done again, if it was."""

    sent_back_at: datetime
    again_at: datetime | None = None


def superseded(done: Sequence[Done], backs: Iterable[SentBack]) -> Mapping[str, Superseded]:
    """Path of a task -> what became of its signatures; tasks that stand are left out."""
    found: dict[str, Superseded] = {}
    for back in sorted(backs, key=lambda one: one.seq):
        taken = _taken_back(done, back)
        found |= {path: Superseded(back.at) for path in taken if path not in found}
    return {path: replace(one, again_at=_again(done, path)) for path, one in found.items()}


def _taken_back(done: Sequence[Done], back: SentBack) -> list[str]:
    """The tasks that a send-back took back: from the last pass of its step on, in that scope."""
    named = re.compile(rf"(?P<scope>(?:.*\.)?){re.escape(back.to)}#\d+(?=$|[.\[~!])")
    before = [one for one in done if one.seq < back.seq]
    begun: dict[str, tuple[int, str]] = {}
    for one in sorted(before, key=lambda one: one.seq):
        match = named.match(one.path)
        if match and (back.task is None or back.task.startswith(match["scope"])):
            begun.setdefault(match[0], (one.seq, match["scope"]))
    if not begun:
        return []
    since, scope = max(begun.values())
    return [one.path for one in before if one.task and one.seq >= since and one.path.startswith(scope)]


def _again(done: Sequence[Done], path: str) -> datetime | None:
    """When a later pass of the same task was over; the last one's."""
    first = next(one.seq for one in done if one.path == path and one.task)
    passes = _PASS.sub("#", path)
    over = [
        one.over_at
        for one in done
        if one.task and one.seq > first and one.over_at and _PASS.sub("#", one.path) == passes
    ]
    return max(over, default=None)

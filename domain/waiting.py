"""Domain: how long a run waited between two lines of its time line, and for whom. Pure.

It is told from the tasks: open means that a post was waited for, claimed that somebody had it in hand. While
no task was open the run waited for a timer, an event or the system itself; whether that answered is
told from the history (`domain.outages`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from domain.sop_definition import Text

TOLD_FROM = timedelta(minutes=1)


@dataclass(frozen=True)
class Waited:
    """For whom: a post, and the person who had claimed the task by then (None: nobody yet)."""

    task: Text
    post: Text
    holder: str | None


@dataclass(frozen=True)
class Band:
    """Nothing happened from `start` to `end`; `waits` is empty where no task was open all that time."""

    start: datetime
    end: datetime
    waits: tuple[Waited, ...]

    @property
    def lasted(self) -> timedelta:
        return self.end - self.start


def bands(
    instants: Sequence[datetime], tasks: Sequence[Mapping[str, Any]], until: datetime | None = None
) -> list[Band]:
    """The waits between these instants, oldest first; `until`: it is still waiting, since the last one."""
    ordered = [*sorted(instants), *([until] if until else [])]
    return [
        Band(start, end, tuple(_waits(start, end, tasks)))
        for start, end in pairwise(ordered)
        if end - start >= TOLD_FROM
    ]


def _waits(start: datetime, end: datetime, tasks: Sequence[Mapping[str, Any]]) -> list[Waited]:
    """The tasks that were open all the time; commits of an instant lie a moment apart."""
    slack = timedelta(seconds=5)
    found = []
    for task in tasks:
        closed = task["closed_at"]
        if task["kind"] == "notice" or task["opened_at"] > start + slack:
            continue
        if closed is not None and closed < end - slack:
            continue
        claimed = task["claimed_at"]
        held = task["assignee"] if claimed is not None and claimed <= start + slack else None
        post = Text(zh=task["post_zh"], en=task["post_en"])
        found.append(Waited(Text(zh=task["title_zh"], en=task["title_en"]), post, held))
    return found

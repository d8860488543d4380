"""Domain: what is recorded of a finished run, as it is needed to play it again by another definition.

What people said, what the actions answered, the lines, and when it was. Read by services, pure from here on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contracts.commands import CommandRun, CommandTask, CompleteTask, SignTask, TakeSignal
from contracts.runs import RunStart
from domain.sop_bundle import Bundle

Command = CompleteTask | SignTask | CommandRun | CommandTask | TakeSignal


@dataclass(frozen=True)
class Said:
    """A command that the run accepted: in which advance, in which order, when by the run's clock."""

    command: Command
    advance: int
    order: int
    at: datetime


@dataclass(frozen=True)
class Effect:
    """What an operation came to; `kind` as effects are kept, in which `advance` it was performed, when."""

    path: str
    kind: str
    advance: int
    action: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True)
class Worked:
    """A task as it was worked on: how long it was in somebody's hands, None where nobody took it."""

    path: str
    hands: timedelta | None = None


@dataclass(frozen=True)
class Recorded:
    """A finished run with the bundle that it had.

    `lines` are the lines of its line sets, (number, columns) by the set's id.
    """

    start: RunStart
    bundle: Bundle
    state: str
    outcome: str | None
    started_at: datetime
    ended_at: datetime
    said: Sequence[Said] = ()
    effects: Sequence[Effect] = ()
    lines: Mapping[str, Sequence[tuple[int, Mapping[str, Any]]]] = field(default_factory=dict)
    worked: Sequence[Worked] = ()


@dataclass(frozen=True)
class Usual:
    """What is usual in the history: the medians of a step's duration and of the time in somebody's hands."""

    durations: Mapping[str, timedelta] = field(default_factory=dict)
    hands: Mapping[str, timedelta] = field(default_factory=dict)


KINDS: Mapping[str, str] = {
    "open_task": "task",
    "act": "action",
    "decide": "decision",
    "await_signal": "wait",
    "end_wait": "wait_over",
    "call": "call",
    "notify": "notify",
    "incident": "incident",
    "undo": "undo",
    "withdraw": "withdraw",
    "end": "end",
}
"""Operations that say where a run went, with the kind of their effect; the others follow from the clock."""

"""Domain: where a run went, noted while it is played - each pass of a step, how it was left, and when.

Played again, a run also has notes: what had to be assumed, and what would not be accepted any more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from contracts.advance import AskedResult
from domain.sop_definition import Step
from domain.sop_progress import Node, Scope
from domain.sop_watched import Watched

# fmt: off
NoteKind = Literal[
    "step", "field", "outcome", "reason", "lines", "signature", "person", "command",
    "action", "inputs", "outputs", "event", "call", "input", "refused",
]
# fmt: on
"""What was assumed: an answer, a field, an outcome … - and of `inputs` that an action was given others."""

_INNER = re.compile(r"\[[^\]]*\]|~\d+")


@dataclass
class Stop:
    """One pass of a step; `how` is its outcome, route, refusal or time-out, `post` whose task it was."""

    path: str
    step: str
    kind: str
    began: datetime
    ended: datetime | None = None
    how: str = ""
    post: str = ""
    signers: list[str] = field(default_factory=list)
    assumed: bool = False

    @property
    def place(self) -> str:
        """The path without the steps around: only the line and the round are told apart."""
        inner = "".join(_INNER.findall(self.path.rpartition(".")[0]))
        return inner + self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Note:
    """Something that nobody had answered and that was assumed, or that would be refused: where, and why.

    `what` is the field, the outcome or the post; `code` the stable name of a refusal, `zh`, `en` its words.
    """

    kind: NoteKind
    step: str
    what: str = ""
    code: str = ""
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Halt:
    """Why a play did not come to the end, at which step, with which code."""

    why: Literal["refused", "incident", "stuck", "endless"]
    step: str = ""
    code: str = ""


@dataclass
class Walk:
    """A run as it was played. `unknown` are steps of which nobody knows how long they take."""

    stops: list[Stop] = field(default_factory=list)
    state: str | None = None
    outcome: str | None = None
    halt: Halt | None = None
    assumed: list[Note] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    trace: list[tuple[str, str]] = field(default_factory=list)
    decisions: dict[str, Any] = field(default_factory=dict)
    lasted: timedelta = timedelta()

    @property
    def signatures(self) -> int:
        """How many signatures people gave."""
        return sum(len(stop.signers) for stop in self.stops)


class Noted(Watched):
    """A run that notes each pass of a step, when it began and ended, and how it was left."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.stops: dict[str, Stop] = {}

    def begin(self, scope: Scope, step: Step) -> Node:
        """The next pass of a step, noted."""
        node = super().begin(scope, step)
        post = step.human.post if step.human else ""
        self.stops[node.path] = Stop(node.path, step.id, step.kind, self.now, post=post)
        return node

    def answer(self, result: AskedResult, now: datetime) -> None:
        """A refusal is how an action is left, whether it has a way or opens an incident."""
        stop = self.stops.get(result.path.partition("@")[0])
        if stop is not None and (result.refused or result.error):
            stop.how = result.refused or result.error or ""
        super().answer(result, now)

    def finish(self, node: Node, values: dict[str, Any] | None, target: str) -> None:
        """A pass is over: by its outcome, its value, or because its time was over."""
        stop = self.stops[node.path]
        stop.ended = self.now
        if node.kind == "decide" and values is not None:
            value = values["value"]
            stop.how = str(value).lower() if isinstance(value, bool) else str(value)
        elif node.kind in ("human", "call") and values is not None:
            stop.how = str(values.get("outcome", ""))
        elif node.kind == "wait" and values is None:
            stop.how = "timed_out"
        super().finish(node, values, target)


def steps_of(stops: Sequence[Stop]) -> list[str]:
    """The steps in the order in which they were begun."""
    return [stop.step for stop in stops]

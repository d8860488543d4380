"""Domain: all that a run must remember - one serialisable object, carried over continue-as-new.

A *node* is a step that is being executed, a *scope* a list of steps that is being walked: the run's own, a
branch, one line of a for_each, one round of a repeat. What is over leaves the state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from contracts.advance import Line, Operation

NodeStatus = Literal["open", "awaiting_signature", "asked", "waiting", "inside", "incident"]


class Timer(BaseModel):
    """An absolute instant of a node: reminder `n`, lateness, escalation, or the end of a wait."""

    at: datetime
    kind: Literal["remind", "late", "escalate", "wake"]
    n: int = 0


class Node(BaseModel):
    """A step in execution. Which of the fields mean something depends on its kind."""

    path: str
    step: str
    scope: str
    kind: str
    status: NodeStatus
    epoch: int = 1
    timers: list[Timer] = []
    # human and incident
    rules: list[int] = []
    signed: dict[int, str] = {}
    performers: list[str] = []
    required: list[str] = []
    outcome: str | None = None
    data: dict[str, Any] = {}
    lines: dict[str, Any] | None = None
    content_hash: str | None = None
    lines_root: str | None = None
    # action
    inputs: dict[str, Any] = {}
    chunk: int = 0
    cursor: int | None = None
    # for_each
    line_set: dict[str, Any] | None = None
    pending: list[Line] = []
    after: int = 0
    exhausted: bool = False
    # wait for an event: what it waits for; empty where it waits for time
    event: str | None = None
    key: str = ""
    # for_each, repeat, parallel: how many rounds or branches are over
    count: int = 0
    # incident and undo: the path or step that it is about
    of: str | None = None


class Scope(BaseModel):
    """A list of steps being walked: its prefix, results so far, passes, and who performed what."""

    path: str
    owner: str | None = None
    parent: str | None = None
    values: dict[str, Any] = {}
    loop: dict[str, Any] = {}
    passes: dict[str, int] = {}
    epochs: dict[str, int] = {}
    performers: dict[str, list[str]] = {}
    trail: list[str] = []


class Rework(BaseModel):
    """An undo in progress: after it the step `to` is entered again, or the run ends as cancelled."""

    path: str
    prefixes: list[str]
    why: Literal["sent_back", "cancelled"]
    actor: str
    reason: str
    scope: str = ""
    to: str | None = None
    rounds: int = 0
    irreversible: list[str] = []


class State(BaseModel):
    """The whole run. `queue` holds what no advance has taken yet, `not_undone` what had to stay."""

    nodes: dict[str, Node] = {}
    scopes: dict[str, Scope] = {}
    queue: list[Operation] = []
    reworks: dict[str, Rework] = {}
    suspended: bool = False
    ended: Literal["completed", "cancelled"] | None = None
    ending: bool = False
    outcome: str | None = None
    commands: int = 0
    not_undone: list[str] = []

"""Domain: all that a run must remember - one serialisable object, carried over continue-as-new.

A *node* is a step that is being executed, a *scope* a list of steps that is being walked: the run's own, a
branch, one line of a for_each, one round of a repeat. What is over leaves the state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from contracts.advance import Line, Operation
from contracts.payload import AddedSigner

NodeStatus = Literal["open", "awaiting_signature", "asked", "waiting", "inside", "incident"]


class Timer(BaseModel):
    """An absolute instant of a node: reminder `n`, lateness, escalation, the end of a wait or delegation."""

    at: datetime
    kind: Literal["remind", "late", "escalate", "wake", "return"]
    n: int = 0


class Delegation(BaseModel):
    """A task that its holder has given to somebody else until an instant; `over` once that has come."""

    by: str
    to: str
    until: datetime
    over: bool = False


class Completion(BaseModel):
    """Who completed the last pass of a step, and of which task; `signed` if others have signed it since."""

    path: str
    actor: str
    epoch: int
    signed: bool = False


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
    brought: dict[str, Any] = {}
    outcome: str | None = None
    data: dict[str, Any] = {}
    lines: dict[str, Any] | None = None
    content_hash: str | None = None
    lines_root: str | None = None
    completer: str | None = None
    refused: dict[int, str] = {}
    added: list[AddedSigner] = []
    delegation: Delegation | None = None
    reminded_at: datetime | None = None
    # action; call: the chunks called so far, and how many runs the next has
    inputs: dict[str, Any] = {}
    chunk: int = 0
    cursor: int | None = None
    # for_each, call
    line_set: dict[str, Any] | None = None
    pending: list[Line] = []
    after: int = 0
    exhausted: bool = False
    # wait for an event: what it waits for; empty where it waits for time
    event: str | None = None
    key: str = ""
    # call: earlier passes whose runs are this one's too; whether there was word of their end; how often asked
    called: list[str] = []
    told: bool = False
    reads: int = 0
    # for_each, repeat, parallel: how many rounds or branches are over; call: how many runs were called
    count: int = 0
    # incident and undo: the path or step that it is about
    of: str | None = None


class Scope(BaseModel):
    """A list of steps being walked: its prefix, results so far, passes, and who performed what.

    `completed` is what its completer may still take back; `reserved` for whom a step's next task is opened.
    """

    path: str
    owner: str | None = None
    parent: str | None = None
    values: dict[str, Any] = {}
    loop: dict[str, Any] = {}
    passes: dict[str, int] = {}
    epochs: dict[str, int] = {}
    performers: dict[str, list[str]] = {}
    trail: list[str] = []
    completed: dict[str, Completion] = {}
    reserved: dict[str, str] = {}


class Rework(BaseModel):
    """An undo in progress: after it the step `to` is entered again, or the run ends as cancelled.

    Before anything is undone the runs that were called are cancelled: `calling_off` until they have ended.
    """

    path: str
    prefixes: list[str]
    why: Literal["sent_back", "cancelled"]
    actor: str
    reason: str
    scope: str = ""
    to: str | None = None
    rounds: int = 0
    irreversible: list[str] = []
    calling_off: Literal["", "asked", "waiting"] = ""
    told: bool = False
    asks: int = 0


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

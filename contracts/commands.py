"""Contracts: what a person does to a run. Each is first a submission row, then one of these Updates.

`submission` is the row's id and the update id; `hash` its canonical content hash; `performers` are all who
signed, scanned, attached or saved data in this pass. Never a password, a printed name or a file.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from .payload import LineSetRef, Payload

RunCommandKind = Literal["suspend", "resume", "cancel", "send_back"]
TaskCommandKind = Literal["delegate", "hand_over", "add_signer", "withdraw", "remind", "refuse"]


class CompleteTask(Payload):
    """The outcome of a task with its data (or the line set of its results).

    `rule` is the index of the signature rule that the actor's own signature satisfies, None if unsigned.
    """

    submission: str
    path: str
    epoch: int
    actor: str
    performers: list[str] = []
    outcome: str
    data: dict[str, Any] = {}
    lines: LineSetRef | None = None
    reason: str | None = None
    hash: str
    rule: int | None = None


class SignTask(Payload):
    """A second or later signature over the same content hash."""

    submission: str
    path: str
    epoch: int
    actor: str
    performers: list[str] = []
    hash: str
    content_hash: str
    rule: int


class CommandRun(Payload):
    """Suspend, resume, cancel, or send back to a named step; `path` is the task it was sent from, if any."""

    submission: str
    kind: RunCommandKind
    actor: str
    hash: str
    reason: str
    to: str | None = None
    path: str | None = None


class TakeSignal(Payload):
    """An external event for a wait: `signal` is its row, `submission` the row of its delivery to this run.

    `data` is checked against the form that the step declares, `at` is when the event was recorded.
    """

    submission: str
    path: str
    event: str
    key: str
    signal: str
    at: datetime
    data: dict[str, Any] = {}
    actor: str
    hash: str


class ChangeOver(Payload):
    """The run goes on by another version of its procedure; the whole bundle, so that the history explains it.

    `order` is the row of the signed order, `version` what the version is called, `of` the SHA-256 of the
    bundle that the run goes by until then.
    """

    submission: str
    actor: str
    hash: str
    reason: str
    order: str
    version: int
    of: str
    sha256: str
    bundle: dict[str, Any]


class ChangeoverQuestion(Payload):
    """What would keep the run from going on by this bundle, as it stands now."""

    bundle: dict[str, Any]
    sha256: str


class CommandTask(Payload):
    """What a person does with a task besides answering it; which fields mean something depends on `kind`.

    `person` gets the task (delegate, hand_over) or signs as well (add_signer, which may name a `post` in a
    `site` and `department` instead); `until` ends a delegation; `rule` is the signature that is refused.
    `path` may be a task that is done: the one whose completion is withdrawn.
    """

    submission: str
    kind: TaskCommandKind
    path: str
    epoch: int
    actor: str
    hash: str
    reason: str | None = None
    person: str | None = None
    post: str | None = None
    site: str | None = None
    department: str | None = None
    order: Literal["before", "after"] | None = None
    until: datetime | None = None
    rule: int | None = None


class AdvanceClock(Payload):
    """Drill mode only: moves the run's clock forward by `seconds`, or until it is `to` seconds ahead.

    `to` may be said again without moving it twice.
    """

    seconds: int = 0
    to: int | None = None


class CommandResult(Payload):
    """What became of a command: the task's or run's state, and the signature rules still unmet."""

    state: str
    missing: list[int] = []

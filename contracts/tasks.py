"""Contracts: what an advance does with the tasks of persons, from opening one to taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from .commands import TaskCommandKind
from .payload import AddedSigner, LineSetRef, OperationPayload, Payload


class Recipient(Payload):
    """A post in a site and department, by code; None means everywhere."""

    post: str
    site: str | None = None
    department: str | None = None


class OpenTask(OperationPayload):
    """Opens a person's task.

    `required` are the form fields that are required now; `rules` the indexes of the signature rules that
    apply; `separate_from` the steps whose performers are excluded (`line_scope` is the path prefix of the
    task's own line, where a step inside a for_each is meant); `assignee` has it without claiming, because the
    person took the own completion back; `brought` are the values of earlier steps that the form's checks
    compare with; instants are never part of the effect's hash.
    """

    op: Literal["open_task"] = "open_task"
    path: str
    step: str
    epoch: int
    to: Recipient
    lines: LineSetRef | None = None
    required: list[str] = []
    rules: list[int] = []
    separate_from: list[str] = []
    line_scope: str | None = None
    due_at: datetime | None = None
    assignee: str | None = None
    brought: dict[str, Any] = {}


class SettleTask(OperationPayload):
    """Settles a submission: the activity re-reads it and the performers; `state` is the task's new state.

    `answer` is the hash that the interpreter computed over what it took in (`domain.answers`).
    """

    op: Literal["settle"] = "settle"
    path: str
    submission: str
    kind: Literal["complete", "sign"]
    actor: str
    performers: list[str] = []
    outcome: str
    hash: str
    lines_root: str | None = None
    state: Literal["done", "awaiting_signature"]
    epoch: int
    missing: list[int] = []
    answer: str | None = None


class SettleTaskCommand(OperationPayload):
    """Settles what a person did with a task besides answering it; the activity re-reads the submission.

    `of_epoch` is the epoch that it was said of, `epoch` the one that the task has now. `state` is the task's
    new state, None where it stays; `assignee` who has it now, None where that stays. `signer` was added;
    `missing` are the signatures still asked for of a task that awaits some.
    """

    op: Literal["settle_task_command"] = "settle_task_command"
    path: str
    kind: TaskCommandKind
    submission: str
    actor: str
    hash: str
    answer: str
    of_epoch: int
    epoch: int
    state: Literal["claimed", "awaiting_signature", "withdrawn"] | None = None
    assignee: str | None = None
    until: datetime | None = None
    signer: AddedSigner | None = None
    missing: list[int] = []


class ReturnTask(OperationPayload):
    """The time of a delegation is over: the task is its delegator's again."""

    op: Literal["return_task"] = "return_task"
    path: str
    assignee: str
    epoch: int


class WithdrawTask(OperationPayload):
    """Takes a task back: its branch is over, its step was sent back, or the run was cancelled."""

    op: Literal["withdraw"] = "withdraw"
    path: str
    why: Literal["branch_over", "sent_back", "cancelled", "ended"]


class Remind(OperationPayload):
    """The reminder number `n` of an open task, or its lateness (`n` = -1)."""

    op: Literal["remind"] = "remind"
    path: str
    n: int


class Escalate(OperationPayload):
    """Shows a late task to a superior post as well."""

    op: Literal["escalate"] = "escalate"
    path: str
    to: Recipient


class OpenIncident(OperationPayload):
    """An unrouted refusal or error: a task for the SOP's owner; the run waits for its outcome."""

    op: Literal["incident"] = "incident"
    path: str
    of: str
    step: str
    to: Recipient
    epoch: int
    code: str
    message: str = ""

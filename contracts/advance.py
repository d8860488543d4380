"""Contracts: one advance of the interpreter = one activity = one database transaction.

An advance is a list of operations in order, at most one of which asks the database for something (`act`,
`fetch_lines`, `await_signal`, `call`, `read_calls`, `cancel_calls`, `undo`): its result drives the next
advance. Every operation has an effect key `(workflow_id, path, kind)`; delivering an advance twice changes
nothing and returns the same result.
A little over 300 lines: one class for each operation, in one union that is read as a list.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from .calls import CallRuns, CallsRead, CancelCalls, OrderCalls, ReadCalls
from .commands import TaskCommandKind
from .payload import AddedSigner, LineSetRef, OperationPayload, Payload
from .signals import AwaitSignal, EndWait, EventTaken, SettleSignal


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


class SettleCommand(OperationPayload):
    """Settles a run command the same way. `resume` raises the epoch of the run's open tasks by one.

    `answer` is the hash over where it goes, from which task, and why.
    """

    op: Literal["settle_command"] = "settle_command"
    kind: str
    submission: str
    actor: str
    hash: str
    state: str
    answer: str | None = None


class SettleChangeover(OperationPayload):
    """Settles that the run goes on by another version: from the next advance on by the bundle `sha256`.

    `of` is the bundle that it went by, `number` says how many changeovers the run has had with this one.
    """

    op: Literal["settle_changeover"] = "settle_changeover"
    submission: str
    actor: str
    hash: str
    answer: str
    order: str
    of: str
    sha256: str
    number: int


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


class RecordDecision(OperationPayload):
    """A decision that the interpreter computed: table with version and hit row, or a value."""

    op: Literal["decide"] = "decide"
    path: str
    table: str | None = None
    version: int | None = None
    row: int | None = None
    given: dict[str, Any] = {}
    result: dict[str, Any] = {}


class Act(OperationPayload):
    """Performs one catalogue action. `cursor` continues a chunked action after its last chunk."""

    op: Literal["act"] = "act"
    path: str
    step: str
    action: str
    inputs: dict[str, Any] = {}
    cursor: int | None = None
    chunk: int = 0


class FetchLines(OperationPayload):
    """Asks for the next lines of a line set, in line order, after `after`."""

    op: Literal["fetch_lines"] = "fetch_lines"
    path: str
    line_set: str
    after: int
    limit: int


class Undo(OperationPayload):
    """Undoes the last effect not yet undone below one of the path prefixes; repeated until none remains."""

    op: Literal["undo"] = "undo"
    path: str
    prefixes: list[str]
    why: Literal["sent_back", "cancelled"]
    actor: str
    reason: str


class NotifyPost(OperationPayload):
    """A message to the holders of a post; `template` is a key of the definition's messages."""

    op: Literal["notify"] = "notify"
    path: str
    to: Recipient
    template: str
    given: dict[str, Any] = {}


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


class EndRun(OperationPayload):
    """The run is over. `not_undone` names irreversible effects that a cancel had to leave."""

    op: Literal["end"] = "end"
    path: str
    state: Literal["completed", "cancelled"]
    outcome: str | None = None
    not_undone: list[str] = []


Operation = Annotated[
    OpenTask
    | SettleTask
    | SettleCommand
    | SettleChangeover
    | SettleTaskCommand
    | ReturnTask
    | WithdrawTask
    | RecordDecision
    | Act
    | FetchLines
    | AwaitSignal
    | SettleSignal
    | EndWait
    | CallRuns
    | ReadCalls
    | CancelCalls
    | OrderCalls
    | Undo
    | NotifyPost
    | Remind
    | Escalate
    | OpenIncident
    | EndRun,
    Field(discriminator="op"),
]


class AdvanceInput(Payload):
    """Everything that one advance does; `state` and `current` are what lists show of the run.

    `changeovers` says by which of its versions the run went when the advance was made: how many it had had.
    """

    workflow_id: str
    run_id: str
    number: int
    now: datetime
    state: str
    current: list[str] = []
    operations: list[Operation] = []
    changeovers: int = 0


class Line(Payload):
    """One line of a line set: its number, its key and the columns that the action declares."""

    line: int
    data: dict[str, Any] = {}


class AskedResult(Payload):
    """The answer to the one operation of an advance that asks for something.

    `refused` names a business refusal of the action (its writes were rolled back to the savepoint), `error`
    an unexpected one; `outputs` are the action's; `cursor` is set while a chunked action has more to do;
    `lines` answers `fetch_lines`, `event` answers `await_signal` (None: it has not come yet); `undone` and
    `remaining` answer `undo`, `irreversible` what had to stay; `calls` answers `read_calls`, `cancel_calls`.
    """

    path: str
    outputs: dict[str, Any] = {}
    cursor: int | None = None
    refused: str | None = None
    error: str | None = None
    message: str = ""
    lines: list[Line] = []
    event: EventTaken | None = None
    undone: str | None = None
    remaining: int = 0
    irreversible: list[str] = []
    calls: CallsRead | None = None


class AdvanceResult(Payload):
    """`forged` names submissions that the database does not confirm: then nothing of the advance was done."""

    asked: AskedResult | None = None
    forged: list[str] = []

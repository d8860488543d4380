"""Contracts: one advance of the interpreter = one activity = one database transaction.

An advance is a list of operations in order, at most one of which asks the database for something (`act`,
`fetch_lines`, `await_signal`, `call`, `read_calls`, `cancel_calls`, `undo`): its result drives the next
advance. Every operation has an effect key `(workflow_id, path, kind)`; delivering an advance twice changes
nothing and returns the same result.
Those with tasks of persons are in `tasks`, with called runs in `calls`, with outside events in `signals`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from .calls import CallRuns, CallsRead, CancelCalls, OrderCalls, ReadCalls
from .payload import OperationPayload, Payload
from .signals import AwaitSignal, EndWait, EventTaken, SettleSignal
from .tasks import (
    Escalate,
    OpenIncident,
    OpenTask,
    Recipient,
    Remind,
    ReturnTask,
    SettleTask,
    SettleTaskCommand,
    WithdrawTask,
)


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

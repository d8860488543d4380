"""Services: effect keys of an advance - each operation happens once, whatever is delivered how often.

Key (workflow, path, kind) with a hash over what was asked: ids, outcomes, data, line roots, never instants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.advance import Act, FetchLines, Operation, SettleChangeover, SettleCommand
from contracts.signals import SettleSignal
from contracts.tasks import Remind, ReturnTask, SettleTask, SettleTaskCommand
from domain.canonical import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = 1000
"""Effects of advance n are numbered n * STEP + index: the order of effects is the order of advances."""

_KINDS = {
    "open_task": "task",
    "withdraw": "withdraw",
    "decide": "decision",
    "undo": "undo",
    "notify": "notify",
    "remind": "remind",
    "escalate": "escalate",
    "incident": "incident",
    "await_signal": "wait",
    "end_wait": "wait_over",
    "call": "call",
    "read_calls": "call_read",
    "cancel_calls": "order",
    "order_calls": "order",
    "end": "end",
}
_INSTANTS = {"due_at", "until"}
_NEWER: Mapping[str, Any] = {"assignee": None, "brought": {}}
"""Fields that are newer than tasks which are open already: without a value they are no part of the hash."""


class EffectMismatch(Exception):
    """The same effect key came with another input: history and database disagree, and nobody may guess."""

    code = "effect_mismatch"

    def __init__(self, path: str, kind: str) -> None:
        self.path, self.kind = path, kind
        super().__init__(f"effect {kind} at {path} was recorded with another input")


@dataclass(frozen=True)
class EffectKey:
    """Where an effect is kept, and the hash of what was asked."""

    path: str
    kind: str
    input_hash: bytes

    def check(self, known: Mapping[str, Any]) -> None:
        """EffectMismatch unless the recorded effect had the same input."""
        if bytes(known["input_hash"]) != self.input_hash:
            raise EffectMismatch(self.path, self.kind)


def key_of(operation: Operation) -> EffectKey | None:
    """The key of an operation; None for reading lines, which has no effect."""
    if isinstance(operation, FetchLines):
        return None
    if isinstance(operation, Act):
        path, kind = operation.path, "chunk" if operation.chunk else "action"
    elif isinstance(operation, SettleTask | SettleSignal):
        path, kind = f"{operation.path}/{operation.submission}", "settle"
    elif isinstance(operation, SettleCommand | SettleTaskCommand | SettleChangeover):
        path, kind = f"command/{operation.submission}", "command"
    elif isinstance(operation, ReturnTask):
        path, kind = f"{operation.path}/{operation.epoch}", "return"
    elif isinstance(operation, Remind):
        path, kind = f"{operation.path}/{operation.n}", "remind"
    else:
        path, kind = operation.path, _KINDS[operation.op]
    left_out = _INSTANTS | {name for name, none in _NEWER.items() if getattr(operation, name, "") == none}
    asked = operation.model_dump(mode="json", exclude=left_out)
    return EffectKey(path, kind, bytes.fromhex(sha256_of("effect", 1, asked=asked)))

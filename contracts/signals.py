"""Contracts: waiting for external events in an advance, and an event that had come before."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from .payload import OperationPayload, Payload


class AwaitSignal(OperationPayload):
    """Begins to wait for the external event `event` with `key`; asks whether it has come already.

    One that arrived up to `keep_s` seconds before counts, unless the run has taken it before.
    """

    op: Literal["await_signal"] = "await_signal"
    path: str
    step: str
    event: str
    key: str
    keep_s: int


class SettleSignal(OperationPayload):
    """Settles the delivery of an external event to a wait; the activity re-reads the delivery and the event.

    `answer` is the hash over event, key, instant and data as the interpreter took them in.
    """

    op: Literal["settle_signal"] = "settle_signal"
    path: str
    submission: str
    signal: str
    actor: str
    hash: str
    answer: str


class EndWait(OperationPayload):
    """Nobody waits for the event any more: it did not come in time, or what waited for it was taken back."""

    op: Literal["end_wait"] = "end_wait"
    path: str
    why: Literal["timed_out", "branch_over", "sent_back", "cancelled", "ended"]


class EventTaken(Payload):
    """An external event that had come before the wait began: its id, when it came, its checked data."""

    signal: str
    at: datetime
    data: dict[str, Any] = {}

"""Contracts: what a run asks of the runs that it has called, and what it learns of them.

A call is known by its path in the calling run. The rows of called runs say who called them; nothing of them
but what is below stands in the history of the caller.
"""

from __future__ import annotations

from typing import Any, Literal

from .payload import OperationPayload, Payload


class CalledRun(Payload):
    """One run to be called: its inputs, and the line of the line set that it is for (None: for none)."""

    inputs: dict[str, Any] = {}
    line: int | None = None


class CallRuns(OperationPayload):
    """Calls runs of another SOP at the version that the bundle pins; all of them or, refused, none.

    `path` is the calling step's; the chunks of a long call have `@` and a number behind it. `apart` are steps
    of the calling run whose performers may perform nothing in the called ones, and the other way round: each
    with the path prefix of the line in which that holds, None for everywhere.
    """

    op: Literal["call"] = "call"
    path: str
    step: str
    sop: str
    version: int
    sha256: str
    awaited: bool
    runs: list[CalledRun]
    apart: dict[str, str | None] = {}


class ReadCalls(OperationPayload):
    """Asks how the awaited runs stand that were called at `paths`: several, if a call was tried again."""

    op: Literal["read_calls"] = "read_calls"
    path: str
    paths: list[str]


class CancelCalls(OperationPayload):
    """Orders the runs called below `prefixes` to cancel; asks how many are still open, until none is."""

    op: Literal["cancel_calls"] = "cancel_calls"
    path: str
    prefixes: list[str]
    actor: str
    reason: str


class OrderCalls(OperationPayload):
    """Hands a command on to the awaited runs called below `prefixes`, without waiting for them.

    `actor` is None where the procedure itself, not a person, has come to it.
    """

    op: Literal["order_calls"] = "order_calls"
    path: str
    kind: Literal["suspend", "resume", "cancel"]
    prefixes: list[str]
    actor: str | None = None
    reason: str


class CallsRead(Payload):
    """How called runs stand: so many `open`, the others by outcome, and everybody who performed in any.

    `more` says that not all of them have their order yet: ask again at once.
    """

    open: int = 0
    outcomes: dict[str, int] = {}
    performers: list[str] = []
    more: bool = False

"""A stand-in for the database of effects: answers what an advance asks and remembers what was done."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contracts.advance import (
    Act,
    AdvanceInput,
    AdvanceResult,
    AskedResult,
    AwaitSignal,
    EndWait,
    EventTaken,
    FetchLines,
    Line,
    OpenIncident,
    OpenTask,
    SettleSignal,
    SettleTask,
    SettleTaskCommand,
    Undo,
    WithdrawTask,
)
from contracts.payload import LineSetRef

_SETTLING = SettleTask | SettleSignal | SettleTaskCommand


class Effects:
    """Stands in for the database: answers what an advance asks, remembers what it did, counts deliveries."""

    def __init__(self) -> None:
        self.operations: list[Any] = []
        self.done: list[str] = []
        self.undone: list[str] = []
        self.open: dict[str, OpenTask | OpenIncident] = {}
        self.advances: list[AdvanceInput] = []
        self.forged: set[str] = set()
        self.refusing = True
        self.answers: dict[str, AskedResult] = {}
        self.irreversible: set[str] = set()
        self.come: dict[tuple[str, str], EventTaken] = {}
        self.waits: dict[str, AwaitSignal] = {}

    def perform(self, given: AdvanceInput) -> AdvanceResult:
        self.advances.append(given)
        settled = {o.submission for o in given.operations if isinstance(o, _SETTLING)}
        if settled & self.forged:
            return AdvanceResult(forged=sorted(settled & self.forged))
        asked = None
        for operation in given.operations:
            self.operations.append(operation)
            if isinstance(operation, OpenTask | OpenIncident):
                self.open[operation.path] = operation
            elif isinstance(operation, WithdrawTask) or (
                isinstance(operation, SettleTask) and operation.state == "done"
            ):
                self.open.pop(operation.path, None)
            elif isinstance(operation, SettleSignal | EndWait):
                del self.waits[operation.path]
            asked = self._asked(operation) or asked
        return AdvanceResult(asked=asked)

    def _asked(self, operation: Any) -> AskedResult | None:
        if isinstance(operation, Act):
            return self.answers.get(operation.path) or self._act(operation)
        if isinstance(operation, FetchLines):
            rows = range(operation.after + 1, min(operation.after + operation.limit, 5) + 1)
            lines = [Line(line=n, data={"number": n, "label": f"l{n}"}) for n in rows]
            return AskedResult(path=operation.path, lines=lines)
        if isinstance(operation, AwaitSignal):
            return self._await(operation)
        if isinstance(operation, Undo):
            return self._undo(operation)
        return None

    def _await(self, wait: AwaitSignal) -> AskedResult:
        event = self.come.pop((wait.event, wait.key), None)
        if event is None:
            self.waits[wait.path] = wait
        return AskedResult(path=wait.path, event=event)

    def _undo(self, undo: Undo) -> AskedResult:
        """As the database does it: the last effect that can be undone; those that cannot are passed and named."""
        below = [
            path
            for path in self.done
            if any(
                not prefix or path == prefix or path.startswith(tuple(prefix + sign for sign in ".[@~"))
                for prefix in undo.prefixes
            )
        ]
        stay: list[str] = []
        while below and below[-1] in self.irreversible:
            stay.append(below.pop())
            self.done.remove(stay[-1])
        undone = below.pop() if below else None
        if undone:
            self.done.remove(undone)
            self.undone.append(undone)
        return AskedResult(path=undo.path, undone=undone, remaining=len(below), irreversible=stay)

    def _act(self, act: Act) -> AskedResult:
        if act.action == "probe.refuse" and self.refusing:
            return AskedResult(path=act.path, refused="not_today", message="not today")
        if act.action == "probe.lines":
            lines = LineSetRef(
                id="00000000-0000-7000-8000-000000000001",
                count=5,
                root="0" * 64,
                aggregates={"sum_number": 15},
            )
            return AskedResult(path=act.path, outputs={"lines": lines.model_dump()})
        if act.action == "probe.effect":
            self.done.append(act.path)
            if act.inputs.get("text") == "chunks" and act.chunk < 2:
                return AskedResult(path=act.path, outputs=act.inputs, cursor=act.chunk + 1)
        return AskedResult(path=act.path, outputs=act.inputs)

    def kinds(self) -> Counter[str]:
        return Counter(o.op for o in self.operations)

"""A stand-in for the database of effects: answers what an advance asks and remembers what was done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from contracts.advance import (
    Act,
    AdvanceInput,
    AdvanceResult,
    AskedResult,
    FetchLines,
    Line,
    SettleChangeover,
    Undo,
)
from contracts.calls import CalledRun, CallRuns, CallsRead, CancelCalls, OrderCalls, ReadCalls
from contracts.payload import LineSetRef
from contracts.signals import AwaitSignal, EndWait, EventTaken, SettleSignal
from contracts.tasks import OpenIncident, OpenTask, SettleTask, SettleTaskCommand, WithdrawTask


def below(path: str, prefix: str) -> bool:
    """Whether a path is a step's own or inside it; everything is below the empty prefix."""
    return not prefix or path == prefix or path.startswith(tuple(prefix + sign for sign in ".[@~"))


@dataclass
class Called:
    """A called run: how it ended, who performed in it, whether it was told to stop."""

    given: CalledRun
    awaited: bool
    outcome: str | None = None
    performers: list[str] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)


_SETTLING = SettleTask | SettleSignal | SettleTaskCommand | SettleChangeover


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
        self.called: dict[str, list[Called]] = {}

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
            elif isinstance(operation, OrderCalls):
                self._order(operation.prefixes, operation.kind, awaited=True)
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
        if isinstance(operation, CallRuns | ReadCalls | CancelCalls):
            return self._of_calls(operation)
        if isinstance(operation, Undo):
            return self._undo(operation)
        return None

    def _of_calls(self, asked: CallRuns | ReadCalls | CancelCalls) -> AskedResult:
        if isinstance(asked, CallRuns):
            if asked.path in self.answers:
                return self.answers.pop(asked.path)
            made = [Called(run, asked.awaited) for run in asked.runs]
            self.called.setdefault(asked.path.partition("@")[0], []).extend(made)
            return AskedResult(path=asked.path)
        if isinstance(asked, ReadCalls):
            runs = [run for path in asked.paths for run in self.called.get(path, ())]
        else:
            runs = self._order(asked.prefixes, "cancel")
        read = CallsRead(
            open=sum(run.outcome is None for run in runs),
            outcomes=dict(Counter(run.outcome for run in runs if run.outcome)),
            performers=sorted({person for run in runs for person in run.performers}),
        )
        return AskedResult(path=asked.path, calls=read)

    def _order(self, prefixes: list[str], kind: str, *, awaited: bool = False) -> list[Called]:
        runs = [
            run
            for path, called in self.called.items()
            if any(below(path, prefix) for prefix in prefixes)
            for run in called
            if run.awaited or not awaited
        ]
        for run in runs:
            if run.outcome is None:
                run.ordered.append(kind)
        return runs

    def end_call(self, path: str, outcome: str = "done", *performers: str, number: int | None = None) -> bool:
        """A run called at the path ends, or all that are open; whether none is open then."""
        open_ = [run for run in self.called[path] if run.outcome is None]
        for run in open_ if number is None else open_[number : number + 1]:
            run.outcome, run.performers = outcome, list(performers)
        return all(run.outcome is not None for run in self.called[path])

    def _await(self, wait: AwaitSignal) -> AskedResult:
        event = self.come.pop((wait.event, wait.key), None)
        if event is None:
            self.waits[wait.path] = wait
        return AskedResult(path=wait.path, event=event)

    def _undo(self, undo: Undo) -> AskedResult:
        """As the database does it: the last effect that can be undone; those that cannot are passed and named."""
        left = [path for path in self.done if any(below(path, prefix) for prefix in undo.prefixes)]
        stay: list[str] = []
        while left and left[-1] in self.irreversible:
            stay.append(left.pop())
            self.done.remove(stay[-1])
        undone = left.pop() if left else None
        if undone:
            self.done.remove(undone)
            self.undone.append(undone)
        return AskedResult(path=undo.path, undone=undone, remaining=len(left), irreversible=stay)

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

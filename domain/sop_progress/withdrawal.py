"""Domain: taking back - what is open below a path is withdrawn, what it waits for is not asked any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from contracts.advance import Act, FetchLines, Undo
from contracts.calls import CallRuns, CancelCalls, OrderCalls, ReadCalls
from contracts.signals import AwaitSignal, EndWait
from contracts.tasks import WithdrawTask

if TYPE_CHECKING:
    from .machine import Progress
    from .state import Node


OF_STEPS = (Act, AwaitSignal, CallRuns, FetchLines, ReadCalls)
OF_REWORKS = (CancelCalls, Undo)
ASKING = (*OF_STEPS, *OF_REWORKS)
"""Operations that ask for an answer: an advance has at most one."""
NO_LONGER = "上级流程不再需要 / the calling run no longer needs it"
"""Why a called run is cancelled whose branch or caller is over."""


def drop(run: Progress, inside: str, why: Literal["branch_over", "sent_back", "cancelled", "ended"]) -> None:
    """Takes back everything below a path prefix: tasks are withdrawn, nodes, scopes and reworks forgotten.

    Who performed what is kept by the scope around. An undo that is given up has undone what it has undone;
    whoever takes back (a cancel) undoes the rest.
    """
    state = run.state
    for path in [p for p in state.nodes if p.startswith(inside)]:
        node = state.nodes.pop(path)
        if node.kind in ("human", "incident") and node.status in ("open", "awaiting_signature"):
            run.emit(WithdrawTask(path=node.path, why=why))
        if node.event is not None and node.status == "waiting":
            run.emit(EndWait(path=node.path, why=why))
        if node.kind == "call" and why in ("branch_over", "ended"):  # otherwise it is called off and undone
            _let_go(run, node)
    for path in reversed([p for p in state.scopes if p and p.startswith(inside)]):
        scope = state.scopes.pop(path)
        outer = state.scopes.get(scope.parent or "")
        if outer:
            for step, persons in scope.performers.items():
                run.performed(outer, step, persons)
    given_up = [path for path, rework in state.reworks.items() if rework.scope.startswith(inside)]
    for path in given_up:
        left_standing(run, state.reworks.pop(path).irreversible)
    state.queue = [
        o
        for o in state.queue
        if not (isinstance(o, OF_STEPS) and o.path.startswith(inside))
        and not (isinstance(o, OF_REWORKS) and o.path in given_up)
    ]


def _let_go(run: Progress, node: Node) -> None:
    """Nobody waits any more for the runs called here: they are cancelled. What was detached goes on."""
    call = run.plan.steps[node.step].call
    if node.chunk and call is not None and call.mode == "wait":
        called = [*node.called, node.path]
        run.emit(OrderCalls(path=node.path, kind="cancel", prefixes=called, reason=NO_LONGER))


def left_standing(run: Progress, effects: list[str]) -> None:
    """Remembers what could not be undone until the run's end tells it."""
    run.state.not_undone += [path for path in effects if path not in run.state.not_undone]

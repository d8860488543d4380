"""Domain: a call - another SOP as a run of its own, or one such run for each line of a line set.

Called runs go their own way; this one is told when none of a call is open any more, and only then asks how
they ended. What it is told is a nudge without content: what it goes by are the answers to what it asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.advance import FetchLines
from contracts.calls import CalledRun, CallRuns, ReadCalls
from domain.errors import Refusal
from domain.sop_calls import outcomes_of
from domain.sop_progress.segregation import line_of
from domain.sop_scope import EACH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.advance import AskedResult, Line
    from domain.sop_definition import Call, Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope

AT_ONCE = 100
"""Runs that one advance calls."""


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Calls the one run, or asks for the first lines; an empty line set is over at once."""
    call = _call(step)
    if call.lines is None:
        node.exhausted = True
        _ask_for(run, node, step, [CalledRun(inputs=run.values(scope, step, call.with_))])
        return
    node.line_set = run.value(scope, step, call.lines)
    assert node.line_set is not None
    if node.line_set["count"] == 0:
        run.finish(node, _counts(run, call, 0, {}), "next")
    else:
        _fetch(run, node)


def go_on(run: Progress, scope: Scope, step: Step, stopped: Node) -> None:
    """Tries again where a long call stopped: the runs called before stay and count."""
    node = run.begin(scope, step)
    node.line_set, node.after, node.count = stopped.line_set, stopped.after, stopped.count
    node.chunk, node.told = stopped.chunk, stopped.told
    node.called = [*stopped.called, stopped.path]
    _fetch(run, node)


def answered(run: Progress, node: Node, result: AskedResult) -> None:
    """Lines have come, runs have been called (or refused, all of a chunk), or how they stand is known."""
    step = run.plan.steps[node.step]
    if result.refused is not None or result.error is not None:
        run.incident(node, result.refused or result.error or "", result.message)
    elif result.calls is not None:
        _read(run, node, step, result)
    elif result.path.startswith(_lines_path(node.path)):
        _call_for(run, node, step, result.lines)
    else:
        _called(run, node, step)


def ended(run: Progress, node: Node) -> None:
    """None of the runs called here seems to be open: asks, as soon as all have been called."""
    node.told = True
    if node.status == "waiting":
        _ask_how(run, node)


def _call(step: Step) -> Call:
    assert step.call is not None
    return step.call


def _lines_path(path: str) -> str:
    return f"{path}@lines"


def _fetch(run: Progress, node: Node) -> None:
    assert node.line_set is not None
    path = f"{_lines_path(node.path)}{node.after}"
    run.ask(node, FetchLines(path=path, line_set=node.line_set["id"], after=node.after, limit=AT_ONCE))


def _call_for(run: Progress, node: Node, step: Step, lines: Sequence[Line]) -> None:
    """Computes the inputs of each line's run here, so that the history holds them."""
    call, context = _call(step), run.context(run.state.scopes[node.scope])
    node.exhausted = len(lines) < AT_ONCE
    try:
        runs = [
            CalledRun(
                line=line.line,
                inputs=run.evaluator.given(step.id + EACH, call.with_, {**context, call.as_: line.data}),
            )
            for line in lines
        ]
    except Refusal as refusal:
        run.incident(node, refusal.code, refusal.message("zh"))
        return
    if runs:
        node.pending = [lines[-1].model_copy(update={"data": {}})]
        _ask_for(run, node, step, runs)
    else:
        _all_called(run, node, step)


def _ask_for(run: Progress, node: Node, step: Step, runs: list[CalledRun]) -> None:
    call = _call(step)
    pinned = run.bundle.calls[call.sop]
    line = line_of(run, node.scope)
    node.cursor = len(runs)
    run.ask(
        node,
        CallRuns(
            path=node.path if call.lines is None else f"{node.path}@{node.after}",
            step=step.id,
            sop=call.sop,
            version=pinned.version,
            sha256=pinned.sha256,
            awaited=call.mode == "wait",
            runs=runs,
            apart={other: None if across else line for other, across in run.plan.separated(step).items()},
        ),
    )


def _called(run: Progress, node: Node, step: Step) -> None:
    """A chunk has been called: the next, or all have been."""
    node.count, node.chunk = node.count + (node.cursor or 0), node.chunk + 1
    if node.pending:
        node.after, node.pending = node.pending[-1].line, []
    if node.exhausted:
        _all_called(run, node, step)
    else:
        _fetch(run, node)


def _all_called(run: Progress, node: Node, step: Step) -> None:
    if _call(step).mode == "detach":
        run.finish(node, {"count": node.count}, "next")
    elif node.told:
        _ask_how(run, node)
    else:
        node.status = "waiting"


def _ask_how(run: Progress, node: Node) -> None:
    node.told = False
    node.reads += 1
    path = f"{node.path}@read{node.reads}"
    run.ask(node, ReadCalls(path=path, paths=[*node.called, node.path]))


def _read(run: Progress, node: Node, step: Step, result: AskedResult) -> None:
    """Goes on when all have ended; who performed in them performed this step."""
    read = result.calls
    assert read is not None
    if read.open:
        node.status = "waiting"
        if node.told:
            _ask_how(run, node)
        return
    run.performed(run.state.scopes[node.scope], step.id, read.performers)
    call = _call(step)
    values = _counts(run, call, node.count, read.outcomes)
    if call.lines is None:
        values["outcome"] = next(iter(read.outcomes))
    run.finish(node, values, "next")


def _counts(run: Progress, call: Call, count: int, outcomes: dict[str, int]) -> dict[str, Any]:
    values = {"count": count}
    if call.mode == "wait" and call.lines is not None:
        known = outcomes_of(run.bundle.calls[call.sop])
        values |= {f"count_{name}": outcomes.get(name, 0) for name in known}
    return values

"""Domain: steps for every line of a line set, one after another or bounded at once, fetched in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.advance import FetchLines

if TYPE_CHECKING:
    from contracts.advance import AskedResult
    from domain.sop_definition import ForEach, Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Fixes the line set and asks for its first chunk; an empty set is over at once."""
    node.line_set = run.value(scope, step, _loop(step).lines)
    assert node.line_set is not None
    node.exhausted = node.line_set["count"] == 0
    if node.exhausted:
        run.finish(node, {"count": 0}, "next")
    else:
        _fetch(run, node, _loop(step))


def answered(run: Progress, node: Node, result: AskedResult) -> None:
    """Takes in a chunk of lines and opens as many as may be open."""
    loop = _loop(run.plan.steps[node.step])
    node.status = "inside"
    node.pending = list(result.lines)
    node.exhausted = len(result.lines) < loop.chunk
    if result.lines:
        node.after = result.lines[-1].line
    _pump(run, node, loop)


def scope_closed(run: Progress, node: Node, scope: Scope) -> None:
    """A line is over: the next one may begin."""
    node.count += 1
    _pump(run, node, _loop(run.plan.steps[node.step]))


def _loop(step: Step) -> ForEach:
    assert step.for_each is not None
    return step.for_each


def _fetch(run: Progress, node: Node, loop: ForEach) -> None:
    assert node.line_set is not None
    run.ask(
        node,
        FetchLines(
            path=f"{node.path}@{node.after}", line_set=node.line_set["id"], after=node.after, limit=loop.chunk
        ),
    )


def _running(run: Progress, node: Node) -> int:
    return sum(1 for s in run.state.scopes.values() if s.owner == node.path)


def _pump(run: Progress, node: Node, loop: ForEach) -> None:
    # Lines that are over at once would nest a call per line: the outermost call does all the work.
    if node.path in run.pumping:
        return
    run.pumping.add(node.path)
    allowed = loop.limit if loop.mode == "concurrent" else 1
    try:
        while node.pending and _running(run, node) < allowed:
            line = node.pending.pop(0)
            inner = run.open_scope(node, f"{node.path}[{line.line}].", {loop.as_: line.data})
            run.enter(inner, loop.steps[0])
            if node.path not in run.state.nodes:
                return
    finally:
        run.pumping.discard(node.path)
    running = _running(run, node)
    if node.pending or node.status == "asked":
        return
    if not node.exhausted and running < allowed:
        _fetch(run, node, loop)
    elif node.exhausted and not running:
        run.finish(node, {"count": node.count}, "next")

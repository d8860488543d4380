"""Domain: steps repeated until a condition holds; reaching the mandatory limit is an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Refusal

if TYPE_CHECKING:
    from domain.sop_definition import Repeat, Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


class RepeatLimitReached(Refusal):
    """A repeat came to its limit without its condition holding."""

    code = "repeat_limit"
    kind = "conflict"
    zh = "重复步骤已达上限 {limit} 次，条件仍未满足。"
    en = "The steps were repeated {limit} times and the condition still does not hold."


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Begins the first round."""
    _rounds(run, node, _loop(step))


def scope_closed(run: Progress, node: Node, scope: Scope) -> None:
    """A round is over: its results are visible outside, then the condition decides."""
    step = run.plan.steps[node.step]
    outer = run.state.scopes[node.scope]
    outer.values.update(scope.values)
    node.count += 1
    _rounds(run, node, _loop(step))


def _loop(step: Step) -> Repeat:
    assert step.repeat is not None
    return step.repeat


def _rounds(run: Progress, node: Node, loop: Repeat) -> None:
    # A round that is over at once would nest a call per round: the outermost call goes on.
    if node.path in run.pumping:
        return
    run.pumping.add(node.path)
    over = False
    step, scope = run.plan.steps[node.step], run.state.scopes[node.scope]
    try:
        while not over:
            if node.count and run.value(scope, step, loop.until):
                over = True
                break
            if node.count >= loop.limit:
                raise RepeatLimitReached(limit=loop.limit)
            before = node.count
            inner = run.open_scope(node, f"{node.path}~{before + 1}.")
            run.enter(inner, loop.steps[0])
            if node.path not in run.state.nodes or node.count == before:
                return
    finally:
        run.pumping.discard(node.path)
    run.finish(node, {"count": node.count}, "next")

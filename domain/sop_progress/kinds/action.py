"""Domain: an action step - a named refusal is routed, every other failure is an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.advance import Act

if TYPE_CHECKING:
    from contracts.advance import AskedResult
    from domain.sop_definition import Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Computes the inputs here, so that the history holds them, and asks for the action."""
    assert step.action is not None
    node.inputs = run.values(scope, step, step.with_)
    run.ask(node, Act(path=node.path, step=step.id, action=step.action, inputs=node.inputs))


def answered(run: Progress, node: Node, result: AskedResult) -> None:
    """Goes on with the outputs, asks for the next chunk, follows the refusal, or opens an incident."""
    step = run.plan.steps[node.step]
    assert step.action is not None
    if result.refused is not None:
        target = step.refusals.get(result.refused)
        if target is None:
            run.incident(node, result.refused, result.message)
        else:
            run.finish(node, None, target)
    elif result.error is not None:
        run.incident(node, result.error, result.message)
    elif result.cursor is not None:
        node.chunk, node.cursor = node.chunk + 1, result.cursor
        _next_chunk(run, node, step)
    else:
        run.finish(node, result.outputs, "next")


def go_on(run: Progress, scope: Scope, step: Step, stopped: Node) -> None:
    """Tries again where a chunked action stopped: the chunks before are done and stay."""
    node = run.begin(scope, step)
    node.inputs, node.chunk, node.cursor = stopped.inputs, stopped.chunk, stopped.cursor
    _next_chunk(run, node, step)


def _next_chunk(run: Progress, node: Node, step: Step) -> None:
    assert step.action is not None
    run.ask(
        node,
        Act(
            path=f"{node.path}@{node.chunk}",
            step=step.id,
            action=step.action,
            inputs=node.inputs,
            cursor=node.cursor,
            chunk=node.chunk,
        ),
    )

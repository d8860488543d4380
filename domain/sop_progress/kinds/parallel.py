"""Domain: named branches at the same time; the step is over when all, any or N of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.sop_progress.withdrawal import drop

if TYPE_CHECKING:
    from domain.sop_definition import Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Opens all branches, then walks each: a branch may be over at once."""
    parallel = step.parallel
    assert parallel is not None
    scopes = [
        (run.open_scope(node, f"{node.path}.{name}."), body) for name, body in parallel.branches.items()
    ]
    for inner, body in scopes:
        if node.path in run.state.nodes and inner.path in run.state.scopes:
            run.enter(inner, body[0])


def scope_closed(run: Progress, node: Node, scope: Scope) -> None:
    """Counts the branch; when enough are over, what the others still have open is withdrawn."""
    step = run.plan.steps[node.step]
    parallel = step.parallel
    assert parallel is not None
    outer = run.state.scopes[node.scope]
    outer.values.update(scope.values)
    node.count += 1
    total = len(parallel.branches)
    needed = {"all": total, "any": 1}.get(str(parallel.wait_for)) or int(parallel.wait_for)
    if node.count >= min(needed, total):
        drop(run, f"{node.path}.", "branch_over")
        run.finish(node, {"count": node.count}, "next")

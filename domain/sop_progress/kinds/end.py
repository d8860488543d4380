"""Domain: the end of a run with its outcome; anything still open is withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.sop_definition import Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Ends the whole run, from whatever scope."""
    assert step.end is not None
    run.end(step.end, node.path)

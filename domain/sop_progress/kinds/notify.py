"""Domain: a notify step - a message to the holders of a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.advance import NotifyPost

if TYPE_CHECKING:
    from domain.sop_definition import Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Emits the message and goes on at once."""
    notify = step.notify
    assert notify is not None
    run.emit(
        NotifyPost(
            path=node.path,
            to=run.recipient(scope, step, notify.to),
            template=notify.template,
            given=run.values(scope, step, notify.with_),
        )
    )
    run.finish(node, None, "next")

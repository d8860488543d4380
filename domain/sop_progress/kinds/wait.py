"""Domain: a wait - for a duration or until an instant; the instant is fixed when the wait begins."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.canonical import instant as instant_text
from domain.errors import Refusal
from domain.sop_progress.state import Timer

if TYPE_CHECKING:
    from domain.sop_definition import Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


class WaitNotExecuted(Refusal):
    """The definition waits for an external event, which this version of the engine does not execute."""

    code = "wait_event_unsupported"
    kind = "conflict"
    zh = "本版本尚不执行等待外部事件的步骤。"
    en = "This version does not execute waiting for an external event."


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Sets the one timer of the wait; an instant already past wakes at once."""
    wait = step.wait
    assert wait is not None
    if wait.for_ is not None:
        at = run.instant(scope, step, wait.for_)
    elif wait.until is not None:
        at = datetime.fromisoformat(run.value(scope, step, wait.until))
    else:
        raise WaitNotExecuted
    node.status = "waiting"
    node.timers = [Timer(at=at, kind="wake")]


def woken(run: Progress, node: Node, timer: Timer) -> None:
    """The instant has come."""
    run.finish(node, {"at": instant_text(timer.at)}, "next")

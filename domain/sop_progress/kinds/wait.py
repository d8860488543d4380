"""Domain: a wait - for a duration or until an instant; the instant is fixed when the wait begins."""

from __future__ import annotations

from datetime import UTC, datetime
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


class InstantInvalid(Refusal):
    """The expression of `until` gave something that is no instant with a time zone."""

    code = "instant_invalid"
    kind = "invalid"
    zh = "“{value}”不是有效的时刻。"
    en = '"{value}" is not an instant.'


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Sets the one timer of the wait; an instant already past wakes at once."""
    wait = step.wait
    assert wait is not None
    if wait.for_ is not None:
        at = run.instant(scope, step, wait.for_)
    elif wait.until is not None:
        at = _instant(run.value(scope, step, wait.until))
    else:
        raise WaitNotExecuted
    node.status = "waiting"
    node.timers = [Timer(at=at, kind="wake")]


def _instant(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise InstantInvalid(value=str(value)[:80]) from None
    if at.tzinfo is None:
        raise InstantInvalid(value=str(value)[:80])
    return at.astimezone(UTC)


def woken(run: Progress, node: Node, timer: Timer) -> None:
    """The instant has come."""
    run.finish(node, {"at": instant_text(timer.at)}, "next")

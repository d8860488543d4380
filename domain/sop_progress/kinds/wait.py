"""Domain: a wait - for a duration, until an instant, or for an external event with a time-out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contracts.signals import AwaitSignal, EndWait
from domain.canonical import instant as instant_text
from domain.durations import split
from domain.errors import Refusal
from domain.signals import correlation_key
from domain.sop_progress.state import Timer

if TYPE_CHECKING:
    from contracts.advance import AskedResult
    from domain.sop_definition import Step, Wait
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope

DAY_S = 86_400


class InstantInvalid(Refusal):
    """The expression of `until` gave something that is no instant with a time zone."""

    code = "instant_invalid"
    kind = "invalid"
    zh = "“{value}”不是有效的时刻。"
    en = '"{value}" is not an instant.'


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Sets the one timer (an instant already past wakes at once), or asks whether the event has come."""
    wait = step.wait
    assert wait is not None
    if wait.event is not None:
        _await_event(run, scope, step, node)
        return
    if wait.for_ is not None:
        at = run.instant(scope, step, wait.for_)
    else:
        assert wait.until is not None
        at = _instant(run.value(scope, step, wait.until))
    node.status = "waiting"
    node.timers = [Timer(at=at, kind="wake")]


def _await_event(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    wait = step.wait
    assert wait is not None
    assert wait.event is not None
    assert wait.key is not None
    key = correlation_key(run.value(scope, step, wait.key))
    if wait.timeout is not None:
        node.timers = [Timer(at=run.instant(scope, step, wait.timeout.after), kind="wake")]
    node.event, node.key = wait.event, key
    run.ask(node, AwaitSignal(path=node.path, step=step.id, event=wait.event, key=key, keep_s=kept_s(wait)))


def kept_s(wait: Wait) -> int:
    """How many seconds before the wait an event may have come; a day counts 24 hours."""
    days, elapsed = split(wait.keep)
    return days * DAY_S + int(elapsed.total_seconds())


def _instant(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise InstantInvalid(value=str(value)[:80]) from None
    if at.tzinfo is None:
        raise InstantInvalid(value=str(value)[:80])
    return at.astimezone(UTC)


def answered(run: Progress, node: Node, result: AskedResult) -> None:
    """The event had come already, or the wait begins."""
    if result.event is None:
        node.status = "waiting"
    else:
        run.finish(node, {**result.event.data, "at": instant_text(result.event.at)}, "next")


def woken(run: Progress, node: Node, timer: Timer) -> None:
    """The instant has come; for an event: it has not come in time."""
    if node.event is None:
        run.finish(node, {"at": instant_text(timer.at)}, "next")
        return
    if node.status == "asked":
        node.timers.append(timer)  # whether it has come is being asked: that answer counts first
        return
    wait = run.plan.steps[node.step].wait
    assert wait is not None
    assert wait.timeout is not None
    run.emit(EndWait(path=node.path, why="timed_out"))
    run.finish(node, None, wait.timeout.go)

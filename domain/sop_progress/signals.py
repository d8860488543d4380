"""Domain: an external event that reaches a run - checked here whatever door it came through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.commands import CommandResult
from contracts.signals import SettleSignal
from domain.canonical import instant as instant_text
from domain.signals import checked, taken_hash

from .refusals import EventUnfit, RunEnded, RunSuspended, WaitOver

if TYPE_CHECKING:
    from contracts.commands import TakeSignal

    from .machine import Progress
    from .state import Node


def check_signal(run: Progress, command: TakeSignal) -> Node:
    """Whether the step waits for this event; a suspended run is asked again when it is resumed.

    While the run is still asking whether the event had come before, it counts as waiting: that is answered
    before the command is taken in.
    """
    if run.state.suspended:
        raise RunSuspended
    return _waiting(run, command)


def _waiting(run: Progress, command: TakeSignal) -> Node:
    if run.state.ended or run.state.ending:
        raise RunEnded
    node = run.state.nodes.get(command.path)
    if node is None or node.event is None or node.status not in ("asked", "waiting"):
        raise WaitOver
    if (node.event, node.key) != (command.event, command.key):
        raise WaitOver
    wait = run.plan.steps[node.step].wait
    assert wait is not None
    clean, problems = checked(wait.data, command.data)
    if problems or clean != command.data:
        raise EventUnfit
    return node


def take_signal(run: Progress, command: TakeSignal) -> CommandResult:
    """Goes on with the event; what it brought are the values of the step.

    An event that was let in before a suspension is taken: the engine would give its refusal for ever.
    """
    node = _waiting(run, command)
    if node.status != "waiting":
        raise WaitOver  # another event was there first
    answer = taken_hash(event=command.event, key=command.key, at=command.at, data=command.data)
    run.emit(
        SettleSignal(
            path=node.path,
            submission=command.submission,
            signal=command.signal,
            actor=command.actor,
            hash=command.hash,
            answer=answer,
        )
    )
    run.finish(node, {**command.data, "at": instant_text(command.at)}, "next")
    return CommandResult(state="taken", missing=[])

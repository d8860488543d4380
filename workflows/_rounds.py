"""Workflows: one round of the loop - what is taken in at once, and the state as it was before.

What commands are and how they are refused; nothing here waits or commands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from temporalio.exceptions import ApplicationError

from contracts.advance import Operation
from contracts.commands import (
    ChangeOver,
    CommandResult,
    CommandRun,
    CommandTask,
    CompleteTask,
    SignTask,
    TakeSignal,
)
from domain.errors import Refusal
from domain.sop_changeover import command as changeover
from domain.sop_progress import CommandRefused, Progress, State, signals, task_commands
from domain.sop_progress import commands as rules

Command = CompleteTask | SignTask | CommandRun | CommandTask | TakeSignal | ChangeOver


def refused(refusal: Refusal) -> ApplicationError:
    return ApplicationError(
        refusal.message("en"), refusal.message("zh"), type=refusal.code, non_retryable=True
    )


def round_of(inbox: list[Command]) -> tuple[list[Command], list[Command]]:
    """What is taken in now, a changeover as the last of it, and what waits for the next round."""
    for index, command in enumerate(inbox):
        if isinstance(command, ChangeOver):
            return inbox[: index + 1], inbox[index + 1 :]
    return inbox, []


def take_in(
    progress: Progress, batch: list[Command], now: datetime
) -> tuple[dict[str, dict[str, Any]], Progress | None]:
    """Applies commands in the order of their arrival; the state may have moved on since validation.

    Gives the answers by submission and, where the last one is a changeover, the run as it goes on after it.
    """
    answers: dict[str, dict[str, Any]] = {}
    goes_over: Progress | None = None
    progress.now = now
    for command in batch:
        try:
            if isinstance(command, ChangeOver):
                answer, goes_over = changeover.take(progress, command, now)
            else:
                answer = _taken(progress, command)
            answers[command.submission] = answer.model_dump()
        except CommandRefused as refusal:
            answers[command.submission] = as_refusal(refusal)
    return answers, goes_over


def _taken(progress: Progress, command: Command) -> CommandResult:
    if isinstance(command, CompleteTask):
        return rules.complete(progress, command)
    if isinstance(command, SignTask):
        return rules.sign(progress, command)
    if isinstance(command, TakeSignal):
        return signals.take_signal(progress, command)
    if isinstance(command, CommandTask):
        return task_commands.command(progress, command)
    assert isinstance(command, CommandRun)
    return rules.command(progress, command)


def snapshot(state: State) -> tuple[dict[str, Any], list[Operation]]:
    """The state as plain values: dumping is in Rust and many times faster than a deep copy."""
    return state.model_dump(exclude={"queue"}), list(state.queue)


def restored(snapshot: tuple[dict[str, Any], list[Operation]]) -> State:
    """The state of a snapshot; only a forged command asks for it."""
    state = State.model_validate(snapshot[0])
    state.queue = snapshot[1]  # frozen payloads, as they were: the converter knows which fields were set
    return state


def as_refusal(refusal: Refusal) -> dict[str, Any]:
    return {"refused": refusal.code, "zh": refusal.message("zh"), "en": refusal.message("en")}

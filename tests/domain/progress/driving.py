"""Drives a Progress by hand: performs its advances against the stand-in until it waits for people or time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.advance import AdvanceInput, AdvanceResult
from contracts.commands import CommandRun, CommandTask, CompleteTask, SignTask, TakeSignal
from domain.sop_progress import CommandRefused, Progress, State, commands, load, signals, task_commands
from domain.sop_progress.called import calls_ended
from tests.effects import Effects
from tests.procedures import MONDAY, PROCEDURES, bundle_of, start_of

Said = CompleteTask | SignTask | CommandRun | CommandTask | TakeSignal


class Driver:
    def __init__(
        self,
        raw: str | dict[str, Any],
        effects: Effects | None = None,
        advances: int = 1_000_000,
        **start: Any,
    ) -> None:
        bundle = bundle_of(PROCEDURES[raw] if isinstance(raw, str) else raw)
        self.begin = start_of(bundle, **start)
        self.run: Progress = load(self.begin)
        self.effects = effects or Effects()
        self.now: datetime = MONDAY
        self.number = 0
        self.run.start(self.now)
        self.settle(advances)

    def settle(self, advances: int = 1_000_000) -> None:
        """Performs so many advances at most; the default is more than any run has."""
        while advances and (operations := self.run.take()):
            advances -= 1
            result = self.advance(operations)
            if result.asked:
                self.run.answer(result.asked, self.now)
            self.written_down()

    def advance(self, operations: list[Any]) -> AdvanceResult:
        """One advance, as it crosses the engine."""
        self.number += 1
        given = AdvanceInput(
            workflow_id="run/r1",
            run_id="r1",
            number=self.number,
            now=self.now,
            state=self.run.run_state,
            operations=operations,
        )
        return self.effects.perform(AdvanceInput.model_validate_json(given.model_dump_json()))

    def written_down(self) -> None:
        """What a continuation would do must not change anything: the state survives being written down."""
        self.run.state = State.model_validate(self.run.state.model_dump(mode="json"))

    def continue_as_new(self) -> None:
        """Goes on in another execution, as at a quiet point of the workflow."""
        kept = self.run.state.model_dump(mode="json")
        self.run = load(self.begin.model_copy(update={"state": kept}))
        assert self.run.state.model_dump(mode="json") == kept

    def take_in(self, command: Said) -> Any:
        """The run's answer to a command, before any advance; raises the refusal."""
        self.run.now = self.now
        if isinstance(command, CompleteTask):
            return commands.complete(self.run, command)
        if isinstance(command, SignTask):
            return commands.sign(self.run, command)
        if isinstance(command, TakeSignal):
            return signals.take_signal(self.run, command)
        if isinstance(command, CommandTask):
            return task_commands.command(self.run, command)
        return commands.command(self.run, command)

    def say(self, command: Said, advances: int = 1_000_000) -> Any:
        answer = self.take_in(command)
        self.settle(advances)
        return answer

    def word(self, path: str, advances: int = 1_000_000) -> None:
        """Word that no run called at the path is open any more."""
        calls_ended(self.run, path, self.now)
        self.written_down()
        self.settle(advances)

    def pass_time(self, advances: int = 1_000_000, **delta: int) -> None:
        self.now += timedelta(**delta)
        self.run.fire(self.now)
        self.written_down()
        self.settle(advances)

    @property
    def open(self) -> list[str]:
        return sorted(self.effects.open)

    @property
    def ended(self) -> tuple[str | None, str | None]:
        return self.run.state.ended, self.run.state.outcome


def refused(code: str) -> pytest.RaisesExc[CommandRefused]:
    """The refusal of a command, by its code."""
    return pytest.raises(CommandRefused, check=lambda e: e.code == code)

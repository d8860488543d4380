"""Drives a Progress by hand: performs its advances against the stand-in until it waits for people or time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.advance import AdvanceInput
from contracts.commands import CommandRun, CompleteTask, SignTask
from domain.sop_progress import Progress, State, commands, load
from tests.procedures import MONDAY, PROCEDURES, Effects, bundle_of, start_of


class Driver:
    def __init__(self, raw: str | dict[str, Any], **start: Any) -> None:
        bundle = bundle_of(PROCEDURES[raw] if isinstance(raw, str) else raw)
        self.begin = start_of(bundle, **start)
        self.run: Progress = load(self.begin)
        self.effects = Effects()
        self.now: datetime = MONDAY
        self.number = 0
        self.run.start(self.now)
        self.settle()

    def settle(self, advances: int = 1_000_000) -> None:
        """Performs so many advances at most; the default is more than any run has."""
        while advances and (operations := self.run.take()):
            advances -= 1
            self.number += 1
            given = AdvanceInput(
                workflow_id="run/r1",
                run_id="r1",
                number=self.number,
                now=self.now,
                state=self.run.run_state,
                operations=operations,
            )
            result = self.effects.perform(AdvanceInput.model_validate_json(given.model_dump_json()))
            if result.asked:
                self.run.answer(result.asked, self.now)
            # What a continuation would do must not change anything: the state survives being written down.
            self.run.state = State.model_validate(self.run.state.model_dump(mode="json"))

    def say(self, command: CompleteTask | SignTask | CommandRun, advances: int = 1_000_000) -> Any:
        self.run.now = self.now
        if isinstance(command, CompleteTask):
            answer = commands.complete(self.run, command)
        elif isinstance(command, SignTask):
            answer = commands.sign(self.run, command)
        else:
            answer = commands.command(self.run, command)
        self.settle(advances)
        return answer

    def pass_time(self, **delta: int) -> None:
        self.now += timedelta(**delta)
        self.run.fire(self.now)
        self.settle()

    @property
    def open(self) -> list[str]:
        return sorted(self.effects.open)

    @property
    def ended(self) -> tuple[str | None, str | None]:
        return self.run.state.ended, self.run.state.outcome

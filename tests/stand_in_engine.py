"""Stands in for the engine: the real state machine, driven in this process, with the real advances on PostgreSQL.

Everything but Temporal is the product's own. Deliveries can be doubled, answers lost, the engine made silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult
from contracts.commands import (
    ChangeOver,
    ChangeoverQuestion,
    CommandResult,
    CommandRun,
    CommandTask,
    CompleteTask,
    SignTask,
    TakeSignal,
)
from contracts.payload import SEMANTICS, Payload
from contracts.runs import RunStart
from db.session import Database
from domain.sop_changeover import command as changeover
from domain.sop_progress import Progress, load, signals, task_commands
from domain.sop_progress import commands as rules
from domain.sop_progress.called import calls_ended, waiting_calls
from domain.sop_progress.refusals import CommandRefused, NotConfirmed
from engine.gateway import Answer, EngineSilent, Position, Rejected, Settled, Unknown
from engine.histories import Execution, RunHistories
from engine.scheduling import Scheduled, Timetable
from services import advance, called_word
from services.action_context import ActionFunction, UndoFunction
from services.platform import Platform, PlatformSettings

Command = CommandTask | CompleteTask | SignTask | CommandRun | TakeSignal | ChangeOver


class StandInEngine:
    """A gateway whose runs live in memory."""

    def __init__(
        self,
        database: Database,
        actions: Mapping[str, ActionFunction] | None = None,
        undos: Mapping[str, UndoFunction] | None = None,
    ) -> None:
        self.database = database
        self.actions, self.undos = actions or {}, undos or {}
        self.runs: dict[str, Progress] = {}
        self.processed: dict[str, CommandResult | Rejected] = {}
        self.advances: dict[str, int] = {}
        self.updates: list[tuple[str, Payload]] = []
        self.given: list[AdvanceInput] = []
        self.going_over: dict[str, Progress] = {}
        self.schedules: dict[str, Timetable] = {}
        self.silent = False
        self.loses_answers = False
        self.loses_word = False
        self.pumping: set[str] = set()
        self.delivers_twice = True
        self.offset = timedelta()
        self.clocks: dict[str, int] = {}

    @property
    def platform(self) -> Platform:
        return Platform(self.database, self, PlatformSettings(secret_key=""))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def advance_clock(self, run_id: str, ahead_s: int) -> None:
        self.clocks[run_id] = max(ahead_s, self.clocks.get(run_id, 0))

    async def start(self, start: RunStart, summary: str) -> None:
        if self.silent:
            raise ConnectionError(summary)
        if start.run_id in self.runs:
            return
        assert start.semantics == SEMANTICS, "a run's input says by which semantics it is interpreted"
        start = RunStart.model_validate_json(start.model_dump_json())
        progress = self.runs[start.run_id] = load(start)
        progress.start(self.now())
        await self._pump(start.run_id)

    async def update(self, run_id: str, name: str, payload: Payload, update_id: str, wait_s: float) -> Answer:
        del wait_s
        self.updates.append((name, payload))
        if self.silent:
            return Unknown("silent")
        if update_id not in self.processed:
            assert isinstance(payload, Command)
            refused = self._let_in(run_id, payload)
            if refused:
                return refused  # what a validator refuses leaves no trace
            self.processed[update_id] = await self._take_in(run_id, payload)
        if self.loses_answers:
            return Unknown("lost")
        answer = self.processed[update_id]
        return answer if isinstance(answer, Rejected) else Settled(answer)

    async def pass_time(self, run_id: str, by: timedelta) -> None:
        """Moves the clock and lets the run's timers fire."""
        self.offset += by
        self.runs[run_id].fire(self.now())
        await self._pump(run_id)

    async def history(self, run_id: str) -> list[dict[str, Any]]:
        if self.silent:
            raise ConnectionError(run_id)
        return []

    async def histories(self, run_id: str) -> RunHistories | None:
        if self.silent:
            raise ConnectionError(run_id)
        return (
            RunHistories([Execution("1", b'{"events":[]}', 0, ended=True)]) if run_id in self.runs else None
        )

    async def is_known(self, run_id: str) -> bool:
        return run_id in self.runs

    async def position(self, run_id: str) -> Position | None:
        if self.silent:
            raise EngineSilent(run_id)
        if run_id not in self.runs:
            return None
        run = self.runs[run_id]
        waits = tuple(waiting_calls(run))
        return Position(frozenset(self.processed), closed=run.over, completed=run.over, calls=waits)

    async def obstacles(self, run_id: str, question: ChangeoverQuestion) -> list[dict[str, Any]] | None:
        if self.silent:
            raise EngineSilent(run_id)
        if run_id not in self.runs:
            return None
        return [one.as_json() for one in changeover.asked(self.runs[run_id], question, self.now())]

    async def tell(self, run_id: str, path: str) -> None:
        if self.silent:
            raise ConnectionError(path)
        if self.loses_word or run_id not in self.runs:
            return
        calls_ended(self.runs[run_id], path, self.now())
        if run_id not in self.pumping:
            await self._pump(run_id)

    async def put_schedule(self, wanted: Timetable) -> None:
        if self.silent:
            raise ConnectionError(wanted.schedule_id)
        self.schedules[wanted.schedule_id] = wanted

    async def schedule(self, schedule_id: str) -> Scheduled | None:
        if self.silent:
            raise EngineSilent(schedule_id)
        found = self.schedules.get(schedule_id)
        return Scheduled(found.digest, [self.now()] if found.active else []) if found else None

    async def reachable(self) -> bool:
        return not self.silent

    async def worker_polls(self) -> bool:
        return not self.silent

    def _let_in(self, run_id: str, command: Command) -> Rejected | None:
        if not isinstance(command, TakeSignal) or run_id not in self.runs:
            return None
        try:
            signals.check_signal(self.runs[run_id], command)
        except CommandRefused as refusal:
            return Rejected(refusal.code, refusal.message("zh"), refusal.message("en"))
        return None

    async def _take_in(self, run_id: str, command: Command) -> CommandResult | Rejected:
        progress = self.runs.get(run_id)
        if progress is None:
            return Rejected("run_ended", "没有", "none")
        progress.now = self.now()
        before = progress.state.model_copy(deep=True)
        try:
            if isinstance(command, CompleteTask):
                result = rules.complete(progress, command)
            elif isinstance(command, SignTask):
                result = rules.sign(progress, command)
            elif isinstance(command, CommandTask):
                result = task_commands.command(progress, command)
            elif isinstance(command, ChangeOver):
                result, after = changeover.take(progress, command, self.now())
                self.going_over[run_id] = after
            elif isinstance(command, TakeSignal):
                result = signals.take_signal(progress, command)
            else:
                result = rules.command(progress, command)
        except CommandRefused as refusal:
            return Rejected(refusal.code, refusal.message("zh"), refusal.message("en"))
        if await self._pump(run_id):
            return result
        progress.state = before
        self.going_over.pop(run_id, None)
        unfounded = NotConfirmed()
        return Rejected(unfounded.code, unfounded.message("zh"), unfounded.message("en"))

    async def _pump(self, run_id: str) -> bool:
        """Performs advances until the run waits; False when one was not confirmed."""
        self.pumping.add(run_id)
        try:
            return await self._pumped(run_id)
        finally:
            self.pumping.discard(run_id)

    async def _pumped(self, run_id: str) -> bool:
        progress = self.runs[run_id]
        while operations := progress.take():
            number = self.advances[run_id] = self.advances.get(run_id, 0) + 1
            given = AdvanceInput(
                workflow_id=names.workflow_id(run_id),
                run_id=run_id,
                number=number,
                now=self.now(),
                state=progress.run_state,
                current=progress.current(),
                operations=operations,
                changeovers=progress.given.changeovers,
            )
            self.given.append(given)
            result = await self.perform(given)
            if self.delivers_twice:
                again = await self.perform(given)
                assert again == result, (again, result)
            if result.forged:
                return False
            await called_word.after_advance(self.platform, given)
            progress = self.runs[run_id] = self.going_over.pop(run_id, progress)
            if result.asked is not None:
                progress.answer(result.asked, self.now())
        return True

    async def perform(self, given: AdvanceInput) -> AdvanceResult:
        given = AdvanceInput.model_validate_json(given.model_dump_json())
        return await advance.perform(self.database, given, actions=self.actions, undos=self.undos)

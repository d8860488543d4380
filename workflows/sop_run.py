"""Workflows: the interpreter. One workflow type runs every SOP; the order of things is `domain.sop_progress`.

The loop reads like running a procedure: take in what people said, look at the clock, do what follows as one
advance, wait. Handlers only hand over and wait for the verdict; only the loop calls the activity.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from contracts import names
    from contracts.advance import AdvanceInput, AdvanceResult, Operation
    from contracts.commands import (
        AdvanceClock,
        ChangeOver,
        ChangeoverQuestion,
        CommandResult,
        CommandRun,
        CommandTask,
        CompleteTask,
        SignTask,
        TakeSignal,
    )
    from contracts.runs import RunResult, RunStart
    from domain.sop_changeover import command as changeover
    from domain.sop_progress import Progress, load, signals, task_commands
    from domain.sop_progress import commands as rules
    from domain.sop_progress.called import calls_ended, waiting_calls
    from domain.sop_progress.refusals import CommandRefused, NotConfirmed

    from . import _options, _patches
    from ._rounds import Command, as_refusal, refused, restored, round_of, snapshot, take_in
    from ._timer import KeptTimer


@workflow.defn(name=names.RUN_WORKFLOW)
class SopRun:
    """A run of any SOP, from its start to its end over all its continuations."""

    @workflow.init
    def __init__(self, start: RunStart) -> None:
        """Everything that a handler may look at exists before the first handler can run."""
        self._start = start
        self._progress = load(start)
        self._offset = timedelta(seconds=start.clock_offset)
        self._inbox: list[Command] = []
        self._told: list[str] = []
        self._processed: dict[str, dict[str, Any]] = dict(start.processed)
        self._advances = start.advances
        self._clock_moved = False
        self._timer = KeptTimer(self._woken)
        self._goes_over: Progress | None = None
        self._changed_over = False

    @workflow.run
    async def run(self, start: RunStart) -> RunResult:
        """Runs until the procedure has ended; continues as new between advances: there all is in the state.

        Not only where it waits: ten thousand lines of actions without a person in between never wait. After a
        changeover too, so that the version that a run goes by stands at the beginning of its history.
        """
        if start.state is None:
            self._progress.start(self._now())
        while not self._progress.over:
            busy = await self._step()
            suggested = self._changed_over or workflow.info().is_continue_as_new_suggested()
            if suggested and not self._progress.over:
                await self._continue()
            if not busy:
                await self._wait()
        await workflow.wait_condition(workflow.all_handlers_finished)
        ended = self._progress.state.ended or "completed"
        return RunResult(state=ended, outcome=self._progress.state.outcome)

    async def _step(self) -> bool:
        """One round: commands, clock, one advance. False when there was nothing to do.

        A changeover is the last thing of its round: what comes after it, the clock as well, is looked at by
        the version that the run goes on by.
        """
        progress = self._progress
        batch, self._inbox = round_of(self._inbox)
        goes_over = bool(batch) and isinstance(batch[-1], ChangeOver)
        told: list[str] = []
        if not goes_over:
            told, self._told = self._told, []
        before = snapshot(progress.state) if batch else None
        answers, self._goes_over = take_in(progress, batch, self._now())
        for path in dict.fromkeys(told):
            calls_ended(progress, path, self._now())
        if not goes_over:
            progress.fire(self._now())
        operations = progress.take()
        if operations:
            result = await self._advance(operations)
            if result.forged and before is not None:
                progress.state = restored(before)
                self._goes_over = None
                self._inbox = [c for c in batch if c.submission not in result.forged] + self._inbox
                self._told = told + self._told
                for submission in result.forged:
                    self._processed[submission] = as_refusal(NotConfirmed())
                return True
            progress = self._gone_over()
            if result.asked is not None:
                progress.answer(result.asked, self._now())
        self._processed.update(answers)
        return bool(operations or batch)

    def _gone_over(self) -> Progress:
        """The run by the version that it goes by from now on: another one once a changeover has committed."""
        if self._goes_over is not None:
            self._progress, self._goes_over = self._goes_over, None
            self._start = self._progress.given
            self._changed_over = True
        return self._progress

    async def _advance(self, operations: list[Operation]) -> AdvanceResult:
        self._advances += 1
        result: AdvanceResult = await workflow.execute_activity(
            names.ADVANCE_ACTIVITY,
            AdvanceInput(
                workflow_id=workflow.info().workflow_id,
                run_id=self._start.run_id,
                number=self._advances,
                now=self._now(),
                state=self._progress.run_state,
                current=self._progress.current(),
                operations=operations,
                **self._version(),
            ),
            result_type=AdvanceResult,
            activity_id=str(self._advances),
            **_options.ADVANCE,
        )
        return result

    def _version(self) -> dict[str, int]:
        """By which of its versions the run goes; only what is given stands in the history."""
        return {"changeovers": self._start.changeovers} if self._start.changeovers else {}

    async def _wait(self) -> None:
        """Until somebody says something or the next deadline comes: one timer for whichever is next."""
        self._clock_moved = False
        wakeup = self._progress.next_wakeup()
        if self._start.semantics < _patches.TIMER_KEPT:
            await self._wait_once(wakeup)
            return
        if wakeup is not None:
            self._timer.set(wakeup - self._offset)
        await workflow.wait_condition(lambda: bool(self._inbox or self._told) or self._clock_moved)

    def _woken(self) -> None:
        self._clock_moved = True

    async def _wait_once(self, wakeup: datetime | None) -> None:
        """Semantics 1: a timer of its own for each wait."""
        timeout = None if wakeup is None else max(wakeup - self._now(), timedelta())
        try:
            await workflow.wait_condition(
                lambda: bool(self._inbox or self._told) or self._clock_moved, timeout=timeout
            )
        except TimeoutError:
            return

    async def _continue(self) -> None:
        """Hands the whole state to the next execution, once nobody is waiting for an answer."""
        await workflow.wait_condition(lambda: bool(self._inbox) or workflow.all_handlers_finished())
        if self._inbox or self._told:
            return  # who has just spoken waits for the loop
        kept = list(self._processed.items())[-_options.PROCESSED_KEPT :]
        workflow.continue_as_new(
            self._start.model_copy(
                update={
                    "state": self._progress.state.model_dump(mode="json"),
                    "processed": dict(kept),
                    "advances": self._advances,
                    "clock_offset": int(self._offset.total_seconds()),
                }
            )
        )

    @workflow.update(name=names.COMPLETE_TASK)
    async def complete_task(self, command: CompleteTask) -> CommandResult:
        """Completes a task; answers after the advance has committed."""
        return await self._verdict(command)

    @complete_task.validator
    def _check_complete(self, command: CompleteTask) -> None:
        if command.submission not in self._processed:
            self._check(lambda: rules.check_complete(self._progress, command))

    @workflow.update(name=names.SIGN_TASK)
    async def sign_task(self, command: SignTask) -> CommandResult:
        """Adds a signature to a task that awaits it."""
        return await self._verdict(command)

    @sign_task.validator
    def _check_sign(self, command: SignTask) -> None:
        if command.submission not in self._processed:
            self._check(lambda: rules.check_sign(self._progress, command))

    @workflow.update(name=names.COMMAND_RUN)
    async def command_run(self, command: CommandRun) -> CommandResult:
        """Suspends, resumes, cancels or sends back."""
        return await self._verdict(command)

    @command_run.validator
    def _check_command(self, command: CommandRun) -> None:
        if command.submission not in self._processed:
            self._check(lambda: rules.check_command(self._progress, command))

    @workflow.update(name=names.COMMAND_TASK)
    async def command_task(self, command: CommandTask) -> CommandResult:
        """Delegates, hands over, adds a signer, refuses to sign, withdraws, reminds."""
        return await self._verdict(command)

    @command_task.validator
    def _check_task_command(self, command: CommandTask) -> None:
        if command.submission not in self._processed:
            self._check(lambda: task_commands.check(self._progress, command, self._now()))

    @workflow.update(name=names.TAKE_SIGNAL)
    async def take_signal(self, command: TakeSignal) -> CommandResult:
        """Takes an external event for a wait."""
        return await self._verdict(command)

    @take_signal.validator
    def _check_signal(self, command: TakeSignal) -> None:
        if command.submission not in self._processed:
            self._check(lambda: signals.check_signal(self._progress, command))

    @workflow.update(name=names.CHANGE_OVER)
    async def change_over(self, command: ChangeOver) -> CommandResult:
        """Goes on by another version of the procedure, if all that was done and is open fits it."""
        return await self._verdict(command)

    @change_over.validator
    def _check_changeover(self, command: ChangeOver) -> None:
        if command.submission not in self._processed:
            self._check(lambda: changeover.check(self._progress, command, self._now()))

    @workflow.query(name=names.OBSTACLES_QUERY)
    def obstacles(self, question: ChangeoverQuestion) -> list[dict[str, Any]]:
        """What would keep the run from another version now, in both languages."""
        return [one.as_json() for one in changeover.asked(self._progress, question, self._now())]

    @workflow.signal(name=names.CALLS_ENDED)
    def calls_ended(self, path: str) -> None:
        """Word that no run called at `path` is open any more; how they ended is asked for."""
        self._told.append(path)

    @workflow.update(name=names.ADVANCE_CLOCK)
    async def advance_clock(self, command: AdvanceClock) -> None:
        """Drill mode: moves this run's clock forward."""
        ahead = self._offset + timedelta(seconds=command.seconds)
        self._offset = ahead if command.to is None else max(self._offset, timedelta(seconds=command.to))
        self._clock_moved = True

    @advance_clock.validator
    def _check_clock(self, command: AdvanceClock) -> None:
        if self._start.mode != "drill" or (command.to is None and command.seconds <= 0):
            message = "only a drill's clock moves, and only forward"
            raise ApplicationError(message, type="not_a_drill", non_retryable=True)

    @workflow.query(name=names.STATE_QUERY)
    def state(self) -> dict[str, Any]:
        """What the run is doing, for people who look into the engine."""
        return {
            "state": self._progress.run_state,
            "current": self._progress.current(),
            "advances": self._advances,
            "processed": list(self._processed),
            "continued": self._start.state is not None,
            "calls": waiting_calls(self._progress),
        }

    def _check(self, rule: Any) -> None:
        try:
            rule()
        except CommandRefused as refusal:
            raise refused(refusal) from refusal

    async def _verdict(self, command: Command) -> CommandResult:
        if command.submission not in self._processed and command not in self._inbox:
            self._inbox.append(command)
        await workflow.wait_condition(lambda: command.submission in self._processed)
        answer = self._processed[command.submission]
        if "refused" in answer:
            raise ApplicationError(answer["en"], answer["zh"], type=answer["refused"], non_retryable=True)
        return CommandResult.model_validate(answer)

    def _now(self) -> datetime:
        return workflow.now() + self._offset

"""The floor: the same procedure written by hand for Temporal by an author who chose the activities freely.

A chain of tasks, each with a form of two fields, a reminder, a deadline and an escalation. Completing one is
an Update with a validator; one activity per hop closes the task, writes verdict and audit row and opens the
next one, which shows what was answered before - plain SQL, on the same tables, harmless when delivered twice.
No definition, no segregation, no effect keys, no comparison of what the Update says with what was submitted.

It runs on the product's own parts where an author would take them over: converter, runner, event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

HOP = "handwritten_hop"
QUEUE = "xunji-bench"


@dataclass
class Begin:
    """The input of the hand-written run."""

    run_id: str
    steps: int


@dataclass
class Complete:
    """One completion."""

    submission: str
    step: int
    actor: str
    outcome: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Hop:
    """What the activity writes: the task that closes (None at the start) and the one that opens."""

    run_id: str
    closes: Complete | None
    opens: int | None
    due_at: datetime | None


@workflow.defn(name="HandWritten")
class HandWritten:
    """Tasks in a row."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._step = 0
        self._given: Complete | None = None
        self._done: set[str] = set()

    @workflow.run
    async def run(self, begin: Begin) -> str:
        """Opens a task, waits for its completion or a deadline, opens the next."""
        await self._hop(None, 0)
        while self._step < begin.steps:
            deadlines = [workflow.now() + timedelta(hours=hours) for hours in (2, 4, 6)]
            while self._given is None:
                timeout = deadlines[0] - workflow.now() if deadlines else None
                try:
                    await workflow.wait_condition(lambda: self._given is not None, timeout=timeout)
                except TimeoutError:
                    deadlines.pop(0)
            given, self._given = self._given, None
            following = self._step + 1
            await self._hop(given, following if following < begin.steps else None)
            self._step = following
            self._done.add(given.submission)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return "completed"

    async def _hop(self, closes: Complete | None, opens: int | None) -> None:
        await workflow.execute_activity(
            HOP,
            Hop(self._begin.run_id, closes, opens, workflow.now() + timedelta(hours=4)),
            start_to_close_timeout=timedelta(seconds=60),
        )

    @workflow.update(name="complete")
    async def complete(self, command: Complete) -> str:
        """Answers after the hop has committed."""
        self._given = command
        await workflow.wait_condition(lambda: command.submission in self._done)
        return "done"

    @complete.validator
    def _check(self, command: Complete) -> None:
        if command.step != self._step or self._given is not None:
            raise ApplicationError("not this step", type="task_done", non_retryable=True)
        if not command.data.get("mode") or command.outcome != "done":
            raise ApplicationError("form", type="form_invalid", non_retryable=True)


@workflow.defn(name="Bare")
class Bare:
    """Answers an Update and does nothing: the floor of the floor."""

    def __init__(self) -> None:
        self._over = False

    @workflow.run
    async def run(self) -> None:
        """Until it is told to stop."""
        await workflow.wait_condition(lambda: self._over)

    @workflow.update(name="touch")
    async def touch(self, text: str) -> str:
        """Gives back what it got."""
        return text

    @workflow.signal(name="stop")
    def stop(self) -> None:
        """Ends the workflow."""
        self._over = True

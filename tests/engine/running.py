"""Runs of the small procedures on a real engine; the database is the stand-in, the activity is its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult
from contracts.commands import ChangeOver, CommandRun, CommandTask, CompleteTask, SignTask, TakeSignal
from domain.sop_bundle import Bundle
from engine.gateway import Gateway, Rejected, Settled
from engine.plugin import worker_options
from engine.workers import build_worker
from tests.effects import Effects
from tests.procedures import PROCEDURES, bundle_of, start_of
from tests.task_procedures import TASK_PROCEDURES

UPDATES = {
    CompleteTask: names.COMPLETE_TASK,
    SignTask: names.SIGN_TASK,
    CommandRun: names.COMMAND_RUN,
    CommandTask: names.COMMAND_TASK,
    TakeSignal: names.TAKE_SIGNAL,
    ChangeOver: names.CHANGE_OVER,
}


class Stage:
    """A worker on its own task queue whose advances go to the stand-ins of the runs."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.gateway = Gateway(client)
        self.effects: dict[str, Effects] = {}

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def advance(self, given: AdvanceInput) -> AdvanceResult:
        return self.effects[given.run_id].perform(given)

    async def start(self, procedure: str | dict[str, Any], **more: Any) -> Playing:
        raw = (PROCEDURES | TASK_PROCEDURES)[procedure] if isinstance(procedure, str) else procedure
        return await self.run(bundle_of(raw), Effects(), **more)

    async def run(self, bundle: Bundle, effects: Effects, **more: Any) -> Playing:
        run_id = str(uuid4())
        self.effects[run_id] = effects
        start = start_of(bundle, run_id, **more)
        await self.gateway.start(start, f"{bundle.definition.sop} {run_id}")
        return Playing(self, run_id, self.effects[run_id])


class Playing:
    """One run with its stand-in."""

    def __init__(self, stage: Stage, run_id: str, effects: Effects) -> None:
        self.stage, self.run_id, self.effects = stage, run_id, effects
        self.handle: WorkflowHandle[Any, Any] = stage.client.get_workflow_handle(names.workflow_id(run_id))

    async def open(self, *paths: str) -> None:
        """Waits until exactly these tasks are open."""
        async with asyncio.timeout(30):
            while sorted(self.effects.open) != sorted(paths):
                await asyncio.sleep(0.01)

    async def waits(self, *paths: str) -> None:
        """Waits until the run waits for events at exactly these steps."""
        async with asyncio.timeout(30):
            while sorted(self.effects.waits) != sorted(paths):
                await asyncio.sleep(0.01)

    async def say(
        self, command: CompleteTask | SignTask | CommandRun | CommandTask | TakeSignal | ChangeOver
    ) -> str:
        """The new state, or the code of the refusal."""
        answer = await self.stage.gateway.update(
            self.run_id, UPDATES[type(command)], command, command.submission, 20.0
        )
        if isinstance(answer, Settled):
            return answer.result.state
        assert isinstance(answer, Rejected), answer
        return answer.code

    async def result(self) -> tuple[str, str | None]:
        async with asyncio.timeout(30):
            ended = await self.handle.result()
        return ended["state"], ended.get("outcome")

    async def history_events(self) -> list[dict[str, Any]]:
        return await self.stage.gateway.history(self.run_id)


@contextlib.asynccontextmanager
async def stage_on(client: Client, **options: Any) -> AsyncIterator[Stage]:
    stage = Stage(client)
    worker: Worker = build_worker(client, [stage.advance], sandboxed=True, **options)
    async with worker:
        yield stage


__all__ = ["Playing", "Stage", "stage_on", "timedelta", "worker_options"]

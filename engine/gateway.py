"""Engine: the one door through which services speak to runs. Nothing else outside holds a Temporal handle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contracts import names
from contracts.commands import AdvanceClock, ChangeoverQuestion, CommandResult

from . import histories, scheduling
from .histories import RunHistories
from .scheduling import Scheduled, Timetable

if TYPE_CHECKING:
    from contracts.payload import Payload
    from contracts.runs import RunStart


@dataclass(frozen=True)
class Settled:
    """The run has settled the command; the advance has committed."""

    result: CommandResult


@dataclass(frozen=True)
class Rejected:
    """The run does not accept the command: a stable code and words in both languages."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Unknown:
    """Not known yet: the same submission may be sent again."""

    why: str


Answer = Settled | Rejected | Unknown


@dataclass(frozen=True)
class Position:
    """How far the engine has come with a run: the submissions it has processed, or that it has closed it.

    A run that was `continued` remembers the latest submissions only. `calls` are paths at which it has called
    runs whose end it waits for; an empty one among them stands for whatever it has called.
    """

    processed: frozenset[str] = frozenset()
    continued: bool = False
    closed: bool = False
    completed: bool = False
    calls: tuple[str, ...] = ()


class EngineSilent(Exception):
    """The engine gave no answer to a question about a run; ask later."""

    code = "engine_silent"


class Gateway:
    """Starts runs, sends commands, reads histories. Safe to call again with the same ids."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, start: RunStart, summary: str) -> None:
        """Starts the run's workflow; a second call with the same run id changes nothing."""
        try:
            await self._client.start_workflow(
                names.RUN_WORKFLOW,
                start,
                id=names.workflow_id(start.run_id),
                task_queue=names.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=summary[:200],
            )
        except WorkflowAlreadyStartedError:
            return

    async def update(self, run_id: str, name: str, payload: Payload, update_id: str, wait_s: float) -> Answer:
        """Sends a command as an Update and waits at most `wait_s` seconds for its verdict."""
        handle = self._client.get_workflow_handle(names.workflow_id(run_id))
        try:
            async with asyncio.timeout(wait_s):
                result = await handle.execute_update(
                    name,
                    payload,
                    id=update_id,
                    result_type=CommandResult,
                    rpc_timeout=timedelta(seconds=wait_s + 1),
                )
            return Settled(result)
        except WorkflowUpdateFailedError as error:
            return _rejection(error)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            return Unknown("timeout")
        except RPCError as error:
            return await self._rpc_answer(run_id, error)

    async def _rpc_answer(self, run_id: str, error: RPCError) -> Answer:
        if error.status != RPCStatusCode.NOT_FOUND:
            return Unknown(f"engine: {error.status.name}")
        if await self.is_known(run_id):
            return Rejected("run_ended", "该流程已经结束。", "This run has ended.")
        # The run's start is owed to the engine (or was lost with its last commits): the sweeper repairs that.
        return Unknown("the engine does not know the run")

    async def position(self, run_id: str) -> Position | None:
        """How far the engine has come with a run; None when it does not know it. EngineSilent: ask later."""
        handle = self._client.get_workflow_handle(names.workflow_id(run_id))
        patience = timedelta(seconds=10)
        try:
            found = await handle.describe(rpc_timeout=patience)
            if found.status != WorkflowExecutionStatus.RUNNING:
                completed = found.status == WorkflowExecutionStatus.COMPLETED
                return Position(closed=True, completed=completed)
            state = await handle.query(names.STATE_QUERY, rpc_timeout=patience)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise EngineSilent(str(error)) from error
        return Position(
            frozenset(state["processed"]), bool(state["continued"]), calls=tuple(state.get("calls", ()))
        )

    async def obstacles(self, run_id: str, question: ChangeoverQuestion) -> list[dict[str, Any]] | None:
        """What keeps a run from another version now; None when the engine does not know it. EngineSilent."""
        handle = self._client.get_workflow_handle(names.workflow_id(run_id))
        try:
            found: list[dict[str, Any]] = await handle.query(
                names.OBSTACLES_QUERY, question, rpc_timeout=timedelta(seconds=10)
            )
        except (RPCError, WorkflowQueryFailedError) as error:
            if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise EngineSilent(str(error)) from error
        return found

    async def tell(self, run_id: str, path: str) -> None:
        """Tells a run that none of those it called at `path` is open any more, unless it is over."""
        handle = self._client.get_workflow_handle(names.workflow_id(run_id))
        try:
            await handle.signal(names.CALLS_ENDED, path, rpc_timeout=timedelta(seconds=10))
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise

    async def advance_clock(self, run_id: str, ahead_s: int) -> None:
        """Drill mode: moves a run's clock forward until it is so far ahead; again, it changes nothing."""
        handle = self._client.get_workflow_handle(names.workflow_id(run_id))
        await handle.execute_update(names.ADVANCE_CLOCK, AdvanceClock(to=ahead_s))

    async def history(self, run_id: str) -> list[dict[str, Any]]:
        """All events of the run's whole continue-as-new chain, oldest first, as JSON objects."""
        events: list[dict[str, Any]] = []
        async for handle in self._chain(run_id):
            history = await handle.fetch_history()
            events += json.loads(history.to_json())["events"]
        return events

    async def histories(self, run_id: str) -> RunHistories | None:
        """The run's histories execution by execution, as they replay; None when the engine has none."""
        return await histories.fetch(self._client, run_id)

    async def _chain(self, run_id: str) -> AsyncIterator[WorkflowHandle[Any, Any]]:
        workflow_id = names.workflow_id(run_id)
        handle = self._client.get_workflow_handle(workflow_id)
        description = await handle.describe()
        first = description.raw_description.workflow_execution_info.first_run_id or description.run_id
        execution: str | None = first
        while execution:
            current = self._client.get_workflow_handle(workflow_id, run_id=execution)
            yield current
            execution = None
            if first != description.run_id:
                last = [e async for e in current.fetch_history_events()][-1]
                attributes = MessageToDict(last, preserving_proto_field_name=True)
                continued = attributes.get("workflow_execution_continued_as_new_event_attributes", {})
                execution = continued.get("new_execution_run_id")

    async def is_known(self, run_id: str) -> bool:
        """Whether the engine has the run's workflow at all."""
        try:
            await self._client.get_workflow_handle(names.workflow_id(run_id)).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def put_schedule(self, wanted: Timetable) -> None:
        """Makes the engine's schedule what its row says."""
        await scheduling.put(self._client, wanted)

    async def schedule(self, schedule_id: str) -> Scheduled | None:
        """A schedule as the engine has it; EngineSilent: ask later."""
        try:
            return await scheduling.read(self._client, schedule_id)
        except (RPCError, RuntimeError) as error:
            raise EngineSilent(str(error)) from error

    async def reachable(self) -> bool:
        """Whether the server answers."""
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False

    async def worker_polls(self) -> bool:
        """Whether at least one worker polls the task queue."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=names.TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            answer = await self._client.workflow_service.describe_task_queue(
                request, timeout=timedelta(seconds=2)
            )
        except (RPCError, RuntimeError):
            return False
        return bool(answer.pollers)


def _rejection(error: WorkflowUpdateFailedError) -> Answer:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type:
        zh = str(cause.details[0]) if cause.details else cause.message
        return Rejected(code=cause.type, zh=zh, en=cause.message)
    return Unknown(f"update failed: {cause!r}")

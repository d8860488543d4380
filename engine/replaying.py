"""Engine: a finished run is executed again from its stored history alone - no server, no database.

Two levels are told apart. `sdk`: the engine's own replay, which notices another kind or order of commands.
`strict`: what each command said is compared with what the history says, each execution of a chain with the
one before, and the form of the history with itself. What a replay consumes - results of actions, updates,
signals, the time at which a workflow task started - is noticed when a command, an answer or the end follows.

Neither level can notice what no command follows from. `domain.replay_findings.NOT_NOTICED` is the whole list;
the hash of the archive covers it:
- which process did something, when an event was written (except the start and the start of a workflow task),
  request and task numbers, marks of worker and SDK, the size of the history, how often something was tried,
  stack traces;
- what a start, a command or a result brought and the run never used, and the title that the engine shows;
- another spelling of the same JSON value, a field left out of a payload whose value is empty, and keys of an
  event that this version does not know;
- what a known change of the code explains, in executions that began before its day (`engine.replay_known`).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowRunner
from temporalio.workflow import NondeterminismError

from domain.history_form import check_form
from domain.replay_comparison import Command, compare
from domain.replay_findings import LevelVerdict, ReplayFinding, ReplayVerdict
from workflows.scheduled_start import ScheduledStart
from workflows.sop_run import SopRun

from .plugin import DATA_CONVERTER, worker_options, workflow_runner
from .replay_capture import CapturingRunner
from .replay_chain import check_chain, check_identity, semantics_of
from .replay_commands import computed_commands, recorded_commands
from .replay_known import explaining

PATIENCE_S, PER_EVENT_S, GRACE_S = 60.0, 0.01, 1.0
TOO_SLOW = "TMPRL1101"
"""An activation took more than two seconds: on a busy machine the first one may, later ones do not."""
TASK = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
_EVENT = (r"HistoryEvent ?[({] ?(?:event_)?id: (\d+)", r"event id: (\d+)", r"event_id: (\d+)")
_MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
"""The engine's own words stand in the printed form of its failure."""


@dataclass
class _Replayed:
    """What came of one execution."""

    sdk: list[ReplayFinding] = field(default_factory=list)
    strict: list[ReplayFinding] = field(default_factory=list)
    commands: int = 0


def build_replayer(
    *,
    sandboxed: bool = False,
    runner: WorkflowRunner | None = None,
    threads: ThreadPoolExecutor | None = None,
) -> Replayer:
    """A replayer with the workflows, the converter and the failure types that workers have."""
    options = worker_options(sandboxed=sandboxed)
    if runner is not None:
        options["workflow_runner"] = runner
    return Replayer(
        workflows=[SopRun, ScheduledStart],
        data_converter=DATA_CONVERTER,
        workflow_task_executor=threads,
        **options,
    )


async def replay(
    executions: Sequence[str | Mapping[str, Any]],
    workflow_id: str,
    *,
    sandboxed: bool = False,
    closed: bool = True,
) -> ReplayVerdict:
    """Both levels for the histories of a run's executions, oldest first, as JSON text or objects.

    `closed`: the run has ended, so its history has to end with its end. Nothing is raised: a history that
    cannot be read is a finding.
    """
    given = [await asyncio.to_thread(_events_of, one) for one in executions]
    sdk: list[ReplayFinding] = []
    strict: list[ReplayFinding] = [] if given else [ReplayFinding("empty", 0)]
    commands = 0
    for number, events in enumerate(given, 1):
        ends = closed or number < len(given)
        done = await _replay_one(events, workflow_id, number, sandboxed=sandboxed, closed=ends)
        sdk += done.sdk
        strict += done.strict
        commands += done.commands
    strict += _checked(len(given), lambda: check_chain(given))
    return ReplayVerdict(
        workflow_id=workflow_id,
        executions=len(given),
        events=sum(len(events) for events in given),
        commands=commands,
        semantics=semantics_of(given),
        sdk=LevelVerdict("sdk", tuple(sdk)),
        strict=LevelVerdict("strict", tuple(strict)),
    )


async def _replay_one(
    events: list[dict[str, Any]], workflow_id: str, number: int, *, sandboxed: bool, closed: bool
) -> _Replayed:
    """One execution. What takes long in a long history is done beside the event loop."""
    found = _Replayed()
    found.strict += await asyncio.to_thread(
        _checked,
        number,
        lambda: check_form(events, number, closed=closed),
        lambda: check_identity(events, workflow_id, number),
    )
    not_replayed = ReplayFinding("not_replayed", number)
    try:
        history = await asyncio.to_thread(WorkflowHistory.from_json, workflow_id, {"events": events})
        replayable = _replayable(history)
    except Exception as error:  # noqa: BLE001 - whatever a reader of damaged data raises is the finding
        found.sdk.append(ReplayFinding("unreadable", number, why=str(error)[:500]))
        found.strict.append(not_replayed)
        return found
    if not replayable:
        found.sdk.append(ReplayFinding("not_replayable", number))
        found.strict.append(not_replayed)
        return found
    completions, failure = await _run(history, sandboxed=sandboxed)
    if failure is not None and TOO_SLOW in str(failure):
        completions, failure = await _run(history, sandboxed=sandboxed)
    computed = computed_commands(completions)
    found.commands = len(computed)
    compared = await asyncio.to_thread(
        _checked, number, lambda: _compared(history, computed, number, whole=failure is None)
    )
    found.strict += compared
    if failure is not None:
        at = next((one.event_id for one in compared if one.event_id and not one.known), 0)
        found.sdk.append(_failure(failure, number, history, at))
        found.strict.append(not_replayed)
    return found


def _checked(number: int, *checks: Callable[[], Iterable[ReplayFinding]]) -> list[ReplayFinding]:
    """What checks find; that one cannot read what it is given is a finding too."""
    found: list[ReplayFinding] = []
    for check in checks:
        try:
            found += check()
        except Exception as error:  # noqa: BLE001 - as above
            found.append(ReplayFinding("unreadable", number, why=f"{type(error).__name__}: {error}"[:500]))
    return found


def _compared(
    history: WorkflowHistory, computed: Sequence[Command], number: int, *, whole: bool
) -> Iterator[ReplayFinding]:
    if not history.events:
        return
    began = history.events[0].event_time.ToDatetime(tzinfo=UTC)
    recorded = recorded_commands(history.events)
    yield from compare(recorded, computed, number, whole=whole, differ=explaining(began))


async def _run(
    history: WorkflowHistory, *, sandboxed: bool
) -> tuple[list[tuple[int, Any]], BaseException | None]:
    """The completions of a replay and why it failed. A replayer for each: a broken history breaks its own."""
    queue = ""
    if history.events:
        queue = history.events[0].workflow_execution_started_event_attributes.task_queue.name
    runner = CapturingRunner(workflow_runner(sandboxed=sandboxed), queue)
    threads = ThreadPoolExecutor(max_workers=1)
    replayer = build_replayer(sandboxed=sandboxed, runner=runner, threads=threads)
    task = asyncio.create_task(replayer.replay_workflow(history, raise_on_replay_failure=False))
    try:
        await asyncio.wait({task}, timeout=_patience(history))
        if not task.done():
            await _given_up(task)
            return runner.completions, TimeoutError()
        return runner.completions, task.result().replay_failure
    except Exception as error:  # noqa: BLE001 - the engine refuses broken histories in many ways
        return runner.completions, error
    finally:
        threads.shutdown(wait=False)


def _patience(history: WorkflowHistory) -> float:
    """Ten times what a slow machine needs."""
    return PATIENCE_S + len(history.events) * PER_EVENT_S


async def _given_up(task: asyncio.Task[Any]) -> None:
    """Ends a replay without an answer: the first cancellation waits for the engine, the second does not."""
    for _ in range(2):
        task.cancel()
        await asyncio.wait({task}, timeout=GRACE_S)


def _replayable(history: WorkflowHistory) -> bool:
    """Whether the engine's replay gives an answer: it waits for ever for a start, a first task or a type."""
    events = history.events
    if not events or not all(event.event_id > 0 and event.event_type for event in events):
        return False
    begun = events[0].workflow_execution_started_event_attributes.original_execution_run_id
    return bool(begun) and any(event.event_type == TASK for event in events)


def _failure(failure: BaseException, number: int, history: WorkflowHistory, at: int) -> ReplayFinding:
    """The engine's own words, and the event that they name; where they name none, the first that differs."""
    if isinstance(failure, TimeoutError):
        return ReplayFinding("silent", number, why=str(round(_patience(history))))
    told = _MESSAGE.search(str(failure))
    text = told.group(1).replace('\\"', '"') if told else str(failure)
    named = next((found for found in (re.search(one, text) for one in _EVENT) if found), None)
    event_id = int(named.group(1)) if named else at
    kinds = {event.event_id: EventType.Name(event.event_type) for event in history.events}
    rule = "nondeterminism" if isinstance(failure, NondeterminismError) else "failed"
    return ReplayFinding(rule, number, event_id, kinds.get(event_id, ""), why=text)


def _events_of(history: str | Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events of a history in the form that the engine writes; an empty one for whatever is no event."""
    try:
        read = json.loads(history) if isinstance(history, str) else history
    except ValueError:
        return []
    events = read.get("events") if isinstance(read, Mapping) else read
    if not isinstance(events, list):
        return []
    return [event if isinstance(event, dict) else {} for event in events]

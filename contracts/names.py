"""Contracts: the names that are written into histories and must not change."""

from __future__ import annotations

from typing import Final

RUN_WORKFLOW: Final = "SopRun"
ADVANCE_ACTIVITY: Final = "advance"
TASK_QUEUE: Final = "xunji"

COMPLETE_TASK: Final = "complete_task"
SIGN_TASK: Final = "sign_task"
COMMAND_RUN: Final = "command_run"
COMMAND_TASK: Final = "command_task"
TAKE_SIGNAL: Final = "take_signal"
CHANGE_OVER: Final = "change_over"
ADVANCE_CLOCK: Final = "advance_clock"
CALLS_ENDED: Final = "calls_ended"
STATE_QUERY: Final = "state"
OBSTACLES_QUERY: Final = "obstacles"


SCHEDULED_WORKFLOW: Final = "ScheduledStart"
START_SCHEDULED: Final = "start_scheduled"


def schedule_id(row_id: str) -> str:
    """The id of a schedule in the engine; what it starts is called by it and the time."""
    return f"schedule/{row_id}"


def workflow_id(run_id: str) -> str:
    """The workflow id of a run, called or not: which run called it stands in its row and its input."""
    return f"run/{run_id}"

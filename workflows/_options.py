"""Workflows: named time-outs and retries, in one place."""

from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

ADVANCE: dict[str, Any] = {
    # Longer than the database's statement time-out (30 s): the transaction decides first.
    "start_to_close_timeout": timedelta(seconds=120),
    # A worker that died in the middle is missed this soon: its run must not stand still for two minutes.
    "heartbeat_timeout": timedelta(seconds=15),
    # For ever: an outage of the database or a defect that a deployment repairs must not end a run.
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=10),
        maximum_attempts=0,
    ),
}

SCHEDULED_START: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=60),
    # Until the next day at the latest something else is due; an outage of the database is shorter.
    "schedule_to_close_timeout": timedelta(hours=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(minutes=1),
        maximum_attempts=0,
    ),
}

PROCESSED_KEPT = 200
"""How many answered submissions a continuation remembers; older ones stand in `submission_verdict`."""

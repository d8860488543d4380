"""Engine: the worker process - shared by `worker.py` and the tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from contracts import names
from workflows.scheduled_start import ScheduledStart
from workflows.sop_run import SopRun

from .code_version import code_sha256
from .plugin import worker_options


def build_worker(
    client: Client,
    activities: Sequence[Callable[..., Any]],
    *,
    cached_runs: int = 500,
    sandboxed: bool = False,
    **options: Any,
) -> Worker:
    """A worker for runs and their advances.

    Tests ask for `cached_runs=0`, which replays every run at every task, and for the sandbox.
    """
    return Worker(
        client,
        task_queue=options.pop("task_queue", names.TASK_QUEUE),
        workflows=[SopRun, ScheduledStart],
        activities=activities,
        # Written into every history. The engine's default reads the code of every module that was ever
        # imported, which takes seconds at each start, and names a digest that nobody can make again.
        build_id=code_sha256(),
        max_cached_workflows=cached_runs,
        max_concurrent_workflow_tasks=max(2, min(cached_runs, 50)),
        max_concurrent_activities=50,
        graceful_shutdown_timeout=timedelta(seconds=10),
        **worker_options(sandboxed=sandboxed),
        **options,
    )

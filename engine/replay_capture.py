"""Engine: a runner that notes every command which replayed code gives, beside running it as usual."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from temporalio.converter import SerializationContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner


class CapturingRunner(WorkflowRunner):
    """Keeps (last event known to the workflow task, completion) of every activation, in order."""

    def __init__(self, inner: WorkflowRunner, task_queue: str) -> None:
        self._inner, self._task_queue = inner, task_queue
        self.completions: list[tuple[int, Any]] = []

    def prepare_workflow(self, defn: Any) -> None:
        self._inner.prepare_workflow(defn)

    def set_worker_level_failure_exception_types(self, types: Sequence[type[BaseException]]) -> None:
        self._inner.set_worker_level_failure_exception_types(types)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """The instance on the run's own queue: a replayer has another, and activities take the run's."""
        own = dataclasses.replace(det, info=dataclasses.replace(det.info, task_queue=self._task_queue))
        return _Captured(self._inner.create_instance(own), self.completions)


class _Captured(WorkflowInstance):
    """An instance whose completions are copied before the worker encodes them."""

    def __init__(self, inner: WorkflowInstance, completions: list[tuple[int, Any]]) -> None:
        self._inner, self._completions = inner, completions

    def activate(self, act: Any) -> Any:
        completion = self._inner.activate(act)
        copy = type(completion)()
        copy.CopyFrom(completion)
        self._completions.append((act.history_length, copy))
        return completion

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> Any:
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Any:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()

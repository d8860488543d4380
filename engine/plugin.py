"""Engine: what client, worker, replayer and archiver share - converter, runner, failure types.

One place, because a history written with one converter cannot be read with another.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, ToJsonOptions
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

# Pure rooms and the libraries they are built on: reloading them per run costs time and changes nothing.
PASSED_THROUGH = (
    "annotated_types",
    "biip",
    "cel_expr_python",
    "contracts",
    "domain",
    "google",
    "pydantic",
    "pydantic_core",
    "rfc8785",
    "ruamel",
    "typing_inspection",
    "tzdata",
    "zoneinfo",
)


class PayloadConverter(CompositePayloadConverter):
    """Pydantic JSON; unset fields are left out, so that a hop stays small in the history."""

    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)


# Made once: the engine makes a converter for every activation, and the adapters of types are kept in these.
_PYDANTIC = PydanticJSONPlainPayloadConverter(ToJsonOptions(exclude_unset=True))
_CONVERTERS = tuple(
    _PYDANTIC if isinstance(converter, JSONPlainPayloadConverter) else converter
    for converter in DefaultPayloadConverter.default_encoding_payload_converters
)
DATA_CONVERTER = dataclasses.replace(DataConverter.default, payload_converter_class=PayloadConverter)


def workflow_runner(*, sandboxed: bool) -> WorkflowRunner:
    """What runs the workflows: with the sandbox, whatever would not replay is caught (decision 0006)."""
    if not sandboxed:
        return UnsandboxedWorkflowRunner()
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def worker_options(*, sandboxed: bool) -> dict[str, Any]:
    """Options that a worker and a replayer must have in common."""
    return {
        "workflow_runner": workflow_runner(sandboxed=sandboxed),
        "workflow_failure_exception_types": [],
    }

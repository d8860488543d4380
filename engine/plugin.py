"""Engine: what client, worker, replayer and archiver share - converter, sandbox, failure types.

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
        pydantic = PydanticJSONPlainPayloadConverter(ToJsonOptions(exclude_unset=True))
        super().__init__(
            *(
                c if not isinstance(c, JSONPlainPayloadConverter) else pydantic
                for c in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )


DATA_CONVERTER = dataclasses.replace(DataConverter.default, payload_converter_class=PayloadConverter)


def workflow_runner() -> SandboxedWorkflowRunner:
    """The sandbox in which workflows run: it catches what would not replay."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def worker_options() -> dict[str, Any]:
    """Options that a worker and a replayer must have in common."""
    return {"workflow_runner": workflow_runner(), "workflow_failure_exception_types": []}

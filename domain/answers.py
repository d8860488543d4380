"""Domain: the hash of an answer as a run has taken it in - what its later steps will decide by.

Computed by the interpreter over the command it got and again over the submission when it is settled: a forged
Update that borrows a real submission but says something else settles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.canonical import instant, sha256_of


def answer_hash(
    *, outcome: str, data: Mapping[str, Any], lines: Mapping[str, Any] | None, reason: str | None
) -> str:
    """SHA-256 (hex) over outcome, data, line set with aggregates, and reason."""
    return sha256_of(
        "answer",
        1,
        outcome=outcome,
        data=dict(data),
        lines=dict(lines) if lines is not None else None,
        reason=reason,
    )


def task_command_data(command: Mapping[str, Any]) -> dict[str, Any]:
    """What a task command says beside its kind and reason, as it is kept and hashed.

    What is not said is left out; `until` is in the canonical form of instants.
    """
    said = {name: command.get(name) for name in TASK_COMMAND_FIELDS}
    until = said["until"]
    return {name: value for name, value in said.items() if value is not None} | (
        {"until": instant(until)} if isinstance(until, datetime) else {}
    )


TASK_COMMAND_FIELDS = ("person", "post", "site", "department", "order", "until", "rule")


def task_command_answer(command: Any) -> str:
    """The hash of a task command as the interpreter took it in."""
    data = task_command_data(command.model_dump(mode="python"))
    return answer_hash(outcome="", data=data, lines=None, reason=command.reason)

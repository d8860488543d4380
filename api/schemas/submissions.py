"""Room `api`: the shapes of submissions - what became of a command to a task or a run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.schemas.base import Answer, BothLanguages


class CommandOut(Answer):
    """What became of a command: the task's or run's state, and the signatures still missing."""

    submission: UUID
    state: str
    missing_signatures: list[dict[str, Any]]


class PendingOut(Answer):
    """Not known yet: repeat with the same Idempotency-Key, or ask for the submission."""

    submission: UUID
    retry_after: int


class SubmissionOut(Answer):
    """A submission and its verdict; `accepted` is null while there is none."""

    id: UUID
    kind: str
    run_id: UUID
    task_id: UUID | None
    accepted: bool | None
    code: str | None
    message: BothLanguages
    state: str | None
    missing_signatures: list[dict[str, Any]]

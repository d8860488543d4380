"""Room `api`: shapes of retention - what may be deleted, legal holds, what was deleted and by whom."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import Answer, Instant, Request

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class HoldIn(Request):
    """A legal hold: on a run (id or business key), a batch (id or `material:number`), a procedure, or all."""

    kind: Literal["run", "batch", "sop", "all"]
    about: str = Field("", max_length=200)
    reason: Reason


class LiftIn(Request):
    """Why a hold is lifted."""

    reason: Reason


class HoldOut(Answer):
    """A hold in force; of `run_id`, `batch_id` and `sop` the one that it is about."""

    id: UUID
    kind: str
    run_id: UUID | None
    batch_id: UUID | None
    sop: str | None
    reason: str
    by: str
    recorded_at: Instant


class HeldIdOut(Answer):
    """The hold that was set."""

    id: UUID


class KeptOut(Answer):
    """A run whose contents are kept: the rule that keeps them longest and its last day (null: for ever)."""

    run_id: UUID
    sop: str = Field(validation_alias="key")
    business_key: str | None
    ended_at: Instant
    rule: str
    about: str
    until: date | None
    holds: int


class TombstoneOut(Answer):
    """What is left of contents that were deleted: their digests, why they could be, and who signed."""

    id: UUID
    run_id: UUID
    parts: list[dict[str, Any]]
    attachments: list[dict[str, Any]] | None
    rule: str
    about: str
    kept_until: date
    destruction_run_id: UUID
    asked_by: UUID
    approved_by: UUID
    witnessed_by: UUID
    reason: str
    recorded_at: Instant


class RetentionOut(Answer):
    """What may be deleted now, what is kept still, holds in force, the newest deletions.

    `next`: with it as `after` the next 50 archives are looked at that their own rules keep no longer.
    """

    due: list[KeptOut]
    kept: list[KeptOut]
    holds: list[HoldOut]
    deleted: list[TombstoneOut]
    next: str | None

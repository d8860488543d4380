"""Room `api`: the shapes of runs - started, listed, read, commanded - and of their time line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from api.schemas.base import Answer, BothLanguages, IdOrCode, Instant, Reason, Request, SignatureIn

Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class RunIn(Request):
    """A start: the SOP, its inputs (documents, sites and parties by id or code), a business key."""

    sop: Key
    inputs: Mapping[str, Any] = {}
    business_key: Annotated[str, StringConstraints(max_length=200)] | None = None
    site: IdOrCode | None = None


class RunOut(Answer):
    """A run in a list."""

    id: UUID
    sop: str
    title_zh: str
    title_en: str
    version: int
    sha256: str
    state: str
    outcome: str | None
    business_key: str | None
    site: str
    time_zone: str
    mode: str
    current_steps: list[str]
    summary_zh: str
    summary_en: str
    started_by: UUID
    started_by_name: str
    started_at: Instant
    ended_at: Instant | None


class StepOut(Answer):
    """A step in execution now."""

    path: str
    step: str
    title: BothLanguages


class RunTaskOut(Answer):
    """A task of the run."""

    id: UUID
    path: str
    step_id: str
    kind: str
    state: str
    epoch: int
    title_zh: str
    title_en: str
    post: str
    assignee: str | None
    due_at: Instant | None
    closed_at: Instant | None
    outcome: str | None


class RunDocumentOut(Answer):
    """A document that belongs to the run."""

    id: UUID
    kind: str
    number: str
    state: str


class RunDetail(RunOut):
    """A run in full; `links` lead to its history and its tasks."""

    inputs: Mapping[str, Any]
    current: list[StepOut]
    tasks: list[RunTaskOut]
    documents: list[RunDocumentOut]
    batch_ids: list[UUID]
    links: Mapping[str, str]


class SignatureShownOut(Answer):
    """A signature as it must be shown (21 CFR 11.50)."""

    printed_name: str
    post: BothLanguages
    meaning: BothLanguages
    at: Instant
    content_sha256: str


class TimelineOut(Answer):
    """One line of a run's history."""

    seq: int
    at: Instant
    step_path: str
    kind: str
    actor: str | None
    text: BothLanguages
    data: Mapping[str, Any]
    signature: SignatureShownOut | None
    refused: bool
    event_ids: list[int]


class HistoryOut(Answer):
    """The whole time line; it comes in one piece, so `next` is null."""

    items: list[TimelineOut]
    next: str | None = None


class CommandIn(Request):
    """Suspend or resume."""

    reason: Reason


class CancelIn(CommandIn):
    """Cancel: signed."""

    signature: SignatureIn | None = None


class SendBackIn(CommandIn):
    """Send back to a step that was performed."""

    to: Key
    signature: SignatureIn | None = None

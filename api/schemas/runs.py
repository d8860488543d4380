"""Room `api`: the shapes of runs, their time line and commands to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, field_validator

from api.schemas.base import (
    Answer,
    BothLanguages,
    FormData,
    Instant,
    Page,
    Request,
    SignatureIn,
    SupersededOut,
)
from api.schemas.documents import DocumentOut
from api.schemas.tasks import TaskOut

RunState = Literal["running", "suspended", "incident", "completed", "cancelled", "failed"]
ShortKey = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RunIn(Request):
    """A start. Documents, sites and parties among the inputs are given by id or code.

    Which inputs a procedure has stands in its definition: `GET /sops/{key}/versions/{version}`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sop": "receiving_acceptance",
                    "inputs": {"purchase_order": "PO-2611-006", "dispatch_advice": "SH-2611-006"},
                }
            ]
        }
    )

    sop: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    inputs: Annotated[
        FormData,
        Field(description="by the names of the definition's `inputs`; documents by number or id"),
    ] = {}
    business_key: ShortKey | None = None
    site: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None


class RunOut(Answer):
    """A run in a list, pinned to a version and its SHA-256."""

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
    called_by: UUID | None
    call_path: str | None
    called_line: int | None


class CurrentStepOut(Answer):
    """A step, with its title; `path` is empty where it is not being executed."""

    path: str
    step: str
    title: BothLanguages


class RunDetail(RunOut):
    """A run in full; `called` are the first of the runs that it called, `called_states` counts them all."""

    inputs: dict[str, Any]
    current: list[CurrentStepOut]
    steps: list[CurrentStepOut]
    tasks: list[TaskOut]
    documents: list[DocumentOut]
    batch_ids: list[UUID]
    engine_started_at: Instant | None
    called: list[RunOut]
    called_states: dict[str, int]
    links: dict[str, str]


class SignatureShownOut(Answer):
    """A signature as it must be shown: printed name, post, meaning, time, and what was signed."""

    printed_name: str
    post: BothLanguages
    meaning: BothLanguages
    at: Instant
    content_sha256: str
    superseded: SupersededOut | None = None


class TimelineEntryOut(Answer):
    """One line of a run's time line."""

    seq: int
    at: Instant
    step_path: str
    kind: str
    actor: str | None
    text: BothLanguages
    data: dict[str, Any]
    signature: SignatureShownOut | None
    refused: bool
    event_ids: list[int]

    @field_validator("text", mode="before")
    @classmethod
    def _both(cls, text: Any) -> Any:
        return {"zh": text.zh, "en": text.en or text.zh} if hasattr(text, "zh") else text


class OutageOut(Answer):
    """When the system did not answer, what shows it, and both in a sentence; `end` is null while it lasts."""

    start: Instant
    end: Instant | None
    why: list[Literal["no_worker", "tried_again", "late_timer", "not_taken_in"]]
    text: BothLanguages


class HistoryPage(Page[TimelineEntryOut]):
    """A page of the time line, with the outages that began within it."""

    outages: list[OutageOut]


class RunCommandIn(Request):
    """A command with its reason; `to` names the step of a send-back, a cancel is signed."""

    reason: Annotated[str, StringConstraints(max_length=1000)] = ""
    to: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    task_path: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    signature: SignatureIn | None = None

"""Room `api`: shapes of evidence - an archive's header, a verdict with its findings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from api.schemas.base import Answer, Instant, Request


class ArchivePartOut(Answer):
    """One content: digest over the bytes as written, size in bytes."""

    name: str
    sha256: str
    size: int
    media_type: str


class ArchiveOut(Answer):
    """A run's archive; `block` is the sealed block that has its header, null: not sealed yet."""

    id: UUID
    run_id: UUID
    workflow_id: str
    sop_key: str
    sop_version: int
    bundle_sha256: str
    semantics: int | None
    code_sha256: str
    state: str
    outcome: str | None
    started_at: Instant
    ended_at: Instant
    recorded_at: Instant
    executions: int
    events: int
    anomalies: list[str]
    parts: list[ArchivePartOut]
    block: int | None


class HeadIn(Request):
    """The head of a block that somebody has kept: its number and hash, as a mail or the file has them."""

    number: int = Field(ge=1)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")


ABOUT = {"run", "batch", "person", "since", "until"}
"""What evidence can be asked about."""


def asked_of(body: Request) -> dict[str, Any]:
    """What a request asks about, by the names of the service."""
    return body.model_dump(include=ABOUT)


class VerifyIn(Request):
    """What to verify: a run, a batch (id or `material:number`), a person, a period - nothing: everything."""

    run: UUID | None = None
    batch: str | None = Field(None, max_length=200)
    person: str | None = Field(None, max_length=200)
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")
    levels: list[Literal[1, 2, 3, 4]] = Field([1, 2, 3, 4], min_length=1)
    heads: list[HeadIn] = Field([], max_length=1000)
    """Heads to find in the chain (level 1)."""

    @model_validator(mode="after")
    def one_thing(self) -> Self:
        if sum(1 for one in (self.run, self.batch, self.person) if one) > 1:
            raise ValueError("one of run, batch, person")
        return self


class FindingOut(Answer):
    """One finding with its place, in both languages."""

    level: int
    code: str
    block: int | None
    table: str | None
    key: str | None
    detail: str
    zh: str
    en: str


class PlaceOut(Answer):
    """A place outside the database: how far its heads reach, the sealed blocks that are not there yet."""

    kind: Literal["file", "store", "mail"]
    name: str
    until: int
    missing: int
    behind_since: Instant | None
    trouble: str


class VerdictOut(Answer):
    """What a verification looked at and found; the windows that no seal, head or archive covers yet."""

    sound: bool
    levels: list[int]
    blocks: int
    rows: int
    contents: int
    runs: int
    events: int
    deleted: int
    not_archived: int
    unsealed: int
    unsealed_since: datetime | None
    last_sealed_at: datetime | None
    exported_until: int
    places: list[PlaceOut]
    findings: list[FindingOut]

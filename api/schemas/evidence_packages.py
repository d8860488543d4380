"""Room `api`: what an evidence package is asked for."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.base import Request


class PackageIn(Request):
    """One of a run, a batch (id or `material:number`), a person, or a period in which runs ended."""

    run: UUID | None = None
    batch: str | None = Field(None, max_length=200)
    person: str | None = Field(None, max_length=200, description="id or user name")
    since: AwareDatetime | None = Field(None, description="runs that ended at or after this instant")
    until: AwareDatetime | None = Field(None, description="runs that ended before this instant")
    language: Literal["zh", "en"] = Field("zh", description="the language of the report on paper")

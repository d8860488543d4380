"""Room `api`: shapes of the search over everything."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, model_validator

from api.schemas.base import Answer, BothLanguages, Instant
from services.search import Kind


class HitOut(Answer):
    """One thing that has the text in its number or name; `code` is its address, `sort` its kind or state."""

    id: UUID
    code: str
    title: BothLanguages
    detail: BothLanguages
    sort: str
    at: Instant | None
    day: date | None

    @model_validator(mode="before")
    @classmethod
    def _both(cls, hit: Any) -> Any:
        if isinstance(hit, dict | BaseModel):
            return hit
        texts = {
            name: {"zh": getattr(hit, f"{name}_zh"), "en": getattr(hit, f"{name}_en")}
            for name in ("title", "detail")
        }
        return {**{name: getattr(hit, name) for name in ("id", "code", "sort", "at", "day")}, **texts}


class GroupOut(Answer):
    """What was found of a sort; `more`: there are others."""

    kind: Kind
    items: list[HitOut]
    more: bool


class SearchOut(Answer):
    """The sorts that the caller may read, each with what was found."""

    groups: list[GroupOut]

"""Room `api`: the shapes of sites with their places, and of departments and posts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import model_validator

from api.schemas.base import Answer, BothLanguages, Changed, both_names
from domain.master_data import SiteChanges


class LocationOut(Answer):
    """A location."""

    id: UUID
    code: str
    name: str
    active: bool


class _Named(Answer):
    """What has a code and a name in both languages."""

    id: UUID
    code: str
    name: BothLanguages

    @model_validator(mode="before")
    @classmethod
    def _names(cls, row: Any) -> Any:
        return both_names(cls, row)


class ZoneOut(_Named):
    """A zone with its locations."""

    kind: str
    storage_class: str
    special_control: bool
    locations: list[LocationOut]


class SiteOut(_Named):
    """A site in a list."""

    legal_entity: str
    region: str
    time_zone: str
    active: bool
    zone_count: int
    location_count: int


class SiteDetail(SiteOut):
    """A site with its zones."""

    zones: list[ZoneOut]


class SiteChange(Changed):
    """Changes to a site and why."""

    changes: SiteChanges

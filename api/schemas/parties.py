"""Room `api`: the shapes of partners and their licences."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from api.schemas.base import Answer, Changed
from domain.master_data import PartyChanges


class LicenceOut(Answer):
    """A licence; `valid_until` is its last day."""

    id: UUID
    kind: str
    number: str
    scope: list[str]
    valid_from: date | None
    valid_until: date
    withdrawn: bool
    legal_entity: str | None


class PartyOut(Answer):
    """A partner in its roles, with its licences."""

    id: UUID
    code: str
    name: str
    active: bool
    min_remaining_days: int | None
    roles: list[str]
    licences: list[LicenceOut]


class PartyChange(Changed):
    """Changes to a partner and why."""

    changes: PartyChanges

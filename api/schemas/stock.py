"""Room `api`: the shapes of stock and batches. Quantities are integers in the material's base unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from api.schemas.base import Answer, Instant


class PositionOut(Answer):
    """What is at one position: site, location, batch, status, owner."""

    batch_id: UUID
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    material_id: UUID
    material_code: str
    material_zh: str
    material_en: str
    specification: str
    base_unit: str
    manufacturer: str
    site_code: str
    location_code: str
    zone_code: str
    zone_kind: str
    status: str
    owner_code: str
    quantity: int
    on_hold: bool
    expired: bool
    remaining_days: int | None


class HoldOut(Answer):
    """A hold; open while `closed_at` is null, everywhere without a site."""

    id: UUID
    kind: str
    site_code: str | None
    reason: str
    opened_at: Instant
    opened_by: str
    opened_by_run: UUID | None
    closed_at: Instant | None
    closed_by: str | None
    closed_reason: str | None
    closed_by_run: UUID | None


class MoveOut(Answer):
    """A move of the batch with its document, run, actor and reason."""

    id: UUID
    posting_id: UUID
    kind: str
    occurred_at: Instant
    recorded_at: Instant
    quantity: int
    from_kind: str
    from_site: str | None
    from_location: str | None
    from_status: str | None
    to_kind: str
    to_site: str | None
    to_location: str | None
    to_status: str | None
    party: str | None
    document_id: UUID | None
    document_kind: str | None
    document_number: str | None
    run_id: UUID | None
    path: str | None
    actor: str
    reason: str | None
    reverses_id: UUID | None
    loaded: bool


class BatchOut(Answer):
    """A batch: identity, material, holds, where it is and what moved (the newest first)."""

    id: UUID
    number: str
    produced_on: date | None
    expires_on: date | None
    licence_holder: str | None
    created_by_run: UUID | None
    material_id: UUID
    material_code: str
    material_zh: str
    material_en: str
    generic_name: str
    dosage_form: str
    specification: str
    approval_number: str
    holder: str
    storage_class: str
    special_control: bool
    base_unit: str
    manufacturer_code: str
    manufacturer: str
    expired: bool
    near_expiry: bool
    remaining_days: int | None
    serials: int
    on_hold: bool
    quantity: int
    holds: Sequence[HoldOut]
    positions: Sequence[PositionOut]
    moves: Sequence[MoveOut]
    more_moves: bool

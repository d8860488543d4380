"""Room `api`: the shapes of stock positions and batches. Quantities count base units."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from api.schemas.base import Answer, Instant


class PositionOut(Answer):
    """A position: site, location, batch, status, owner - how many, and what a person must know of it."""

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
    site_id: UUID
    site_code: str
    location_id: UUID
    location_code: str
    zone_code: str
    zone_kind: str
    status: str
    owner_code: str
    quantity: int
    reserved: int
    free: int
    on_hold: bool
    expired: bool
    remaining_days: int | None
    issuable: bool


class PieceOut(Answer):
    """One piece with a serial, and where it stands."""

    serial_id: UUID
    serial: str
    batch_id: UUID
    batch_number: str
    material_code: str
    site_code: str
    location_code: str
    status: str


class InTransitOut(Answer):
    """So many of a batch on the way on a transfer between sites of ours."""

    document_id: UUID
    number: str
    run_id: UUID | None
    from_site: str
    to_site: str
    carrier: str | None
    vehicle: str | None
    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material_code: str
    material_zh: str
    material_en: str
    specification: str
    base_unit: str
    quantity: int
    sent_at: Instant


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
    loaded: bool


class MoveOut(Answer):
    """A move of the batch; an outside end has no site, location or status."""

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
    """A batch: identity, expiry, holds, where it is now, and its latest moves."""

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
    holds: list[HoldOut]
    positions: list[PositionOut]
    moves: list[MoveOut]

"""Room `api`: the shapes of documents. Requests are the domain's own shapes; answers are read views."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from api.schemas.base import Answer, Instant, Page, SupersededOut

DocumentState = Literal["open", "in_process", "closed", "cancelled"]


class DocumentOut(Answer):
    """A document in a list. `header` holds its kind's own fields."""

    id: UUID
    kind: str
    number: str
    party: str | None
    party_name: str | None
    site: str
    state: str
    version: int
    header: dict[str, Any]
    line_count: int
    run_id: UUID | None
    source_document_id: UUID | None
    created_by: str
    created_at: Instant
    occurred_at: Instant
    loaded: bool


class DocumentLineOut(Answer):
    """A line; `quantity` counts base units, `entered_quantity` is what was written, in `entered_unit`."""

    id: UUID
    line_no: int
    material: str
    material_name_zh: str
    material_name_en: str
    specification: str
    base_unit: str
    batch_number: str | None
    batch_id: UUID | None
    produced_on: date | None
    expires_on: date | None
    quantity: int
    entered_quantity: str | None
    entered_unit: str | None
    order_line_no: int | None
    received: int | None
    data: dict[str, Any]
    generic_name: str
    dosage_form: str
    holder: str
    manufacturer: str


class DocumentChangeOut(Answer):
    """A correction."""

    version: int
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    actor: str
    recorded_at: Instant


class DocumentSignatureOut(Answer):
    """A signature that the record rests on, as it is shown (Part 11 11.50), and what was signed."""

    id: UUID
    printed_name: str
    post_name_zh: str
    post_name_en: str
    meaning_zh: str
    meaning_en: str
    recorded_at: Instant
    content_sha256: str
    superseded: SupersededOut | None = None


class TransferredBatchOut(Answer):
    """One batch on a transfer, base units: sent, received of that, missing on the way, what was decided."""

    batch_id: UUID
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    material: str
    manufacturer: str
    base_unit: str
    sent: int
    received: int
    missing: int
    surplus: int
    accepted: int
    rejected: int
    recalled: int


class GivenUpOut(Answer):
    """So much of a batch, base units, that left and came back unchecked to the site that had sent it.

    `waiting` of it still stand in quarantine for quality's decision; `hold_run` is what holds the batch.
    """

    batch_id: UUID
    batch_number: str
    material: str
    base_unit: str
    quantity: int
    waiting: int
    left_at: Instant | None
    came_at: Instant
    site: str
    location: str
    reason: str
    run_id: UUID | None
    on_hold: bool
    hold_run: UUID | None


class DocumentDetail(DocumentOut):
    """A document in full; further lines by `after`. `people` and `files` name what head and lines give by id.

    `transferred`: what a transfer carried, batch by batch; `given_up`: what of it came back from the road.
    """

    lines: Page[DocumentLineOut]
    changes: list[DocumentChangeOut]
    followed_by: list[DocumentOut]
    signatures: list[DocumentSignatureOut] = []
    people: dict[str, str] = {}
    files: dict[str, str] = {}
    transferred: list[TransferredBatchOut] = []
    given_up: list[GivenUpOut] = []

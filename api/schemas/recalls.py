"""Room `api`: the shapes of recalls. Quantities are whole base units."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.schemas.base import Answer, Instant


class RecallOut(Answer):
    """A recall in a list; `document_id` is its notice."""

    document_id: UUID
    number: str
    site: str
    class_name: str
    profile: str
    drill: bool
    state: str
    opened_at: Instant
    sealed_at: Instant | None
    closed_at: Instant | None
    reopened_at: Instant | None
    run_id: UUID | None


class RecallTotals(Answer):
    """shipped = recovered + consumed + destroyed + unaccounted."""

    shipped: int
    recovered: int
    consumed: int
    destroyed: int
    unaccounted: int
    explained: int
    on_hand: int
    open_lines: int
    consignees: int
    answered: int


class RecalledBatchOut(Answer):
    """A batch under recall: what stood where at its seal, what stands recalled now, what left since."""

    batch_id: UUID
    number: str
    material: str
    because: str
    held: bool
    on_hand: int
    reserved: int
    in_transit: int
    in_return: int
    recalled_now: int
    destroyed: int
    sent_back: int


class ConsigneeLineOut(Answer):
    """One batch at one consignee."""

    batch_id: UUID
    batch_number: str
    material: str
    documents: list[str]
    shipped: int
    recovered: int
    on_hand: int | None
    consumed: int
    destroyed: int
    explained: int


class ConsigneeOut(Answer):
    """One consignee with its balance and how far it is."""

    party: str
    name: str
    notified_at: Instant | None
    acknowledged_at: Instant | None
    answered: bool
    run_id: UUID | None
    due_at: Instant | None
    lines: list[ConsigneeLineOut]
    totals: RecallTotals


class ClockOut(Answer):
    """A statutory limit, due and met."""

    name: str
    due_at: Instant
    clause: str
    met_at: Instant | None


class RecallDetail(Answer):
    """The whole room."""

    recall: RecallOut
    header: dict[str, Any]
    batches: list[RecalledBatchOut]
    consignees: list[ConsigneeOut]
    non_responders: list[str]
    totals: RecallTotals
    clocks: list[ClockOut]

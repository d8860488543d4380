"""Room `api`: the shapes of a trace. Quantities count base units."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from api.schemas.base import Answer, Instant


class NodeOut(Answer):
    """A partner, a site of ours, goods on the way, or where goods are gone for good.

    `id` is `party:<id>`, `site:<code>`, `transit:<document id>` or `outside:<kind>`.
    """

    id: str
    kind: Literal["party", "site", "transit", "supplier", "customer", "destroyed", "sample", "count"]
    name: str


class EdgeOut(Answer):
    """So many of a batch that went from one node to another; `batch` is the id of the batch."""

    source: str
    target: str
    batch: UUID
    quantity: int
    first_at: Instant
    last_at: Instant


class TraceLineOut(Answer):
    """What went where, summed by batch, partner and document; `site_code` is the site of ours."""

    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material_code: str
    material_zh: str
    material_en: str
    kind: str
    quantity: int
    first_at: Instant
    last_at: Instant
    from_kind: str
    to_kind: str
    site_code: str
    party_id: UUID | None
    party_code: str | None
    party: str | None
    document_id: UUID | None
    document_kind: str | None
    document_number: str | None


class TraceOut(Answer):
    """A trace as graph and as table; `more`: there is more than is shown.

    `counted`: batches are left out, because the reader may count them blind just now.
    """

    nodes: list[NodeOut]
    edges: list[EdgeOut]
    rows: list[TraceLineOut]
    more: bool
    counted: bool

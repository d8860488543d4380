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


class StartedOut(Answer):
    """What the trace began with; `ref` finds it again."""

    kind: Literal["batch", "serial", "document", "party", "package", "person"]
    ref: str
    name: str
    detail: str


class TraceRunOut(Answer):
    """A run in which goods went."""

    id: UUID
    title_zh: str
    title_en: str
    key: str | None


class TracePersonOut(Answer):
    """Who took part."""

    id: UUID
    name: str


class GoodsOut(Answer):
    """A batch by its names."""

    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material_code: str
    material_zh: str
    material_en: str
    base_unit: str


class TraceLineOut(GoodsOut):
    """What went where, summed by batch, partner and document; `site_code` is the site of ours.

    `people` performed the tasks that the goods moved after; `packages` are the SSCCs in which they left.
    """

    kind: str
    quantity: int
    first_at: Instant
    last_at: Instant
    from_kind: str
    to_kind: str
    site_code: str
    site_zh: str
    site_en: str
    party_id: UUID | None
    party_code: str | None
    party: str | None
    document_id: UUID | None
    document_kind: str | None
    document_number: str | None
    runs: list[TraceRunOut]
    people: list[TracePersonOut]
    packages: list[str]


class AccountOut(GoodsOut):
    """Where every unit of a batch is: `received` + `found` + `arrived` less all the others is `difference`.

    `found` and `missing` are differences of counts; `arrived` came from sites that the caller does not see.
    """

    received: int
    found: int
    arrived: int
    on_hand: int
    in_transit: int
    at_customers: int
    returned: int
    destroyed: int
    samples: int
    missing: int
    difference: int


class PlaceOut(Answer):
    """Where some of a batch is: a location in a status, a transfer, a partner, or gone for good."""

    batch_id: UUID
    batch_number: str
    base_unit: str
    kind: Literal["on_hand", "transit", "customer", "supplier", "destroyed", "sample", "count"]
    quantity: int
    site_code: str | None
    site_zh: str | None
    site_en: str | None
    location: str | None
    status: str | None
    party_id: UUID | None
    party_code: str | None
    party: str | None
    document_id: UUID | None
    document_number: str | None


class TraceOut(Answer):
    """A trace as graph, as table and as accounts; the next page begins at `next`, `more`: there is one.

    `counted`: batches are left out, because the reader may count them blind just now. `partial`: it is of the
    sites that the caller sees. `more_places`: the smallest of the places are left out.
    """

    started: StartedOut
    nodes: list[NodeOut]
    edges: list[EdgeOut]
    rows: list[TraceLineOut]
    accounts: list[AccountOut]
    places: list[PlaceOut]
    more_places: bool
    next: str | None
    more: bool
    counted: bool
    partial: bool

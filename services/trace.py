"""Services: where goods came from and went - from a batch, serial, document, partner or package (I5).

A trace is of batches: whatever it begins with says which, and all that crossed the company's edge or went
between its sites is told. Reads only; knows queries, no HTTP.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents_read
from db.queries import trace as queries
from db.queries.batches import counted_of
from db.queries.references import code_or_id
from db.queries.trace import Names, TraceRow
from domain.errors import NotFound
from domain.tracing import Direction, Edge, Node, Passage, TraceByPerson, TraceStart, graph
from services import blind_counts, packages, stock
from services.documents import AmbiguousDocument
from services.permissions import Permission, require, visible_sites

if TYPE_CHECKING:
    from db.session import Reader
    from services.platform import Actor, Platform

MOST_BATCHES = 200
MOST_ROWS = 5_000


@dataclass(frozen=True)
class TraceLine:
    """A row of the trace as it is read: what went where, with whom, by which document."""

    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material_code: str
    material_zh: str
    material_en: str
    kind: str
    quantity: int
    first_at: datetime
    last_at: datetime
    from_kind: str
    to_kind: str
    site_code: str
    party_id: UUID | None
    party_code: str | None
    party: str | None
    document_id: UUID | None
    document_kind: str | None
    document_number: str | None


@dataclass(frozen=True)
class Trace:
    """A trace as graph and as table; `more`: it is longer than what is shown.

    `counted`: batches are left out, because the reader may count them blind just now.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    rows: Sequence[TraceLine]
    more: bool
    counted: bool


@dataclass(frozen=True)
class Start:
    """What a trace begins with: exactly one of these."""

    batch: str | None = None
    serial: str | None = None
    document: str | None = None
    party: str | None = None
    package: str | None = None
    person: str | None = None


async def trace(
    platform: Platform,
    start: Start,
    *,
    actor: Actor,
    direction: Direction = "both",
    at: datetime | None = None,
) -> Trace:
    """The trace from a start, at the sites that the actor may see. `at` leaves out what happened later.

    TraceStart unless there is one start, TraceByPerson, NotFound, AmbiguousBatch, AmbiguousDocument.
    """
    require(actor, Permission.STOCK_READ)
    if start.person is not None:
        raise TraceByPerson
    given = [value for value in vars(start).values() if value is not None]
    if len(given) != 1:
        raise TraceStart
    inside = await _inside(platform, start.package, actor) if start.package is not None else None
    async with platform.database.read() as tx:
        batch_ids, serial_ids = (
            (inside, None)
            if inside is not None
            else await _begin(tx, start, visible_sites(actor, Permission.STOCK_READ))
        )
        counted = await counted_of(tx, batch_ids, await blind_counts.hidden_sheets(tx, actor))
        found = await queries.rows(
            tx,
            [batch_id for batch_id in batch_ids[:MOST_BATCHES] if batch_id not in counted],
            direction,
            at=at,
            serial_ids=serial_ids,
            sites=visible_sites(actor, Permission.STOCK_READ),
            limit=MOST_ROWS + 1,
        )
        names = await queries.names(tx, found)
    more = len(batch_ids) > MOST_BATCHES or len(found) > MOST_ROWS
    shown = found[:MOST_ROWS]
    nodes, edges = graph(_passage(row, names) for row in shown)
    return Trace(nodes, edges, [_line(row, names) for row in shown], more, bool(counted))


async def _begin(
    tx: Reader, start: Start, sites: frozenset[UUID] | None
) -> tuple[list[UUID], Collection[UUID] | None]:
    """The batches that a trace is of, and the pieces when it is of pieces alone."""
    most = MOST_BATCHES + 1
    if start.serial is not None:
        pieces = await queries.of_serial(tx, start.serial.strip())
        if not pieces:
            raise NotFound(what=f"追溯码 / serial {start.serial}")
        return list(dict.fromkeys(pieces.values())), list(pieces)
    if start.document is not None:
        return await queries.of_document(tx, await _document(tx, start.document, sites), most), None
    if start.party is not None:
        party_id = await tx.scalar(sa.select(t.party.c.id).where(code_or_id(t.party, start.party)))
        if party_id is None:
            raise NotFound(what=f"往来单位 / party {start.party}")
        return await queries.of_party(tx, party_id, most), None
    return [await stock.batch_id(tx, start.batch or "")], None


async def _document(tx: Reader, ref: str, sites: frozenset[UUID] | None) -> UUID:
    found = await documents_read.one(tx, ref, sites, None)
    if not found:
        raise NotFound(what=f"单据 / document {ref}")
    if len(found) > 1:
        raise AmbiguousDocument(number=ref, ids=", ".join(str(row.id) for row in found))
    return found[0].id


async def _inside(platform: Platform, code: str, actor: Actor) -> list[UUID]:
    """The batches in a package and in those that stand in it."""
    view = await packages.get(platform, code, actor=actor)
    return list(dict.fromkeys(content.batch_id for content in view.contents))


def _passage(row: TraceRow, names: Names) -> Passage:
    party = names.parties[row.party_id]["name"] if row.party_id else None
    document = names.documents[row.document_id]["number"] if row.document_id else None
    return Passage(
        batch=str(row.batch_id),
        kind=row.kind,
        quantity=row.quantity,
        first_at=row.first_at,
        last_at=row.last_at,
        from_kind=row.from_kind,
        to_kind=row.to_kind,
        site=row.site,
        party=(str(row.party_id), party) if party is not None else None,
        document=(str(row.document_id), document) if document is not None else None,
    )


def _line(row: TraceRow, names: Names) -> TraceLine:
    batch = names.batches[row.batch_id]
    none: dict[str, Any] = {}
    party = names.parties[row.party_id] if row.party_id else none
    document = names.documents[row.document_id] if row.document_id else none
    return TraceLine(
        batch_id=row.batch_id,
        batch_number=batch["number"],
        expires_on=batch["expires_on"],
        material_code=batch["code"],
        material_zh=batch["name_zh"],
        material_en=batch["name_en"],
        kind=row.kind,
        quantity=row.quantity,
        first_at=row.first_at,
        last_at=row.last_at,
        from_kind=row.from_kind,
        to_kind=row.to_kind,
        site_code=row.site,
        party_id=row.party_id,
        party_code=party.get("code"),
        party=party.get("name"),
        document_id=row.document_id,
        document_kind=document.get("kind"),
        document_number=document.get("number"),
    )

"""Db queries: the way of batches in and out of the company - one range of one index for each.

However long the ledger is. What happens inside a site (put-away, change of status) is no part of it: a trace
tells who had how much.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.tracing import Direction


@dataclass(frozen=True)
class TraceRow:
    """Goods of a batch that crossed the company's edge, or between sites: summed by partner and document.

    `quantity` counts base units; `from_kind` and `to_kind` are places outside or `internal`; `site` is ours.
    """

    batch_id: UUID
    kind: str
    quantity: int
    first_at: datetime
    last_at: datetime
    from_kind: str
    to_kind: str
    site: str
    party_id: UUID | None
    document_id: UUID | None


@dataclass(frozen=True)
class Names:
    """What is said for the ids of a trace: by id, the columns of each."""

    batches: Mapping[UUID, Mapping[str, Any]]
    parties: Mapping[UUID, Mapping[str, Any]]
    documents: Mapping[UUID, Mapping[str, Any]]


async def rows(
    tx: Reader,
    batch_ids: Collection[UUID],
    direction: Direction = "both",
    *,
    at: datetime | None = None,
    serial_ids: Collection[UUID] | None = None,
    sites: Collection[UUID] | None = None,
    limit: int | None = None,
) -> list[TraceRow]:
    """The rows of batches, oldest first. `back` is where they came from, `forward` where they went.

    `at` leaves out what happened later, `serial_ids` counts those pieces alone, `sites` are those that may be
    seen (None: all).
    """
    query = statement(batch_ids, direction, at=at, serial_ids=serial_ids, sites=sites)
    return [TraceRow(**row) for row in await tx.rows(query.limit(limit))]


def statement(
    batch_ids: Collection[UUID],
    direction: Direction = "both",
    *,
    at: datetime | None = None,
    serial_ids: Collection[UUID] | None = None,
    sites: Collection[UUID] | None = None,
) -> sa.Select[Any]:
    """The query itself, for who wants to know what it costs."""
    m, p = _crossing(batch_ids, direction, serial_ids).cte("crossing").c, t.posting.c
    # All postings in one descent of their index: those of a batch stand beside each other in it.
    theirs = p.id == sa.any_(
        sa.func.array(sa.select(m.posting_id).scalar_subquery(), type_=sa.ARRAY(sa.Uuid))
    )
    posted = sa.select(p.id, p.kind, p.document_id, p.occurred_at).where(theirs)
    if at is not None:
        posted = posted.where(p.occurred_at <= at)
    c = posted.subquery("posted").c
    key = (m.batch_id, c.kind, c.document_id, m.party_id, m.from_kind, m.to_kind, m.site_id)
    moved = (
        sa.select(
            *key,
            sa.cast(sa.func.sum(m.quantity), sa.BigInteger).label("quantity"),
            sa.func.min(c.occurred_at).label("first_at"),
            sa.func.max(c.occurred_at).label("last_at"),
        )
        .where(c.id == m.posting_id)
        .group_by(*key)
        .subquery("moved")
    )
    names = ("batch_id", "kind", "quantity", "first_at", "last_at", "from_kind", "to_kind")
    query = (
        sa.select(
            *(moved.c[name] for name in names),
            t.site.c.code.label("site"),
            moved.c.party_id,
            moved.c.document_id,
        )
        .join_from(moved, t.site, t.site.c.id == moved.c.site_id)
        .order_by(moved.c.first_at, moved.c.batch_id, moved.c.party_id, moved.c.document_id)
    )
    return query if sites is None else query.where(moved.c.site_id.in_(list(sites)))


def _crossing(
    batch_ids: Collection[UUID], direction: Direction, serial_ids: Collection[UUID] | None
) -> sa.Select[Any]:
    """The moves themselves; of pieces with serials, so many as are asked for."""
    m, s = t.move.c, t.move_serial.c
    inward = m.to_kind == "internal"
    query = sa.select(
        m.batch_id,
        m.posting_id,
        m.party_id,
        m.from_kind,
        m.to_kind,
        sa.func.coalesce(m.to_site_id, m.from_site_id).label("site_id"),
        (m.quantity if serial_ids is None else sa.literal(1, sa.BigInteger)).label("quantity"),
    ).where(m.batch_id.in_(list(batch_ids)), sa.or_(m.from_kind != "internal", m.to_kind != "internal"))
    if direction != "both":
        query = query.where(inward if direction == "back" else sa.not_(inward))
    if serial_ids is not None:
        query = query.join(t.move_serial, s.move_id == m.id).where(s.serial_id.in_(list(serial_ids)))
    return query


async def of_serial(tx: Reader, number: str) -> dict[UUID, UUID]:
    """Pieces with a serial number, of several materials perhaps: id of the serial -> batch."""
    s = t.serial.c
    found = await tx.rows(sa.select(s.id, s.batch_id).where(s.number == number).order_by(s.id))
    return {row["id"]: row["batch_id"] for row in found}


async def of_document(tx: Reader, document_id: UUID, most: int) -> list[UUID]:
    """Batches that moved for a document, or for one made from it (the shipments of an order)."""
    d, p, m = t.document.c, t.posting.c, t.move.c
    papers = sa.select(d.id).where(sa.or_(d.id == document_id, d.source_document_id == document_id))
    query = sa.select(m.batch_id).join(t.posting, p.id == m.posting_id).where(p.document_id.in_(papers))
    return await _ids(tx, query, most)


async def of_party(tx: Reader, party_id: UUID, most: int) -> list[UUID]:
    """Batches that came from a partner or went to it."""
    return await _ids(tx, sa.select(t.move.c.batch_id).where(t.move.c.party_id == party_id), most)


async def _ids(tx: Reader, query: sa.Select[Any], most: int) -> list[UUID]:
    found = await tx.rows(query.distinct().order_by(t.move.c.batch_id).limit(most))
    return [row["batch_id"] for row in found]


async def names(tx: Reader, found: Sequence[TraceRow]) -> Names:
    """The names of the batches, partners and documents of a trace."""
    b, m, p, d = t.batch.c, t.material.c, t.party.c, t.document.c
    batches = sa.select(b.id, b.number, b.expires_on, m.code, m.name_zh, m.name_en).join(
        t.material, m.id == b.material_id
    )
    return Names(
        batches=await _by_id(tx, batches, b.id, {row.batch_id for row in found}),
        parties=await _by_id(
            tx, sa.select(p.id, p.code, p.name), p.id, {row.party_id for row in found if row.party_id}
        ),
        documents=await _by_id(
            tx,
            sa.select(d.id, d.kind, d.number),
            d.id,
            {row.document_id for row in found if row.document_id},
        ),
    )


async def _by_id(
    tx: Reader, query: sa.Select[Any], column: sa.ColumnElement[UUID], ids: Collection[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    return {row["id"]: row for row in await tx.rows(query.where(column.in_(list(ids))))} if ids else {}

"""Db queries: what is reserved for whom, and what stock is free to be promised."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.batches import Status
from domain.reservations import Released, Reserved
from domain.stock import Position


@dataclass(frozen=True)
class Candidate:
    """A position of qualified goods that are not sealed; `free` as it was read, before any lock."""

    batch_id: UUID
    batch_number: str
    material_id: UUID
    produced_on: date | None
    expires_on: date | None
    manufacturer: str
    position: Position
    location: str
    free: int


async def batches_with_stock(tx: Reader, site_id: UUID, material_ids: Collection[UUID]) -> set[UUID]:
    """Batches of materials of which qualified goods at the site are free."""
    b = t.balance.c
    rows = await tx.rows(
        sa.select(b.batch_id)
        .distinct()
        .join(t.batch, t.batch.c.id == b.batch_id)
        .where(*_free(site_id), t.batch.c.material_id.in_(material_ids))
    )
    return {row["batch_id"] for row in rows}


def _free(site_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    b = t.balance.c
    return (b.site_id == site_id, b.status == Status.QUALIFIED.value, b.quantity > b.reserved)


async def candidates(tx: Reader, site_id: UUID, material_ids: Collection[UUID]) -> list[Candidate]:
    """Positions at a site that an allocation may choose from: qualified, something free, no open hold.

    Expiry is the caller's to ask: it depends on the day at the site and on the customer. Goods that stand in
    the shipping zone are on their way out already.
    """
    b, batch = t.balance.c, t.batch.c
    rows = await tx.rows(
        sa.select(
            b.batch_id,
            batch.number.label("batch_number"),
            batch.material_id,
            batch.produced_on,
            batch.expires_on,
            t.party.c.name.label("manufacturer"),
            b.location_id,
            b.owner_id,
            t.location.c.code.label("location"),
            (b.quantity - b.reserved).label("free"),
        )
        .join(t.batch, batch.id == b.batch_id)
        .join(t.party, t.party.c.id == batch.manufacturer_id)
        .join(t.location, t.location.c.id == b.location_id)
        .join(t.zone, t.zone.c.id == t.location.c.zone_id)
        .where(
            *_free(site_id),
            batch.material_id.in_(material_ids),
            t.zone.c.kind != "shipping",
            ~_held(b.batch_id, site_id),
        )
        .order_by(b.batch_id, b.location_id, b.owner_id)
    )
    return [_candidate(row, site_id) for row in rows]


async def held(tx: Reader, site_id: UUID, batch_ids: Collection[UUID]) -> set[UUID]:
    """Those of the batches that are on hold at the site."""
    rows = await tx.rows(
        sa.select(t.batch.c.id).where(t.batch.c.id.in_(batch_ids), _held(t.batch.c.id, site_id))
    )
    return {row["id"] for row in rows}


def _held(batch_id: sa.ColumnElement[UUID], site_id: UUID) -> sa.ColumnElement[bool]:
    h = t.hold.c
    here = sa.or_(h.scope_site_id.is_(None), h.scope_site_id == site_id)
    return sa.exists().where(h.batch_id == batch_id, h.closed_at.is_(None), here)


def _candidate(row: Any, site_id: UUID) -> Candidate:
    place = Position(site_id, row["location_id"], Status.QUALIFIED, row["owner_id"])
    named = {key: value for key, value in row.items() if key not in {"location_id", "owner_id"}}
    return Candidate(position=place, **named)


async def released(tx: Reader, ids: Collection[UUID]) -> list[Released]:
    """Reservations with the documents that they were for."""
    if not ids:
        return []
    c, line, doc = t.reservation.c, t.document_line.c, t.document.c
    rows = await tx.rows(
        sa.select(
            c.id.label("reservation_id"),
            doc.id.label("document_id"),
            doc.number,
            line.line_no,
            doc.run_id,
            c.batch_id,
            c.site_id,
            c.quantity,
        )
        .join(t.document_line, line.id == c.document_line_id)
        .join(t.document, doc.id == line.document_id)
        .where(c.id.in_(ids))
        .order_by(doc.number, line.line_no, c.id)
    )
    return [Released(**row) for row in rows]


async def released_at(tx: Reader, run_id: UUID, path: str) -> list[Reserved]:
    """What a run released at a path, as it was reserved."""
    c = t.reservation.c
    rows = await tx.rows(
        sa.select(c.document_line_id, c.batch_id, c.site_id, c.location_id, c.owner_id, c.quantity)
        .where(
            c.ended_by_run == run_id,
            c.ended_path == path,
            c.state == "released",
            c.made_path.is_distinct_from(path),
        )
        .order_by(c.id)
    )
    return [
        Reserved(
            row["document_line_id"],
            row["batch_id"],
            Position(row["site_id"], row["location_id"], Status.QUALIFIED, row["owner_id"]),
            row["quantity"],
        )
        for row in rows
    ]


async def reserved_batches(tx: Reader, line_ids: Collection[UUID]) -> set[UUID]:
    """The batches of which something is reserved for lines of a document."""
    c = t.reservation.c
    rows = await tx.rows(
        sa.select(c.batch_id).distinct().where(c.document_line_id.in_(line_ids), c.state == "open")
    )
    return {row["batch_id"] for row in rows}


async def open_of_lines(tx: Reader, line_ids: Collection[UUID]) -> dict[UUID, int]:
    """What is still reserved for lines of a document."""
    c = t.reservation.c
    rows = await tx.rows(
        sa.select(c.document_line_id, sa.cast(sa.func.sum(c.quantity), sa.BigInteger).label("quantity"))
        .where(c.document_line_id.in_(line_ids), c.state == "open")
        .group_by(c.document_line_id)
    )
    return {row["document_line_id"]: row["quantity"] for row in rows}


async def reserved_differences(tx: Reader) -> list[dict[str, Any]]:
    """Positions whose `reserved` is not the sum of what is open: none, unless somebody reached past it."""
    c, b = t.reservation.c, t.balance.c
    names = ("site_id", "location_id", "batch_id", "status", "owner_id")
    summed = (
        sa.select(*(c[name] for name in names), sa.func.sum(c.quantity).label("quantity"))
        .where(c.state == "open")
        .group_by(*(c[name] for name in names))
        .subquery("summed")
    )
    joined = sa.outerjoin(t.balance, summed, sa.and_(*(b[name] == summed.c[name] for name in names)))
    open_now = sa.func.coalesce(summed.c.quantity, 0)
    rows = await tx.rows(
        sa.select(*(b[name] for name in names), b.reserved, open_now.label("open"))
        .select_from(joined)
        .where(b.reserved != open_now)
    )
    return [dict(row) for row in rows]

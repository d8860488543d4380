"""Db queries: goods on the way between sites of ours - what was sent on a transfer and has not arrived.

In transit there is no position: a transfer's own moves are summed, so that no row is hot for everybody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


@dataclass(frozen=True)
class InTransit:
    """So many base units of a batch on the way on a transfer, since it was sent."""

    document_id: UUID
    number: str
    run_id: UUID | None
    from_site: str
    from_site_zh: str
    from_site_en: str
    to_site: str
    to_site_zh: str
    to_site_en: str
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
    sent_at: datetime


async def in_transit(
    tx: Reader,
    *,
    material_id: UUID | None = None,
    batch_ids: Collection[UUID] | None = None,
    site_id: UUID | None = None,
    at: datetime | None = None,
    sites: Collection[UUID] | None = None,
    limit: int = 500,
) -> list[InTransit]:
    """What is on the way from or to a site, now or at an instant; `sites` is the reader's row scope."""
    d, p, m, b, mat = t.document.c, t.posting.c, t.move.c, t.batch.c, t.material.c
    start, target = t.site.alias("start"), t.site.alias("target")
    sent = sa.case((m.to_kind == "transit", m.quantity), else_=-m.quantity)
    there = sa.cast(sa.func.sum(sent), sa.BigInteger)
    query = (
        sa.select(
            d.id.label("document_id"),
            d.number,
            d.run_id,
            *(start.c[name].label(f"from_site{end}") for name, end in _NAMES),
            *(target.c[name].label(f"to_site{end}") for name, end in _NAMES),
            d.header["carrier"].astext.label("carrier"),
            d.header["vehicle"].astext.label("vehicle"),
            b.id.label("batch_id"),
            b.number.label("batch_number"),
            b.expires_on,
            mat.code.label("material_code"),
            mat.name_zh.label("material_zh"),
            mat.name_en.label("material_en"),
            mat.specification,
            mat.base_unit,
            there.label("quantity"),
            sa.func.min(p.occurred_at).label("sent_at"),
        )
        .select_from(t.document)
        .join(t.posting, p.document_id == d.id)
        .join(t.move, m.posting_id == p.id)
        .join(t.batch, b.id == m.batch_id)
        .join(t.material, mat.id == b.material_id)
        .join(start, start.c.id == d.site_id)
        .join(target, target.c.id == sa.cast(d.header["to_site_id"].astext, sa.Uuid))
        .where(d.kind == "transfer", sa.or_(m.to_kind == "transit", m.from_kind == "transit"))
        .group_by(d.id, b.id, mat.id, start.c.id, target.c.id)
        .having(there != 0)
        .order_by(sa.func.min(p.occurred_at), d.number, b.number, b.id)
        .limit(limit)
    )
    query = query.where(d.state == "in_process") if at is None else query.where(p.occurred_at <= at)
    if material_id is not None:
        query = query.where(b.material_id == material_id)
    if batch_ids is not None:
        query = query.where(b.id.in_(batch_ids))
    if site_id is not None:
        query = query.where(sa.or_(start.c.id == site_id, target.c.id == site_id))
    if sites is not None:
        query = query.where(sa.or_(start.c.id.in_(sites), target.c.id.in_(sites)))
    return [InTransit(**row) for row in await tx.rows(query)]


_NAMES = (("code", ""), ("name_zh", "_zh"), ("name_en", "_en"))

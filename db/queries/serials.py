"""Db queries: the pieces with serials that stand somewhere, by serial."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import Page
from db.queries.blind_counts import on_sheet
from db.session import Reader


@dataclass(frozen=True)
class SerialRow:
    """One piece and where it stands."""

    serial_id: UUID
    serial: str
    batch_id: UUID
    batch_number: str
    material_code: str
    site_code: str
    location_code: str
    status: str


async def standing(
    tx: Reader,
    *,
    material_id: UUID | None = None,
    batch_ids: Collection[UUID] | None = None,
    site_id: UUID | None = None,
    status: str | None = None,
    sites: Collection[UUID] | None = None,
    hidden: Collection[UUID] = (),
    after: UUID | None = None,
    limit: int = 50,
) -> Page[SerialRow]:
    """The pieces in stock, by the id of the serial; `sites` is the reader's row scope.

    `hidden`: sheets of counts that the reader may not know the positions of.
    """
    p, s = t.serial_place.c, t.serial.c
    wanted = {p.site_id: site_id, p.status: status, s.material_id: material_id}
    query = (
        sa.select(
            s.id.label("serial_id"),
            s.number.label("serial"),
            p.batch_id,
            t.batch.c.number.label("batch_number"),
            t.material.c.code.label("material_code"),
            t.site.c.code.label("site_code"),
            t.location.c.code.label("location_code"),
            p.status,
        )
        .select_from(t.serial_place)
        .join(t.serial, s.id == p.serial_id)
        .join(t.batch, t.batch.c.id == p.batch_id)
        .join(t.material, t.material.c.id == s.material_id)
        .join(t.site, t.site.c.id == p.site_id)
        .join(t.location, t.location.c.id == p.location_id)
        .where(p.kind == "internal", *(name == value for name, value in wanted.items() if value is not None))
    )
    if batch_ids is not None:
        query = query.where(p.batch_id.in_(batch_ids))
    if sites is not None:
        query = query.where(p.site_id.in_(sites))
    if hidden:
        query = query.where(~on_sheet(hidden, p))
    if after is not None:
        query = query.where(s.id > after)
    rows = await tx.rows(query.order_by(s.id).limit(limit + 1))
    found = [SerialRow(**row) for row in rows[:limit]]
    return Page(found, str(found[-1].serial_id) if len(rows) > limit else None)

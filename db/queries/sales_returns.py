"""Db queries: what of a shipment came back already, and which of its batches are recalled."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


async def returned_so_far(tx: Reader, shipment_id: UUID) -> dict[int, tuple[int, frozenset[str]]]:
    """Shipment line number -> quantity and serials that came back by returns that were not cancelled."""
    d, line = t.document.c, t.document_line.c
    rows = await tx.rows(
        sa.select(line.order_line_no, line.quantity, line.data["serials"].label("serials"))
        .join(t.document, d.id == line.document_id)
        .where(d.kind == "sales_return", d.source_document_id == shipment_id, d.state != "cancelled")
    )
    found: dict[int, tuple[int, frozenset[str]]] = {}
    for row in rows:
        quantity, serials = found.get(row["order_line_no"], (0, frozenset()))
        found[row["order_line_no"]] = (quantity + row["quantity"], serials | {*(row["serials"] or ())})
    return found


async def recalled(tx: Reader, batch_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the batches that a recall holds."""
    h = t.hold.c
    rows = await tx.rows(
        sa.select(h.batch_id)
        .distinct()
        .where(h.batch_id.in_(batch_ids), h.kind == "recall", h.closed_at.is_(None))
    )
    return frozenset(row["batch_id"] for row in rows)


async def still_there(tx: Reader, party_id: UUID, batch_id: UUID) -> int:
    """How much of a batch a customer got and has not given back, by whatever way; base units."""
    m = t.move.c
    sign = sa.case((m.to_kind == "customer", m.quantity), else_=-m.quantity)
    found = await tx.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(sign), 0)).where(
            m.batch_id == batch_id,
            m.party_id == party_id,
            sa.or_(m.from_kind == "customer", m.to_kind == "customer"),
        )
    )
    return int(found)

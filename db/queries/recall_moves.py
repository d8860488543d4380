"""Db queries: where recalls have carried goods, by the moves of the ledger and what documents say of them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.batches import Status
from domain.stock import Position


@dataclass(frozen=True)
class CarriedAway:
    """Goods that a recall took from a position, and where they went; all of their serials, or none."""

    batch_id: UUID
    quantity: int
    target: Position
    serial_ids: tuple[UUID, ...]


async def carried_away(
    tx: Reader, batch_ids: Collection[UUID], *, since: UUID
) -> dict[tuple[str, str, str], list[CarriedAway]]:
    """(location, batch, status) -> what was taken from there into the state recalled, oldest first.

    Since a document was written: what its lines name stood there then.
    """
    m, p, d, s = t.move.c, t.posting.c, t.document.c, t.move_serial.c
    serials = sa.select(sa.func.array_agg(s.serial_id)).where(s.move_id == m.id).scalar_subquery()
    written = sa.select(d.created_at).where(d.id == since).scalar_subquery()
    rows = await tx.rows(
        sa.select(
            m.batch_id,
            m.quantity,
            m.from_location_id,
            m.from_status,
            m.to_site_id,
            m.to_location_id,
            m.to_owner_id,
            serials.label("serials"),
        )
        .join(t.posting, p.id == m.posting_id)
        .where(
            m.batch_id.in_(batch_ids),
            m.to_status == Status.RECALLED.value,
            m.from_status != Status.RECALLED.value,
            p.kind == "status_change",
            p.recorded_at >= written,
        )
        .order_by(m.id)
    )
    found: dict[tuple[str, str, str], list[CarriedAway]] = {}
    for row in rows:
        key = (str(row["from_location_id"]), str(row["batch_id"]), row["from_status"])
        target = Position(row["to_site_id"], row["to_location_id"], Status.RECALLED, row["to_owner_id"])
        one = CarriedAway(row["batch_id"], row["quantity"], target, tuple(row["serials"] or ()))
        found.setdefault(key, []).append(one)
    return found


async def any_recalled(tx: Reader, document_id: UUID) -> bool:
    """Whether some line of a document says that it was left to a recall."""
    c = t.document_line.c
    said = sa.exists().where(c.document_id == document_id, c.data.has_key("recalled"))
    return bool(await tx.scalar(sa.select(said)))

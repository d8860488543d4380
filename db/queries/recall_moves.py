"""Db queries: where recalls have carried goods, by the moves of the ledger and what documents say of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.batches import Status
from domain.stock import Position


@dataclass(frozen=True)
class CarriedAway:
    """Goods that a recall took from a position, where they went and when; all of their serials, or none."""

    batch_id: UUID
    quantity: int
    target: Position
    serial_ids: tuple[UUID, ...]
    at: datetime


async def carried_away(
    tx: Reader,
    batch_ids: Collection[UUID],
    *,
    since: UUID,
    to: Collection[Status] = (Status.RECALLED,),
) -> dict[tuple[str, str, str], list[CarriedAway]]:
    """(location, batch, status) -> what was taken from there into the state recalled (or `to`), oldest first.

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
            m.to_status,
            m.recorded_at,
            m.to_site_id,
            m.to_location_id,
            m.to_owner_id,
            serials.label("serials"),
        )
        .join(t.posting, p.id == m.posting_id)
        .where(
            m.batch_id.in_(batch_ids),
            m.to_status.in_([status.value for status in to]),
            m.from_status != m.to_status,
            p.kind == "status_change",
            p.recorded_at >= written,
        )
        .order_by(m.id)
    )
    found: dict[tuple[str, str, str], list[CarriedAway]] = {}
    for row in rows:
        key = (str(row["from_location_id"]), str(row["batch_id"]), row["from_status"])
        status = Status(row["to_status"])
        target = Position(row["to_site_id"], row["to_location_id"], status, row["to_owner_id"])
        serial_ids = tuple(row["serials"] or ())
        one = CarriedAway(row["batch_id"], row["quantity"], target, serial_ids, row["recorded_at"])
        found.setdefault(key, []).append(one)
    return found


async def any_set_apart(tx: Reader, document_id: UUID) -> dict[str, bool]:
    """Whether some line of a document says that it was left to a recall, or rejected by quality since."""
    c = t.document_line.c
    names = {"any_recalled": Status.RECALLED, "any_rejected_since": Status.REJECTED}
    said = {
        name: sa.exists().where(c.document_id == document_id, c.data.has_key(status.value))
        for name, status in names.items()
    }
    return dict(await tx.one(sa.select(*(exists.label(name) for name, exists in said.items()))))

"""Db queries: a batch's way in and out of the company - one range of one index, however long the ledger is.

What happens inside a site (put-away, change of status) is no part of it: a trace tells who had how much.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

Direction = Literal["back", "forward", "both"]


@dataclass(frozen=True)
class TraceRow:
    """Goods of the batch that crossed the company's edge, or between sites: summed by partner and document.

    `quantity` counts base units; `from_kind` and `to_kind` are places outside or `internal`; `site` is ours.
    """

    kind: str
    quantity: int
    first_at: datetime
    last_at: datetime
    from_kind: str
    to_kind: str
    site: str
    party_id: UUID | None
    document_id: UUID | None


async def of_batch(tx: Reader, batch_id: UUID, direction: Direction = "both") -> list[TraceRow]:
    """The rows of a batch, oldest first. `back` is where it came from, `forward` where it went."""
    return [TraceRow(**row) for row in await tx.rows(statement(batch_id, direction))]


def statement(batch_id: UUID, direction: Direction = "both") -> sa.Select[Any]:
    """The query itself, for who wants to know what it costs."""
    m, p = t.move.c, t.posting.c
    inward = m.to_kind == "internal"
    crossing = sa.and_(m.batch_id == batch_id, sa.or_(m.from_kind != "internal", m.to_kind != "internal"))
    if direction != "both":
        crossing = sa.and_(crossing, inward if direction == "back" else sa.not_(inward))
    site_id = sa.func.coalesce(m.to_site_id, m.from_site_id)
    moved = (
        sa.select(
            p.kind,
            p.document_id,
            m.party_id,
            m.from_kind,
            m.to_kind,
            site_id.label("site_id"),
            sa.cast(sa.func.sum(m.quantity), sa.BigInteger).label("quantity"),
            sa.func.min(p.occurred_at).label("first_at"),
            sa.func.max(p.occurred_at).label("last_at"),
        )
        .join_from(t.move, t.posting, p.id == m.posting_id)
        .where(crossing)
        .group_by(p.kind, p.document_id, m.party_id, m.from_kind, m.to_kind, site_id)
        .subquery("moved")
    )
    return (
        sa.select(
            moved.c.kind,
            moved.c.quantity,
            moved.c.first_at,
            moved.c.last_at,
            moved.c.from_kind,
            moved.c.to_kind,
            t.site.c.code.label("site"),
            moved.c.party_id,
            moved.c.document_id,
        )
        .join_from(moved, t.site, t.site.c.id == moved.c.site_id)
        .order_by(moved.c.first_at, moved.c.party_id)
    )

"""Db queries: where every unit of batches is - what crossed the company's edge, and what stands inside.

What stands inside now is read from the balances, not from the moves: so the two sides check each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.trace import crossing
from db.session import Reader
from domain.whereabouts import Flow, Standing


@dataclass(frozen=True)
class Asked:
    """What is looked at: batches, the pieces of them alone, until when, at which sites (None: all)."""

    batch_ids: Collection[UUID]
    serial_ids: Collection[UUID] | None = None
    at: datetime | None = None
    sites: Collection[UUID] | None = None


async def flows(tx: Reader, asked: Asked) -> list[Flow]:
    """What went in and out, summed by posting, place and partner; by transfer what went between sites."""
    m, p = crossing(asked.batch_ids, "both", asked.serial_ids).cte("crossing").c, t.posting.c
    ids = sa.func.array(sa.select(m.posting_id).scalar_subquery(), type_=sa.ARRAY(sa.Uuid))
    posted = sa.select(p.id, p.kind, p.document_id).where(p.id == sa.any_(ids))
    if asked.at is not None:
        posted = posted.where(p.occurred_at <= asked.at)
    c = posted.subquery("posted").c
    moving = sa.or_(m.from_kind == "transit", m.to_kind == "transit")
    transfer = sa.case((moving, c.document_id)).label("transfer_id")
    key = (m.batch_id, c.kind, m.from_kind, m.to_kind, m.party_id, transfer)
    quantity = sa.cast(sa.func.sum(m.quantity), sa.BigInteger).label("quantity")
    query = sa.select(*key, quantity).where(c.id == m.posting_id).group_by(*key)
    if asked.sites is not None:
        query = query.where(m.site_id.in_(list(asked.sites)))
    rows = await tx.rows(query.order_by(m.batch_id, m.party_id, transfer, c.kind, m.from_kind, m.to_kind))
    return [
        Flow(
            row["batch_id"],
            row["kind"],
            row["from_kind"],
            row["to_kind"],
            row["party_id"],
            row["transfer_id"],
            row["quantity"],
        )
        for row in rows
    ]


async def standing(tx: Reader, asked: Asked) -> list[Standing]:
    """What stands inside, by site, location and status."""
    held = _held(asked).subquery("held")
    site, location = t.site.c, t.location.c
    names = (site.code, location.code)
    quantity = sa.cast(sa.func.sum(held.c.quantity), sa.BigInteger)
    query = (
        sa.select(
            held.c.batch_id,
            site.code.label("site"),
            site.name_zh.label("site_zh"),
            site.name_en.label("site_en"),
            location.code.label("location"),
            held.c.status,
            quantity.label("quantity"),
        )
        .join(t.site, site.id == held.c.site_id)
        .join(t.location, location.id == held.c.location_id)
        .group_by(held.c.batch_id, site.id, location.id, held.c.status)
        .having(quantity != 0)
        .order_by(held.c.batch_id, *names, held.c.status)
    )
    if asked.sites is not None:
        query = query.where(held.c.site_id.in_(list(asked.sites)))
    return [Standing(**row) for row in await tx.rows(query)]


def _held(asked: Asked) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    if asked.at is not None:
        return sa.union_all(_side("to", 1, asked, asked.at), _side("from", -1, asked, asked.at))
    if asked.serial_ids is not None:
        s = t.serial_place.c
        one = sa.literal(1, sa.BigInteger).label("quantity")
        return sa.select(s.batch_id, s.site_id, s.location_id, s.status, one).where(
            s.serial_id.in_(list(asked.serial_ids)), s.kind == "internal"
        )
    b = t.balance.c
    return sa.select(b.batch_id, b.site_id, b.location_id, b.status, b.quantity).where(
        b.batch_id.in_(list(asked.batch_ids)), b.quantity > 0
    )


def _side(side: str, sign: int, asked: Asked, at: datetime) -> sa.Select[Any]:
    """One side of the moves until then: what came to a place, or what left it."""
    m, s, p = t.move.c, t.move_serial.c, t.posting.c
    quantity = m.quantity if asked.serial_ids is None else sa.literal(1, sa.BigInteger)
    query = (
        sa.select(
            m.batch_id,
            m[f"{side}_site_id"].label("site_id"),
            m[f"{side}_location_id"].label("location_id"),
            m[f"{side}_status"].label("status"),
            (quantity * sign).label("quantity"),
        )
        .join_from(t.move, t.posting, p.id == m.posting_id)
        .where(m.batch_id.in_(list(asked.batch_ids)), m[f"{side}_kind"] == "internal", p.occurred_at <= at)
    )
    if asked.serial_ids is None:
        return query
    return query.join(t.move_serial, s.move_id == m.id).where(s.serial_id.in_(list(asked.serial_ids)))

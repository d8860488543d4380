"""Db queries: positions of stock - now from the balances, or at an instant from the ledger.

Nothing here is an available quantity by itself: holds and expiry are shown with every row.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.queries.blind_counts import on_sheet
from db.session import Reader


@dataclass(frozen=True)
class StockRow:
    """One position and what a person must know of it.

    `expired` and `remaining_days` are of the site's today (of the asked day, when looking back);
    `issuable`: qualified, without an open hold, not expired; a customer must be licensed besides.
    `reserved` of the quantity is promised to orders, and `free` is what is not.
    """

    batch_id: UUID
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    material_id: UUID
    material_code: str
    material_zh: str
    material_en: str
    specification: str
    base_unit: str
    manufacturer: str
    site_id: UUID
    site_code: str
    site_zh: str
    site_en: str
    location_id: UUID
    location_code: str
    zone_code: str
    zone_kind: str
    status: str
    owner_id: UUID
    owner_code: str
    quantity: int
    reserved: int
    on_hold: bool
    expired: bool
    remaining_days: int | None

    @property
    def free(self) -> int:
        return self.quantity - self.reserved

    @property
    def issuable(self) -> bool:
        return self.status == "qualified" and not self.on_hold and not self.expired


KEY = (
    t.material.c.code,
    t.batch.c.number,
    t.batch.c.id,
    t.site.c.code,
    t.location.c.code,
)
_POSITION = ("site_id", "location_id", "batch_id", "status", "owner_id")


async def stock_rows(
    tx: Reader,
    *,
    material_id: UUID | None = None,
    batch_id: UUID | None = None,
    batch_ids: Collection[UUID] | None = None,
    site_id: UUID | None = None,
    location_id: UUID | None = None,
    status: str | None = None,
    at: datetime | None = None,
    sites: Collection[UUID] | None = None,
    hidden: Collection[UUID] = (),
    after: str | None = None,
    limit: int = 50,
) -> Page[StockRow]:
    """Positions that hold something, by material, batch and place; `sites` is the reader's row scope.

    `hidden`: sheets of counts that the reader may not know the positions of.
    """
    held = _ledger_at(at) if at is not None else sa.select(t.balance).subquery("held")
    query = _select(held, at)
    wanted = {"batch_id": batch_id, "site_id": site_id, "location_id": location_id, "status": status}
    query = query.where(*(held.c[name] == value for name, value in wanted.items() if value is not None))
    if batch_ids is not None:
        query = query.where(held.c.batch_id.in_(batch_ids))
    if material_id is not None:
        query = query.where(t.batch.c.material_id == material_id)
    if sites is not None:
        query = query.where(held.c.site_id.in_(sites))
    if hidden:
        query = query.where(~on_sheet(hidden, held.c))
    key = (*KEY, held.c.status, t.legal_entity.c.code)
    if after is not None:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*_position(after)))
    found = await tx.rows(query.order_by(*key).limit(limit + 1))
    rows = [StockRow(**row) for row in found[:limit]]
    return Page(rows, _cursor(rows[-1]) if len(found) > limit else None)


async def balance_differences(tx: Reader) -> list[dict[str, Any]]:
    """Positions whose balance is not the sum of the ledger's moves: none, unless somebody reached past it."""
    summed = _ledger_at(None)
    b = t.balance.c
    here = sa.and_(*(b[name] == summed.c[name] for name in _POSITION))
    joined = sa.outerjoin(t.balance, summed, here, full=True)
    both = [sa.func.coalesce(b[name], summed.c[name]).label(name) for name in _POSITION]
    balance, ledger = sa.func.coalesce(b.quantity, 0), sa.func.coalesce(summed.c.quantity, 0)
    rows = await tx.rows(
        sa.select(*both, balance.label("balance"), ledger.label("ledger"))
        .select_from(joined)
        .where(balance != ledger)
    )
    return [dict(row) for row in rows]


def _ledger_at(at: datetime | None) -> sa.Subquery:
    """The positions as the ledger has them: all of it, or what had happened by an instant."""
    sides = sa.union_all(_side("to", 1, at), _side("from", -1, at)).subquery("sides")
    total = sa.cast(sa.func.sum(sides.c.quantity), sa.BigInteger).label("quantity")
    names = [sides.c[name] for name in _POSITION]
    return sa.select(*names, total).group_by(*names).having(total != 0).subquery("held")


def _side(side: str, sign: int, at: datetime | None) -> sa.Select[Any]:
    m = t.move.c
    names = ("site_id", "location_id", "status", "owner_id")
    query = sa.select(
        m.batch_id,
        *(m[f"{side}_{name}"].label(name) for name in names),
        (m.quantity * sign).label("quantity"),
    ).where(m[f"{side}_kind"] == "internal")
    if at is None:
        return query
    return query.join(t.posting, t.posting.c.id == m.posting_id).where(t.posting.c.occurred_at <= at)


def _select(held: sa.Subquery, at: datetime | None) -> sa.Select[Any]:
    then = sa.func.clock_now() if at is None else sa.literal(at, sa.DateTime(timezone=True))
    b, m, s = t.batch.c, t.material.c, t.site.c
    today = sa.cast(sa.func.timezone(s.time_zone, then), sa.Date)
    return (
        sa.select(
            b.id.label("batch_id"),
            b.number.label("batch_number"),
            b.produced_on,
            b.expires_on,
            m.id.label("material_id"),
            m.code.label("material_code"),
            m.name_zh.label("material_zh"),
            m.name_en.label("material_en"),
            m.specification,
            m.base_unit,
            t.party.c.name.label("manufacturer"),
            s.id.label("site_id"),
            s.code.label("site_code"),
            s.name_zh.label("site_zh"),
            s.name_en.label("site_en"),
            t.location.c.id.label("location_id"),
            t.location.c.code.label("location_code"),
            t.zone.c.code.label("zone_code"),
            t.zone.c.kind.label("zone_kind"),
            held.c.status,
            t.legal_entity.c.id.label("owner_id"),
            t.legal_entity.c.code.label("owner_code"),
            held.c.quantity,
            (held.c.reserved if at is None else _reserved_at(held, then)).label("reserved"),
            _on_hold(held, then).label("on_hold"),
            sa.func.coalesce(today > b.expires_on, sa.false()).label("expired"),
            (b.expires_on - today).label("remaining_days"),
        )
        .select_from(held)
        .join(t.batch, b.id == held.c.batch_id)
        .join(t.material, m.id == b.material_id)
        .join(t.party, t.party.c.id == b.manufacturer_id)
        .join(t.site, s.id == held.c.site_id)
        .join(t.location, t.location.c.id == held.c.location_id)
        .join(t.zone, t.zone.c.id == t.location.c.zone_id)
        .join(t.legal_entity, t.legal_entity.c.id == held.c.owner_id)
        .where(held.c.quantity != 0)
    )


def _reserved_at(held: sa.Subquery, then: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """What was promised of the position at an instant."""
    c = t.reservation.c
    total = sa.cast(sa.func.coalesce(sa.func.sum(c.quantity), 0), sa.BigInteger)
    return (
        sa.select(total)
        .where(
            *(c[name] == held.c[name] for name in _POSITION),
            c.made_at <= then,
            sa.or_(c.ended_at.is_(None), c.ended_at > then),
        )
        .scalar_subquery()
    )


def _on_hold(held: sa.Subquery, then: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    h = t.hold.c
    return sa.exists().where(
        h.batch_id == held.c.batch_id,
        sa.or_(h.scope_site_id.is_(None), h.scope_site_id == held.c.site_id),
        h.opened_at <= then,
        sa.or_(h.closed_at.is_(None), h.closed_at > then),
    )


def _cursor(row: StockRow) -> str:
    return cursor_of(
        row.material_code,
        row.batch_number,
        row.batch_id,
        row.site_code,
        row.location_code,
        row.status,
        row.owner_code,
    )


def _position(after: str) -> list[Any]:
    material, number, batch, *place = position_of(after, str, str, UUID, str, str, str, str)
    return [material, number, sa.literal(batch, sa.Uuid), *place]

"""Db queries: what the books held of a position at a moment, and what counts have corrected since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


@dataclass(frozen=True)
class Asked:
    """A question to the books: what did this position hold at that moment? `number` names the answer."""

    number: int
    location_id: UUID
    batch_id: UUID
    status: str
    owner_id: UUID
    at: datetime


async def books_at(tx: Reader, site_id: UUID, asked: Sequence[Asked]) -> dict[int, int]:
    """What the books held of each position at its moment: the balance without what moved after it.

    One statement, so that balances and moves are of one state of the ledger. Corrections of counts hold for
    every moment: they move no goods.
    """
    if not asked:
        return {}
    q = _asked(asked)
    b = t.balance.c
    here = (
        b.site_id == site_id,
        *(b[name] == q[name] for name in ("location_id", "batch_id", "status", "owner_id")),
    )
    balance = sa.select(b.quantity).where(*here).scalar_subquery()
    rows = await tx.rows(
        sa.select(q.number, (sa.func.coalesce(balance, 0) - _since(q, site_id)).label("held"))
    )
    return {row["number"]: int(row["held"]) for row in rows}


async def corrected_since(tx: Reader, site_id: UUID, asked: Sequence[Asked]) -> dict[int, int]:
    """By how much (signed) counts have corrected the books of each position since its moment."""
    if not asked:
        return {}
    q = _asked(asked)
    rows = await tx.rows(sa.select(q.number, _since(q, site_id, corrections=True).label("corrected")))
    return {row["number"]: int(row["corrected"]) for row in rows}


def _asked(asked: Sequence[Asked]) -> Any:
    """The questions as the columns of a table."""
    names = ("number", "location_id", "batch_id", "status", "owner_id", "at")
    types: tuple[Any, ...] = (sa.Integer, sa.Uuid, sa.Uuid, sa.Text, sa.Uuid, sa.DateTime(timezone=True))
    arrays: list[sa.BindParameter[Any]] = [
        sa.bindparam(None, [getattr(one, name) for one in asked], sa.ARRAY(type_), unique=True)
        for name, type_ in zip(names, types, strict=True)
    ]
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name, type_) for name, type_ in zip(names, types, strict=True)
    ]
    return sa.func.unnest(*arrays).table_valued(*columns).render_derived(name="asked").c


def _since(q: Any, site_id: UUID, *, corrections: bool = False) -> sa.ColumnElement[int]:
    """What came to the position less what went from it after its moment: goods, or corrections of counts."""
    came, went = (_moved(q, site_id, side, corrections=corrections) for side in ("to", "from"))
    return sa.func.coalesce(came, 0) - sa.func.coalesce(went, 0)


def _moved(q: Any, site_id: UUID, side: str, *, corrections: bool) -> sa.ScalarSelect[Any]:
    m, p, undone = t.move.c, t.posting.c, t.posting.alias("undone")
    corrects = sa.or_(
        p.kind == "count_adjustment",
        sa.exists().where(undone.c.id == p.reverses_id, undone.c.kind == "count_adjustment"),
    )
    return (
        sa.select(sa.func.sum(m.quantity))
        .join(t.posting, p.id == m.posting_id)
        .where(
            m.batch_id == q.batch_id,
            m.recorded_at > q.at,
            m[f"{side}_site_id"] == site_id,
            *(m[f"{side}_{name}"] == q[name] for name in ("location_id", "status", "owner_id")),
            corrects if corrections else ~corrects,
        )
        .scalar_subquery()
    )

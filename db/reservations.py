"""Db: the write side of reservations. Guards in the database decide what may be promised.

Locks are always taken in one order - batches, reservations, positions, each by their keys - so that
allocations, picks, issues and seals wait for each other and never in a circle. The caller audits.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries.arrays import given
from db.session import Transaction
from domain.batches import Status
from domain.reservations import Reserved
from domain.stock import Position

_POSITION = ("site_id", "location_id", "batch_id", "status", "owner_id")
_BATCHES = sa.select(t.batch.c.id).where(t.batch.c.id.in_(sa.bindparam("ids", expanding=True)))
_BATCHES = _BATCHES.order_by(t.batch.c.id)
_SHARED, _ALONE = _BATCHES.with_for_update(read=True), _BATCHES.with_for_update(key_share=True)


@dataclass(frozen=True)
class Taker:
    """Who makes or ends reservations: a person, and the run with the path of its effect when there is one."""

    actor_id: UUID
    run_id: UUID | None = None
    path: str | None = None


@dataclass(frozen=True)
class OpenReservation:
    """An open reservation, its row locked until the transaction ends; the run that made it, if one did."""

    id: UUID
    goods: Reserved
    run_id: UUID | None = None


async def lock_batches(tx: Transaction, batch_ids: Collection[UUID], *, alone: bool = False) -> None:
    """Take the batches in key order so that no seal comes between; a seal in flight is waited for.

    `alone` is for who decides on a batch: what works on it is waited for, or waits and knows the decision.
    """
    if batch_ids:
        await tx.execute(_ALONE if alone else _SHARED, {"ids": sorted(batch_ids)})


async def lock_positions(
    tx: Transaction, wanted: Collection[tuple[UUID, Position]]
) -> dict[tuple[UUID, Position], int]:
    """Lock positions in key order, making those that are missing; what is free (less reserved) at each."""
    if not wanted:
        return {}
    rows = [_at(batch_id, position) for batch_id, position in wanted]
    arrays = [
        sa.bindparam(None, [row[name] for row in rows], sa.ARRAY(t.balance.c[name].type), unique=True)
        for name in _POSITION
    ]
    locked = sa.func.lock_positions(*arrays).table_valued(*(t.balance.c[n] for n in (*_POSITION, *_FREE)))
    found = await tx.rows(sa.select(locked))
    return {(row["batch_id"], _position(row)): row["quantity"] - row["reserved"] for row in found}


_FREE = ("quantity", "reserved")


async def insert(
    tx: Transaction,
    goods: Sequence[Reserved],
    *,
    by: Taker,
    reason: str | None = None,
    continues: Sequence[UUID | None] = (),
) -> list[OpenReservation]:
    """Reserve goods; StockReserved when they are not free, BatchNotIssuable when they may not leave."""
    if not goods:
        return []
    made = {"made_by": by.actor_id, "made_by_run": by.run_id, "made_path": by.path, "reason": reason}
    rows = [
        {
            "id": new_id(),
            "document_line_id": one.line_id,
            **_at(one.batch_id, one.position),
            "quantity": one.quantity,
            "continues_id": before,
            **made,
        }
        for one, before in zip(goods, continues or [None] * len(goods), strict=True)
    ]
    names = list(rows[0])
    values = given(t.reservation, rows, names)
    await tx.execute(
        sa.insert(t.reservation).from_select(names, sa.select(*(values.c[name] for name in names)))
    )
    return [OpenReservation(row["id"], one, by.run_id) for row, one in zip(rows, goods, strict=True)]


async def lock_open(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> list[OpenReservation]:
    """The open reservations that fit, oldest first, locked."""
    c = t.reservation.c
    rows = await tx.rows(
        sa.select(c.id, c.document_line_id, c.quantity, c.made_by_run, *(c[name] for name in _POSITION))
        .where(c.state == "open", *conditions)
        .order_by(c.id)
        .with_for_update()
    )
    return [
        OpenReservation(
            row["id"],
            Reserved(row["document_line_id"], row["batch_id"], _position(row), row["quantity"]),
            row["made_by_run"],
        )
        for row in rows
    ]


async def end_used(tx: Transaction, used: Mapping[UUID, int], *, by: Taker) -> None:
    """End reservations as consumed, each with how much of it was used."""
    if not used:
        return
    c = t.reservation.c
    rows = [{"id": reservation_id, "used": quantity} for reservation_id, quantity in used.items()]
    values = given(t.reservation, rows, ("id", "used"))
    await tx.execute(
        sa.update(t.reservation)
        .where(c.id == values.c.id)
        .values(state="consumed", used=values.c.used, **_ended(by))
    )


async def end_released(tx: Transaction, ids: Iterable[UUID], *, by: Taker, reason: str) -> None:
    """End reservations as released, with the reason."""
    listed = list(ids)
    if listed:
        await tx.execute(
            sa.update(t.reservation)
            .where(t.reservation.c.id.in_(listed))
            .values(state="released", ended_reason=reason, **_ended(by))
        )


def _ended(by: Taker) -> dict[str, Any]:
    """The database's clock says when."""
    return {
        "ended_by": by.actor_id,
        "ended_by_run": by.run_id,
        "ended_path": by.path,
        "ended_at": sa.func.clock_now(),
    }


def _at(batch_id: UUID, position: Position) -> dict[str, Any]:
    return {
        "site_id": position.site_id,
        "location_id": position.location_id,
        "batch_id": batch_id,
        "status": position.status.value,
        "owner_id": position.owner_id,
    }


def _position(row: Mapping[str, Any]) -> Position:
    return Position(row["site_id"], row["location_id"], Status(row["status"]), row["owner_id"])

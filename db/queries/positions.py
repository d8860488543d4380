"""Db queries: positions that hold something, as procedures work on them - with goods, place, what is free."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.batches import Status
from domain.stock import Position


@dataclass(frozen=True)
class HeldPosition:
    """Goods of one batch at one place in one state; `reserved` of `quantity` is promised to documents."""

    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material: str
    material_name: str
    specification: str
    unit: str
    storage_class: str
    special_control: bool
    site_id: UUID
    site: str
    location_id: UUID
    location: str
    status: str
    owner_id: UUID
    quantity: int
    reserved: int

    @property
    def position(self) -> Position:
        """Where they are, as the ledger names it."""
        return Position(self.site_id, self.location_id, Status(self.status), self.owner_id)


async def held(
    tx: Reader,
    *,
    batch_ids: Collection[UUID] | None = None,
    site_id: UUID | None = None,
    statuses: Collection[str] | None = None,
) -> list[HeldPosition]:
    """Positions with a quantity, in the order in which the ledger locks them."""
    b, m, bal = t.batch.c, t.material.c, t.balance.c
    query = (
        sa.select(
            b.id.label("batch_id"),
            b.number.label("batch_number"),
            b.expires_on,
            m.code.label("material"),
            m.name_zh.label("material_name"),
            m.specification,
            m.base_unit.label("unit"),
            m.storage_class,
            m.special_control,
            bal.site_id,
            t.site.c.code.label("site"),
            bal.location_id,
            t.location.c.code.label("location"),
            bal.status,
            bal.owner_id,
            bal.quantity,
            bal.reserved,
        )
        .join_from(t.balance, t.batch, b.id == bal.batch_id)
        .join(t.material, m.id == b.material_id)
        .join(t.site, t.site.c.id == bal.site_id)
        .join(t.location, t.location.c.id == bal.location_id)
        .where(bal.quantity > 0)
        .order_by(bal.site_id, bal.location_id, bal.batch_id, bal.status, bal.owner_id)
    )
    if batch_ids is not None:
        query = query.where(bal.batch_id.in_(batch_ids))
    if site_id is not None:
        query = query.where(bal.site_id == site_id)
    if statuses is not None:
        query = query.where(bal.status.in_(statuses))
    return [HeldPosition(**row) for row in await tx.rows(query)]


async def serials_at(
    tx: Reader, positions: Iterable[HeldPosition]
) -> dict[tuple[UUID, Position], tuple[UUID, ...]]:
    """The serials at the positions, by batch and position, in id order; none where none is known."""
    wanted = {(held.batch_id, held.position) for held in positions}
    p = t.serial_place.c
    rows: list[Any] = await tx.rows(
        sa.select(p.serial_id, p.batch_id, p.site_id, p.location_id, p.status, p.owner_id)
        .where(p.kind == "internal", p.batch_id.in_({batch for batch, _ in wanted}))
        .order_by(p.serial_id)
    )
    found: dict[tuple[UUID, Position], tuple[UUID, ...]] = {}
    for row in rows:
        at = Position(row["site_id"], row["location_id"], Status(row["status"]), row["owner_id"])
        key = (row["batch_id"], at)
        if key in wanted:
            found[key] = (*found.get(key, ()), row["serial_id"])
    return found

"""Db queries: what waits in quarantine of transfers that are over - given up, or brought too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.batches import PlaceKind, Status
from domain.coming_back import Flow, still_there
from domain.stock import Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from db.session import Reader


@dataclass(frozen=True)
class Waiting:
    """So many units of a batch that wait at a position for a transfer, with their serials if any."""

    document_id: UUID
    number: str
    position: Position
    quantity: int
    serials: tuple[UUID, ...]


BROUGHT = (PlaceKind.TRANSIT, PlaceKind.COUNT)
"""Where goods of a transfer come from: the road, or a count that found more."""


async def waiting(tx: Reader, batch_id: UUID) -> list[Waiting]:
    """The positions and transfers of a batch, in the order in which the ledger locks them."""
    flows: dict[Position, list[Flow]] = {}
    numbers: dict[UUID, str] = {}
    came: dict[tuple[Position, UUID], list[UUID]] = {}
    given_up: set[tuple[Position, UUID]] = set()
    for row in await _moves(tx, batch_id):
        for side, sign in (("from", -1), ("to", 1)):
            if row[f"{side}_status"] == Status.QUARANTINE:
                at, transfer = _position(row, side), row["transfer_id"]
                if transfer and sign > 0 and row["from_kind"] in BROUGHT and row["given_up"]:
                    given_up.add((at, transfer))
                    numbers[transfer] = row["number"]
                    came.setdefault((at, transfer), []).append(row["id"])
                known = transfer if (at, transfer) in given_up else None
                flows.setdefault(at, []).append(Flow(sign * row["quantity"], known))
    found = []
    for at in sorted(flows, key=lambda at: (str(at.site_id), str(at.location_id), str(at.owner_id))):
        for transfer, quantity in still_there(flows[at]).items():
            tracked, here = await _serials(tx, came[at, transfer], at)
            there = min(quantity, len(here)) if tracked else quantity
            if there:
                found.append(Waiting(transfer, numbers[transfer], at, there, here[:there]))
    return found


async def _moves(tx: Reader, batch_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Every move of the batch into or out of quarantine, oldest first.

    A transfer is over when its goods are back at the site that sent them, or its run has ended; what still
    waits of it then - it was given up, or came beside what was sent - has no task of its own.
    """
    m, p, d, r = t.move.c, t.posting.c, t.document.c, t.run.c
    sides = [m[f"{side}_{name}"] for side in ("from", "to") for name in _POSITION]
    back = sa.or_(m.to_site_id == d.site_id, r.ended_at.is_not(None))
    return await tx.rows(
        sa.select(
            *(m.id, m.quantity, m.from_kind, m.to_kind, *sides),
            d.id.label("transfer_id"),
            d.number,
            sa.func.coalesce(back, sa.false()).label("given_up"),
        )
        .join(t.posting, p.id == m.posting_id)
        .outerjoin(t.document, sa.and_(d.id == p.document_id, d.kind == "transfer"))
        .outerjoin(t.run, r.id == p.run_id)
        .where(
            m.batch_id == batch_id,
            sa.or_(m.from_status == Status.QUARANTINE, m.to_status == Status.QUARANTINE),
        )
        .order_by(m.recorded_at, m.id)
    )


_POSITION = ("site_id", "location_id", "status", "owner_id")


def _position(row: Mapping[str, Any], side: str) -> Position:
    site, location, status, owner = (row[f"{side}_{name}"] for name in _POSITION)
    return Position(site, location, Status(status), owner)


async def _serials(tx: Reader, moves: Sequence[UUID], at: Position) -> tuple[bool, tuple[UUID, ...]]:
    """Whether the goods came with serials, and those of them that still stand at the position."""
    s, p = t.move_serial.c, t.serial_place.c
    here = sa.and_(
        p.kind == "internal",
        p.site_id == at.site_id,
        p.location_id == at.location_id,
        p.status == at.status.value,
        p.owner_id == at.owner_id,
    )
    rows = await tx.rows(
        sa.select(s.serial_id, here.label("here"))
        .distinct()
        .join(t.serial_place, p.serial_id == s.serial_id)
        .where(s.move_id.in_(moves))
        .order_by(s.serial_id)
    )
    return bool(rows), tuple(row["serial_id"] for row in rows if row["here"])

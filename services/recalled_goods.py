"""Services: goods that a recall has sealed while a procedure worked on them (GSP 117). Knows no engine.

They are the recall's, whatever the procedure decided about them. What the recall has not carried away yet is
set apart here, so that it never stands where nobody looks for it any more.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from db import ledger, reservations
from db import tables as t
from db.queries import sales_returns
from domain.batches import PostingKind, Status
from domain.places import Goods, Place, apart_place
from domain.stock import Move, Position, Posting
from services.action_context import ActionContext

REASON = "批号已召回 / the batch is recalled"


@dataclass(frozen=True)
class Caught:
    """Goods of a sealed batch where a procedure has left them: so many units, these serials among them."""

    batch_id: UUID
    quantity: int
    source: Position
    serial_ids: Sequence[UUID] = ()


async def sealed(ctx: ActionContext, batch_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the batches that a recall holds.

    The batches are locked as an issue does it: a seal in flight is waited for, and none comes between.
    """
    wanted = set(batch_ids)
    await reservations.lock_batches(ctx.tx, wanted)
    return await sales_returns.recalled(ctx.tx, wanted)


def recall_position(at: Position, goods: Goods, places: Iterable[Place]) -> Position:
    """Where recalled goods stand at their site; without a zone that suits they keep their place."""
    place = apart_place(places, "recalled", goods)
    return replace(at, location_id=place.location_id if place else at.location_id, status=Status.RECALLED)


async def set_apart(
    ctx: ActionContext,
    caught: Sequence[Caught],
    places: Sequence[Place],
    *,
    document_id: UUID | None = None,
    beside: Sequence[Move] = (),
) -> int:
    """Move what still stands there into the recall zone; how many units. The rest the recall has already.

    `beside` are moves that the caller posts next: all positions are locked at once, so that nobody waits in a
    circle.
    """
    if not caught:
        return 0
    goods = await _goods(ctx, {one.batch_id for one in caught})
    targets = [recall_position(one.source, goods[one.batch_id], places) for one in caught]
    both = zip(caught, targets, strict=True)
    wanted = {(one.batch_id, at) for one, target in both for at in (one.source, target)}
    wanted |= {
        (move.batch_id, at)
        for move in beside
        for at in (move.source, move.target)
        if isinstance(at, Position)
    }
    free = await reservations.lock_positions(ctx.tx, wanted)
    moves = []
    for one, target in zip(caught, targets, strict=True):
        serials = await _still_there(ctx, one)
        there = len(serials) if one.serial_ids else one.quantity
        quantity = min(there, free[one.batch_id, one.source])
        if quantity > 0:
            free[one.batch_id, one.source] -= quantity
            moves.append(
                Move(one.batch_id, quantity, one.source, target, reason=REASON, serial_ids=serials[:quantity])
            )
    if moves:
        path = f"{ctx.path}/{ctx.chunk}" if ctx.chunk else ctx.path
        await ledger.post(
            ctx.tx,
            Posting(
                kind=PostingKind.STATUS_CHANGE,
                actor_id=ctx.actor_id,
                moves=moves,
                run_id=ctx.run.id,
                path=f"{path}/recalled",
                document_id=document_id,
                reason=REASON,
            ),
        )
    return sum(move.quantity for move in moves)


async def _goods(ctx: ActionContext, batch_ids: Collection[UUID]) -> dict[UUID, Goods]:
    b, m = t.batch.c, t.material.c
    rows = await ctx.tx.rows(
        sa.select(b.id, m.storage_class, m.special_control)
        .join(t.material, m.id == b.material_id)
        .where(b.id.in_(batch_ids))
    )
    return {row["id"]: Goods(row["storage_class"], row["special_control"]) for row in rows}


async def _still_there(ctx: ActionContext, one: Caught) -> list[UUID]:
    if not one.serial_ids:
        return []
    p, at = t.serial_place.c, one.source
    rows = await ctx.tx.rows(
        sa.select(p.serial_id)
        .where(
            p.serial_id.in_(one.serial_ids),
            p.kind == "internal",
            p.site_id == at.site_id,
            p.location_id == at.location_id,
            p.status == at.status.value,
            p.owner_id == at.owner_id,
        )
        .order_by(p.serial_id)
    )
    return [row["serial_id"] for row in rows]

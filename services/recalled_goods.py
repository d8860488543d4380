"""Services: goods that a recall has sealed, or quality has rejected, while a procedure worked on them.

They are the recall's or quality's, whatever the procedure decided about them (GSP 87, 117). What those have
not carried away yet is set apart here, so that it never stands where nobody looks for it any more. Knows no
engine.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from db import ledger, reservations
from db import tables as t
from db.queries import quality_holds, sales_returns
from domain.batches import PostingKind, Status
from domain.places import Goods, Place, apart_place, rejected_place
from domain.stock import Move, Position, Posting
from services.action_context import ActionContext

REASON = "批号已召回 / the batch is recalled"
REJECTED = "批号已由质量部门判定不合格 / quality has rejected the batch"
REASONS = {Status.RECALLED: REASON, Status.REJECTED: REJECTED}
"""Why goods are set apart, by the state that they get."""


@dataclass(frozen=True)
class Caught:
    """Goods of a stopped batch where a procedure has left them: so many units, these serials among them.

    `apart` is the state that they get: recalled, or rejected.
    """

    batch_id: UUID
    quantity: int
    source: Position
    serial_ids: Sequence[UUID] = ()
    apart: Status = Status.RECALLED


async def sealed(ctx: ActionContext, batch_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the batches that a recall holds.

    The batches are locked as an issue does it: a seal in flight is waited for, and none comes between.
    """
    wanted = set(batch_ids)
    await reservations.lock_batches(ctx.tx, wanted)
    return await sales_returns.recalled(ctx.tx, wanted)


async def stopped(ctx: ActionContext, batch_ids: Iterable[UUID]) -> dict[UUID, Status]:
    """The state of those of the batches that a recall holds, or that quality has rejected; locked as above.

    What is both is recalled: a recall takes rejected goods as well.
    """
    wanted = set(batch_ids)
    recalled = await sealed(ctx, wanted)
    rejected = await quality_holds.rejected(ctx.tx, wanted)
    return {**dict.fromkeys(rejected, Status.REJECTED), **dict.fromkeys(recalled, Status.RECALLED)}


def recall_position(at: Position, goods: Goods, places: Iterable[Place]) -> Position:
    """Where recalled goods stand at their site; without a zone that suits they keep their place."""
    place = apart_place(places, "recalled", goods)
    return replace(at, location_id=place.location_id if place else at.location_id, status=Status.RECALLED)


def red_position(at: Position, goods: Goods, places: Iterable[Place]) -> Position:
    """Where rejected goods stand at their site; without a red zone they keep their place."""
    place = rejected_place(places, replace(goods, rejected=True))
    return replace(at, location_id=place.location_id if place else at.location_id, status=Status.REJECTED)


_POSITION = {Status.RECALLED: recall_position, Status.REJECTED: red_position}


async def set_apart(
    ctx: ActionContext,
    caught: Sequence[Caught],
    places: Sequence[Place],
    *,
    document_id: UUID | None = None,
    beside: Sequence[Move] = (),
) -> int:
    """Move what still stands there into the recall or the red zone; how many units. The rest is there.

    `beside` are moves that the caller posts next: all positions are locked at once, so that nobody waits in a
    circle.
    """
    if not caught:
        return 0
    goods = await _goods(ctx, {one.batch_id for one in caught})
    targets = [_POSITION[one.apart](one.source, goods[one.batch_id], places) for one in caught]
    both = zip(caught, targets, strict=True)
    wanted = {(one.batch_id, at) for one, target in both for at in (one.source, target)}
    wanted |= {
        (move.batch_id, at)
        for move in beside
        for at in (move.source, move.target)
        if isinstance(at, Position)
    }
    free = await reservations.lock_positions(ctx.tx, wanted)
    moves: dict[Status, list[Move]] = {}
    for one, target in zip(caught, targets, strict=True):
        serials = await _still_there(ctx, one)
        there = len(serials) if one.serial_ids else one.quantity
        quantity = min(there, free[one.batch_id, one.source])
        if quantity > 0:
            free[one.batch_id, one.source] -= quantity
            reason, taken = REASONS[one.apart], serials[:quantity]
            move = Move(one.batch_id, quantity, one.source, target, reason=reason, serial_ids=taken)
            moves.setdefault(one.apart, []).append(move)
    for status, of_status in moves.items():
        await _post(ctx, status, of_status, document_id)
    return sum(move.quantity for of_status in moves.values() for move in of_status)


async def _post(ctx: ActionContext, status: Status, moves: Sequence[Move], document_id: UUID | None) -> None:
    path = f"{ctx.path}/{ctx.chunk}" if ctx.chunk else ctx.path
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.STATUS_CHANGE,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=f"{path}/{status.value}",
            document_id=document_id,
            reason=REASONS[status],
        ),
    )


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

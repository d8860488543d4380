"""Services: reservations - made, carried along with the goods, used up, released. One rule for all.

Whoever moves reserved goods ends the reservation first, in the same transaction: the database refuses every
other move. A seal (hold, recall, expiry) releases what was promised of its batches by `release_batches`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import reservations as rows
from db import tables as t
from db.queries import reservations as queries
from db.reservations import OpenReservation, Taker
from db.session import Transaction
from domain.reservations import NotReserved, Released, Reserved
from domain.stock import Move, Position, Posting
from services.action_context import ActionContext

__all__ = [
    "Taker",
    "carry",
    "consume",
    "release",
    "release_batches",
    "release_others",
    "release_path",
    "release_run",
    "reserve",
    "taker_of",
]


def taker_of(ctx: ActionContext) -> Taker:
    """The run, the path and the last performer of an action."""
    return Taker(ctx.actor_id, ctx.run.id, ctx.path)


async def reserve(
    tx: Transaction, goods: Sequence[Reserved], *, by: Taker, reason: str | None = None
) -> None:
    """Promise goods to lines of a document.

    Refused with StockReserved (not so much is free there) or BatchNotIssuable (held, expired, or the
    customer's licence does not cover it).
    """
    await rows.lock_batches(tx, {one.batch_id for one in goods})
    await rows.insert(tx, goods, by=by, reason=reason)


async def consume(tx: Transaction, goods: Sequence[Reserved], *, by: Taker) -> None:
    """End the reservations of goods that leave now; the caller posts the moves in the same transaction.

    What of a reservation is not used stays reserved. NotReserved when less is reserved there for the line.
    """
    await rows.lock_batches(tx, {one.batch_id for one in goods})
    await _use(tx, goods, (), by=by)


async def carry(tx: Transaction, posting: Posting, line_ids: Sequence[UUID], *, by: Taker) -> UUID:
    """Post moves of reserved goods inside the site; they stay reserved where they come to.

    `line_ids` are the order lines, one for each move of the posting. Returns the posting's id.
    """
    goods = [_taken(move, line_id) for move, line_id in zip(posting.moves, line_ids, strict=True)]
    landed = [_landed(move, line_id) for move, line_id in zip(posting.moves, line_ids, strict=True)]
    await rows.lock_batches(tx, {one.batch_id for one in goods})
    await _use(tx, goods, [(one.batch_id, one.position) for one in landed], by=by)
    posting_id = await ledger.post(tx, posting)
    await rows.insert(tx, landed, by=by)
    return posting_id


async def release(
    tx: Transaction, held: list[OpenReservation], goods: Reserved, *, by: Taker, reason: str
) -> int:
    """Release so much of what is held for a line at a position, or all that is; how much it was.

    `held` are reservations that the transaction has locked, oldest first; it is kept as it then is. They are
    locked before the positions are: none is looked for here, so that nobody waits in a circle.
    """
    left = goods.quantity
    for one in [one for one in held if _key(one.goods) == _key(goods)]:
        if not left:
            break
        await rows.end_released(tx, [one.id], by=by, reason=reason)
        held.remove(one)
        kept = max(0, one.goods.quantity - left)
        left -= one.goods.quantity - kept
        if kept:
            again = [replace(one.goods, quantity=kept)]
            held += await rows.insert(tx, again, by=by, continues=[one.id])
    return goods.quantity - left


async def release_others(tx: Transaction, held: list[OpenReservation], *, by: Taker, reason: str) -> int:
    """Release what others than the taker's run have made of those that are held; how many."""
    others = [one for one in held if one.run_id != by.run_id]
    await rows.end_released(tx, [one.id for one in others], by=by, reason=reason)
    held[:] = [one for one in held if one.run_id == by.run_id]
    return len(others)


async def release_run(tx: Transaction, document_id: UUID, *, by: Taker, reason: str) -> int:
    """Release what the taker's run has open for a document; how many reservations."""
    line, c = t.document_line.c, t.reservation.c
    lines = sa.select(line.id).where(line.document_id == document_id)
    found = await rows.lock_open(tx, c.document_line_id.in_(lines), c.made_by_run == by.run_id)
    await rows.end_released(tx, [one.id for one in found], by=by, reason=reason)
    return len(found)


async def release_path(tx: Transaction, *, by: Taker, reason: str) -> int:
    """Release what the taker's run has made open at the taker's path; how many reservations."""
    c = t.reservation.c
    found = await rows.lock_open(tx, c.made_by_run == by.run_id, c.made_path == by.path)
    await rows.end_released(tx, [one.id for one in found], by=by, reason=reason)
    return len(found)


async def release_batches(
    tx: Transaction, batch_ids: Collection[UUID], *, by: Taker, reason: str, site_id: UUID | None = None
) -> list[Released]:
    """Release everything that is promised of batches, at all sites or at one: for who seals them.

    Call it after the hold is written: it then sees what was promised before, and nothing is promised after.
    Returns what was released, so that the orders' people can be told.
    """
    c = t.reservation.c
    here = () if site_id is None else (c.site_id == site_id,)
    found = await rows.lock_open(tx, c.batch_id.in_(batch_ids), *here)
    await rows.end_released(tx, [one.id for one in found], by=by, reason=reason)
    return await queries.released(tx, [one.id for one in found])


async def _use(
    tx: Transaction,
    goods: Iterable[Reserved],
    also: Iterable[tuple[UUID, Position]],
    *,
    by: Taker,
) -> None:
    """End the open reservations that cover the goods, and open the rest of them anew."""
    wanted: dict[_Key, int] = defaultdict(int)
    for one in goods:
        wanted[_key(one)] += one.quantity
    c = t.reservation.c
    lines, batches = {key[0] for key in wanted}, {key[1] for key in wanted}
    found = await rows.lock_open(tx, c.document_line_id.in_(lines), c.batch_id.in_(batches))
    await rows.lock_positions(tx, {*((batch_id, position) for _, batch_id, position in wanted), *also})
    used: dict[UUID, int] = {}
    for key, quantity in wanted.items():
        used |= _cover(quantity, [one for one in found if _key(one.goods) == key])
    rest = [one for one in found if 0 < used.get(one.id, 0) < one.goods.quantity]
    await rows.end_used(tx, used, by=by)
    again = [replace(one.goods, quantity=one.goods.quantity - used[one.id]) for one in rest]
    await rows.insert(tx, again, by=by, continues=[one.id for one in rest])


def _cover(quantity: int, there: Sequence[OpenReservation]) -> dict[UUID, int]:
    """How much of which reservation, oldest first; NotReserved when they are too few."""
    used: dict[UUID, int] = {}
    left = quantity
    for one in there:
        if left:
            used[one.id] = min(left, one.goods.quantity)
            left -= used[one.id]
    if left:
        raise NotReserved(reserved=quantity - left, wanted=quantity)
    return used


_Key = tuple[UUID, UUID, Position]


def _key(goods: Reserved) -> _Key:
    return goods.line_id, goods.batch_id, goods.position


def _taken(move: Move, line_id: UUID) -> Reserved:
    assert isinstance(move.source, Position)
    return Reserved(line_id, move.batch_id, move.source, move.quantity)


def _landed(move: Move, line_id: UUID) -> Reserved:
    assert isinstance(move.target, Position)
    return Reserved(line_id, move.batch_id, move.target, move.quantity)

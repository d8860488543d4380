"""Services: whole positions moved in one posting - rejected, destroyed - with every serial that stands there.

A position with serials of some of its units only is not moved as a whole: which units they are is not known.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from db import ledger, reservations
from db.queries import positions
from db.queries.positions import HeldPosition
from domain.batches import PostingKind, Status
from domain.places import Goods, rejected_place
from domain.places import Place as HeldPlace
from domain.stock import Move, Place, Position, Posting
from services.action_context import ActionContext, ActionRefused
from services.receiving_lines import day


def line_of(number: int, held: HeldPosition) -> tuple[str, dict[str, Any]]:
    """A position as a line of a set: its key and its columns."""
    data = {
        "number": number,
        "batch_id": str(held.batch_id),
        "batch_number": held.batch_number,
        "expires_on_given": held.expires_on is not None,
        "material": held.material,
        "material_name": held.material_name,
        "specification": held.specification,
        "unit": held.unit,
        "storage_class": held.storage_class,
        "special_control": held.special_control,
        "site": held.site,
        "location": held.location,
        "location_id": str(held.location_id),
        "owner_id": str(held.owner_id),
        "status": held.status,
        "quantity": held.quantity,
    }
    if held.expires_on is not None:
        data["expires_on"] = day(held.expires_on)
    return f"{held.location}/{held.batch_number}/{held.status}", data


def aggregates(found: Sequence[HeldPosition]) -> dict[str, Any]:
    """What an expression may ask of such lines."""
    return {
        "any_special_control": any(held.special_control for held in found),
        "sum_quantity": sum(held.quantity for held in found),
    }


async def locked(
    ctx: ActionContext,
    *,
    batch_ids: Collection[UUID],
    statuses: Collection[str],
    site_id: UUID | None = None,
) -> list[HeldPosition]:
    """Positions of batches as they stand while nobody else can change them, until the transaction ends."""
    found = await positions.held(ctx.tx, batch_ids=batch_ids, statuses=statuses, site_id=site_id)
    await reservations.lock_positions(ctx.tx, {(held.batch_id, held.position) for held in found})
    return await positions.held(ctx.tx, batch_ids=batch_ids, statuses=statuses, site_id=site_id)


async def moves_of(
    ctx: ActionContext,
    found: Iterable[HeldPosition],
    target: Callable[[HeldPosition], Place],
    *,
    reason: str,
    document_lines: Callable[[HeldPosition], UUID | None] = lambda _held: None,
) -> list[Move]:
    """A move of all of each position; ActionRefused `serials_unclear` where only some units have serials."""
    found = list(found)
    serials = await positions.serials_at(ctx.tx, found)
    moves = []
    for held in found:
        known = serials.get((held.batch_id, held.position), ())
        if known and len(known) != held.quantity:
            words = f"{held.batch_number} @ {held.location}: {len(known)} / {held.quantity}"
            raise ActionRefused("serials_unclear", words)
        moves.append(
            Move(
                batch_id=held.batch_id,
                quantity=held.quantity,
                source=held.position,
                target=target(held),
                reason=reason,
                document_line_id=document_lines(held),
                serial_ids=known,
            )
        )
    return moves


async def post(
    ctx: ActionContext,
    kind: PostingKind,
    moves: Sequence[Move],
    *,
    reason: str,
    document_id: UUID | None = None,
) -> str | None:
    """Posts the moves as one posting of the run's step; its id, None when there is nothing to move."""
    if not moves:
        return None
    posting = Posting(
        kind=kind,
        actor_id=ctx.actor_id,
        moves=moves,
        run_id=ctx.run.id,
        path=ctx.path,
        document_id=document_id,
        reason=reason,
    )
    return str(await ledger.post(ctx.tx, posting))


def red_zone(held: HeldPosition, places: Iterable[HeldPlace]) -> Position:
    """Where rejected goods of a position stand at its site; ActionRefused `no_rejected_zone`."""
    place = rejected_place(places, Goods(held.storage_class, held.special_control, rejected=True))
    if place is None:
        raise ActionRefused("no_rejected_zone", held.site)
    return Position(held.site_id, place.location_id, Status.REJECTED, held.owner_id)

"""Services: the actions `recall.seal` and `recall.move_stock` (药品管理法 82; GSP 117-118). Knows no engine.

The seal is one transaction with a hold on each batch, for all sites: an issue in flight is waited for, none
follows. It costs by batches and positions; serials are touched only when the goods are moved, afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import ledger
from db import tables as t
from db.ids import new_id
from db.queries import recalls, references
from db.queries.positions import HeldPosition, held
from db.queries.recalls import RecallRow
from db.reservations import lock_positions
from domain.batches import PostingKind, Status
from domain.places import Goods, Place
from domain.recall_numbers import LotRange
from domain.recall_scope import read_scope
from domain.reservations import Released
from domain.stock import Move, Position, Posting
from services import reservations
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recall_lines import recall_of
from services.recall_scope import named_batches
from services.recalled_goods import recall_position
from services.receiving_lines import all_lines
from services.run_batches import note_batches

KIND = "recall"
MOVABLE = (Status.QUARANTINE, Status.QUALIFIED, Status.REJECTED, Status.RETURNED)
POSITIONS_AT_ONCE = 200
SERIALS_AT_ONCE = 2_000
MOST_COUNTED = 999_999_999
IN_SCOPE = "recalled"


async def seal(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Seal every batch that was confirmed; a drill writes down the same and seals nothing."""
    recall = await recall_of(ctx, inputs)
    because, absent = await _confirmed(ctx, recall, await all_lines(ctx, inputs["lines"]))
    if not because:
        raise ActionRefused("nothing_in_scope", recall.number)
    batch_ids = sorted(because)
    reason = f"召回 {recall.number} / recall {recall.number}"
    holds, released = ({}, []) if recall.drill else await _hold(ctx, batch_ids, reason)
    await _write_batches(ctx, recall, because, holds)
    found = await _write_positions(ctx, recall, batch_ids, released)
    if not recall.drill:
        await _sealed(ctx, recall)
    await note_batches(ctx, batch_ids)
    await ctx.tx.audit(
        "seal.recall",
        "document",
        str(recall.document_id),
        run_id=ctx.run.id,
        reason=reason,
        after={"batches": [str(one) for one in batch_ids[:500]], "count": len(batch_ids), **found},
    )
    return ActionOutcome({"batches": len(batch_ids), **found, "not_in_our_books": absent})


async def _confirmed(
    ctx: ActionContext, recall: RecallRow, lines: Iterable[Mapping[str, Any]]
) -> tuple[dict[UUID, str], int]:
    """Batch -> why: the lines that were confirmed, and the numbers that a person read out of the rest.

    Also how many of those numbers are not in our books.
    """
    chosen = [line for line in lines if line["outcome"] == IN_SCOPE]
    because = {UUID(line["batch_id"]): str(line["because"]) for line in chosen if line.get("batch_id")}
    entered = [_numbers(line.get("also") or "") for line in chosen]
    numbers = {number for single, _ in entered for number in single}
    spans = {span for _, of in entered for span in of}
    found = await named_batches(ctx, recall.document_id, numbers, spans)
    for _, batch_id in found:
        because.setdefault(batch_id, "entered")
    ours = {number for number, _ in found}
    in_spans = sum((span.size or 0) - sum(span.holds(number) for number in ours) for span in spans)
    return because, min(len(numbers - ours) + in_spans, MOST_COUNTED)


def _numbers(text: str) -> tuple[list[str], list[LotRange]]:
    """The batch numbers and ranges in what a person entered; ActionRefused when it is not only that."""
    scope = read_scope(text)
    if scope.unread or any(part.kind in ("all", "dates") for part in scope.terms):
        raise ActionRefused("batch_unreadable", text[:200])
    spans = [part.span for part in scope.terms if part.span]
    return [part.number for part in scope.terms if part.number], spans


async def _hold(
    ctx: ActionContext, batch_ids: Sequence[UUID], reason: str
) -> tuple[dict[UUID, UUID], list[Released]]:
    """Holds at all sites, batch by batch in id order as issues take them; then promises end."""
    holds = {batch_id: new_id() for batch_id in batch_ids}
    for batch_id, hold_id in holds.items():
        await ctx.tx.execute(
            sa.insert(t.hold).values(
                id=hold_id,
                batch_id=batch_id,
                kind=KIND,
                reason=reason,
                opened_by_run=ctx.run.id,
                opened_path=ctx.path,
                opened_by=ctx.actor_id,
            )
        )
    by = reservations.taker_of(ctx)
    return holds, await reservations.release_batches(ctx.tx, batch_ids, by=by, reason=reason)


async def _write_batches(
    ctx: ActionContext, recall: RecallRow, because: Mapping[UUID, str], holds: Mapping[UUID, UUID]
) -> None:
    rows = [
        {
            "document_id": recall.document_id,
            "batch_id": batch_id,
            "because": why,
            "hold_id": holds.get(batch_id),
            "added_by": ctx.actor_id,
        }
        for batch_id, why in sorted(because.items())
    ]
    made = insert(t.recall_batch)
    await ctx.tx.execute(made.on_conflict_do_nothing(), rows)


async def _write_positions(
    ctx: ActionContext, recall: RecallRow, batch_ids: Sequence[UUID], released: Iterable[Released]
) -> dict[str, int]:
    """What stood where at the seal; what was reserved is part of what was on hand."""
    rows = await recalls.standing(ctx.tx, batch_ids)
    promised: dict[tuple[UUID, UUID, UUID], int] = {}
    for one in released:
        key = (one.batch_id, one.site_id, one.document_id)
        promised[key] = promised.get(key, 0) + one.quantity
    rows += [
        {
            "batch_id": batch_id,
            "kind": "reserved",
            "site_id": site_id,
            "source_document_id": document_id,
            "quantity": quantity,
        }
        for (batch_id, site_id, document_id), quantity in sorted(promised.items())
    ]
    if rows:
        await ctx.tx.execute(
            sa.insert(t.recall_position), [{**row, "document_id": recall.document_id} for row in rows]
        )
    kinds = ("on_hand", "reserved", "in_transit", "in_return")
    return {kind: sum(row["quantity"] for row in rows if row["kind"] == kind) for kind in kinds}


async def _sealed(ctx: ActionContext, recall: RecallRow) -> None:
    c = t.recall.c
    await ctx.tx.execute(
        sa.update(t.recall)
        .where(c.document_id == recall.document_id)
        .values(state="sealed", sealed_at=sa.func.clock_now())
    )


async def move_stock(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Move the next positions of sealed stock; the cursor counts what was moved so far.

    A position with serials is moved serial by serial in parts. Where a site has no recall zone that suits,
    the goods keep their place and change their status.
    """
    recall = await recall_of(ctx, inputs)
    before = ctx.cursor or 0
    if recall.drill:
        return ActionOutcome({"moved": 0, "left_in_place": 0})
    batches = await recalls.batch_ids(ctx.tx, recall.document_id)
    found = (await held(ctx.tx, batch_ids=batches, statuses=MOVABLE))[:POSITIONS_AT_ONCE]
    places = {site: await references.places(ctx.tx, site) for site in {one.site_id for one in found}}
    moves: list[Move] = []
    for position in await _locked(ctx, found, places):
        if sum(len(move.serial_ids) for move in moves) >= SERIALS_AT_ONCE:
            break
        moves += await _moves(ctx, position, places[position.site_id])
    if not found:
        return ActionOutcome({"moved": before, "left_in_place": await _left(ctx, recall)})
    if not moves:  # other procedures were quicker
        return ActionOutcome({"moved": before, "left_in_place": 0}, cursor=before)
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.STATUS_CHANGE,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=f"{ctx.path}/{ctx.chunk}",
            document_id=recall.document_id,
            reason=f"召回 {recall.number} / recall {recall.number}",
        ),
    )
    moved = before + sum(move.quantity for move in moves)
    await ctx.tx.audit(
        "move.recall", "document", str(recall.document_id), run_id=ctx.run.id, after={"moved": moved}
    )
    return ActionOutcome({"moved": moved, "left_in_place": 0}, cursor=moved)


async def _locked(
    ctx: ActionContext, found: Sequence[HeldPosition], places: Mapping[UUID, Sequence[Place]]
) -> list[HeldPosition]:
    """The positions as they stand while no other procedure can take from them."""
    both = ((one, at) for one in found for at in (one.position, _target(one, places[one.site_id])))
    await lock_positions(ctx.tx, {(one.batch_id, at) for one, at in both})
    known = {(one.batch_id, one.position) for one in found}
    now = await held(ctx.tx, batch_ids={one.batch_id for one in found}, statuses=MOVABLE)
    return [one for one in now if (one.batch_id, one.position) in known]


async def _moves(ctx: ActionContext, position: HeldPosition, places: Sequence[Place]) -> list[Move]:
    """All of a position, or of one with serials the next of them; the units without a serial go last."""
    target = _target(position, places)
    p, at = t.serial_place.c, position.position
    rows = await ctx.tx.rows(
        sa.select(p.serial_id)
        .where(
            p.batch_id == position.batch_id,
            p.kind == "internal",
            p.site_id == at.site_id,
            p.location_id == at.location_id,
            p.status == at.status.value,
            p.owner_id == at.owner_id,
        )
        .order_by(p.serial_id)
        .limit(SERIALS_AT_ONCE)
    )
    serials = tuple(row["serial_id"] for row in rows)
    quantity = len(serials) or position.quantity
    return [Move(position.batch_id, quantity, at, target, serial_ids=serials)]


def _target(position: HeldPosition, places: Sequence[Place]) -> Position:
    goods = Goods(position.storage_class, position.special_control)
    return recall_position(position.position, goods, places)


async def _left(ctx: ActionContext, recall: RecallRow) -> int:
    """Recalled stock that stands outside of a recall zone, for want of one."""
    bal, z, place = t.balance.c, t.zone.c, t.location.c
    batches = sa.select(t.recall_batch.c.batch_id).where(t.recall_batch.c.document_id == recall.document_id)
    left: int = await ctx.tx.scalar(
        sa.select(sa.cast(sa.func.coalesce(sa.func.sum(bal.quantity), 0), sa.BigInteger))
        .join_from(t.balance, t.location, place.id == bal.location_id)
        .join(t.zone, z.id == place.zone_id)
        .where(bal.batch_id.in_(batches), bal.status == Status.RECALLED.value, z.kind != "recalled")
    )
    return left

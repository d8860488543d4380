"""Services: the actions of a quality hold - `quality.hold_batch`, `release_batch`, `reject_batch` (GSP 87).

A hold is on the batch, at every site and in transit: the database refuses each issue from then on. What was
promised of it is released in the same transaction. Knows no engine.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import reservations as rows
from db import tables as t
from db.queries import positions, references
from db.queries.positions import HeldPosition
from domain.batches import PostingKind, Status
from services import holds, line_sets, reservations, turned_round, whole_positions
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_reversal import reverse
from services.run_batches import note_batches

REJECTABLE = (Status.QUARANTINE, Status.QUALIFIED, Status.RETURNED)


async def hold_batch(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Hold the batch, release its reservations, list where it stands."""
    batch_id = UUID(inputs["batch"])
    named = await _names(ctx, batch_id)
    await holds.open_for(ctx, [batch_id], inputs["reason"])
    by = reservations.taker_of(ctx)
    released = await reservations.release_batches(ctx.tx, [batch_id], by=by, reason=inputs["reason"])
    await note_batches(ctx, [batch_id])
    found = await positions.held(ctx.tx, batch_ids=[batch_id])
    lines = await _line_set(ctx, found)
    freed = sum(one.quantity for one in released)
    return ActionOutcome(
        {**named, "lines": lines, "quantity": sum(one.quantity for one in found), "released": freed}
    )


async def undo_hold(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: close the hold. What was released is not promised anew: its orders are allocated again."""
    del outputs
    await holds.close_for(ctx, [UUID(inputs["batch"])], inputs["reason"])


async def release_batch(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Close the hold that the run has opened; what of the batch waits for this decision is stock again."""
    batch_id = UUID(inputs["batch"])
    await holds.close_for(ctx, [batch_id], inputs["reason"])
    quantity, where = await turned_round.put_back(ctx, batch_id, inputs["reason"])
    return ActionOutcome({"put_back": quantity, "where": where})


async def reject_batch(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Move all that is not red or recalled yet into the red zone of its site, in one posting.

    Whatever works on the batch at this moment is waited for, or finds it rejected (`quality_holds.rejected`).
    """
    batch_id, reason = UUID(inputs["batch"]), inputs["reason"]
    by = reservations.taker_of(ctx)
    await rows.lock_batches(ctx.tx, [batch_id], alone=True)
    await reservations.release_batches(ctx.tx, [batch_id], by=by, reason=reason)
    found = await whole_positions.locked(ctx, batch_ids=[batch_id], statuses=REJECTABLE)
    places = {site: await references.places(ctx.tx, site) for site in {held.site_id for held in found}}
    moves = await whole_positions.moves_of(
        ctx, found, lambda held: whole_positions.red_zone(held, places[held.site_id]), reason=reason
    )
    posting = await whole_positions.post(ctx, PostingKind.STATUS_CHANGE, moves, reason=reason)
    quantity = sum(held.quantity for held in found)
    await ctx.tx.audit(
        "reject.batch", "batch", str(batch_id), run_id=ctx.run.id, reason=reason, after={"quantity": quantity}
    )
    lines = await _line_set(ctx, found)
    return ActionOutcome({"lines": lines, "quantity": quantity, "posting": posting or ""})


async def undo_rejection(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the posting is reversed; refused by the ledger when the goods have gone on since."""
    del inputs
    if outputs["posting"]:
        await reverse(ctx, [UUID(outputs["posting"])])


async def _names(ctx: ActionContext, batch_id: UUID) -> dict[str, str]:
    b, m = t.batch.c, t.material.c
    row = await ctx.tx.one_or_none(
        sa.select(
            b.number.label("batch_number"),
            # in both languages: a message takes the half of its reader
            sa.func.concat_ws(" / ", m.name_zh, sa.func.nullif(m.name_en, "")).label("material_name"),
        )
        .join_from(t.batch, t.material, m.id == b.material_id)
        .where(b.id == batch_id)
    )
    if row is None:
        raise ActionRefused("batch_unknown", str(batch_id))
    return dict(row)


async def _line_set(ctx: ActionContext, found: list[HeldPosition]) -> dict[str, Any]:
    lines = [whole_positions.line_of(number, held) for number, held in enumerate(found, 1)]
    made = await line_sets.create(
        ctx.tx, ctx.run.id, ctx.path, "positions", lines, whole_positions.aggregates(found)
    )
    return made.model_dump(mode="json")

"""Services: the actions of the expiry check - what is over goes to the red zone, what is near is listed.

The database refuses to issue expired stock from the first moment (GSP 85); this moves it, so that the books
say where it belongs. Knows no engine.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import positions, references
from db.queries.positions import HeldPosition
from domain.batches import PostingKind, Status, expired, near_expiry, remaining_days
from services import line_sets, reservations, whole_positions
from services.action_context import ActionContext, ActionOutcome
from services.run_batches import note_batches

LOCKED = (Status.QUALIFIED, Status.RETURNED)
REASON = "已过有效期 / expired"
NEAR_LINES = "near_expiry"
LISTED_AGAIN_DAYS = 7


async def lock_expired(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Move every position of the site that has expired to the red zone, in one posting."""
    del inputs
    site_id, now = ctx.run.site_id, await references.clock_now(ctx.tx)
    over = await _expired(ctx, now)
    batches = sorted({held.batch_id for held in over})
    by = reservations.taker_of(ctx)
    freed = await reservations.release_batches(ctx.tx, batches, by=by, reason=REASON, site_id=site_id)
    found = await whole_positions.locked(ctx, batch_ids=batches, statuses=LOCKED, site_id=site_id)
    clear = await _with_clear_serials(ctx, found)
    places = await references.places(ctx.tx, site_id)
    moves = await whole_positions.moves_of(
        ctx, clear, lambda held: whole_positions.red_zone(held, places), reason=REASON
    )
    posting = await whole_positions.post(ctx, PostingKind.STATUS_CHANGE, moves, reason=REASON)
    quantity = sum(held.quantity for held in clear)
    if batches:
        await note_batches(ctx, batches)
        await ctx.tx.audit(
            "lock.expired",
            "site",
            ctx.run.site,
            run_id=ctx.run.id,
            reason=REASON,
            after={"quantity": quantity, "positions": len(clear), "left": len(found) - len(clear)},
        )
    lines = [whole_positions.line_of(number, held) for number, held in enumerate(clear, 1)]
    made = await line_sets.create(
        ctx.tx, ctx.run.id, ctx.path, "expired", lines, whole_positions.aggregates(clear)
    )
    return ActionOutcome(
        {
            "lines": made.model_dump(mode="json"),
            "count": len(clear),
            "quantity": quantity,
            "released": sum(one.quantity for one in freed),
            "left": len(found) - len(clear),
            "posting": posting or "",
        }
    )


async def list_near(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """List the qualified positions of the site within so many days of their last usable day."""
    now, known = await references.clock_now(ctx.tx), await _listed(ctx)
    found = [
        held
        for held in await positions.held(ctx.tx, site_id=ctx.run.site_id, statuses=[Status.QUALIFIED])
        if held.batch_id not in known
        and near_expiry(held.expires_on, now, ctx.run.time_zone, int(inputs["days"]))
    ]
    found.sort(key=lambda held: (held.expires_on, held.location, held.batch_number))
    lines = [_near_line(ctx, now, number, held) for number, held in enumerate(found, 1)]
    made = await line_sets.create(
        ctx.tx, ctx.run.id, ctx.path, NEAR_LINES, lines, whole_positions.aggregates(found)
    )
    return ActionOutcome({"lines": made.model_dump(mode="json"), "count": len(found)})


async def _expired(ctx: ActionContext, now: datetime) -> list[HeldPosition]:
    found = await positions.held(ctx.tx, site_id=ctx.run.site_id, statuses=LOCKED)
    return [held for held in found if expired(held.expires_on, now, ctx.run.time_zone)]


async def _with_clear_serials(ctx: ActionContext, found: Sequence[HeldPosition]) -> list[HeldPosition]:
    """Those whose serials are known for all units or for none: the others have to be counted first."""
    serials = await positions.serials_at(ctx.tx, found)
    return [
        held for held in found if len(serials.get((held.batch_id, held.position), ())) in {0, held.quantity}
    ]


async def _listed(ctx: ActionContext) -> set[UUID]:
    """The batches that a check of this site has listed lately."""
    s, r = t.line_set.c, t.run.c
    age = sa.func.make_interval(0, 0, 0, LISTED_AGAIN_DAYS)
    rows = await ctx.tx.rows(
        sa.select(t.line.c.data["batch_id"].astext.label("batch"))
        .join_from(t.line, t.line_set, s.id == t.line.c.line_set_id)
        .join(t.run, r.id == s.run_id)
        .where(
            s.kind == NEAR_LINES, r.site_id == ctx.run.site_id, s.created_at > sa.func.clock_timestamp() - age
        )
        .distinct()
    )
    return {UUID(row["batch"]) for row in rows}


def _near_line(
    ctx: ActionContext, now: datetime, number: int, held: HeldPosition
) -> tuple[str, dict[str, Any]]:
    assert held.expires_on is not None
    key, data = whole_positions.line_of(number, held)
    return key, {**data, "remaining_days": remaining_days(held.expires_on, now, ctx.run.time_zone)}

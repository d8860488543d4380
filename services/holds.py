"""Services: holds on batches - actions `holds.open`, `holds.close` (GSP 87, annex 2). Knows no engine.

A batch with an open hold cannot leave by any path: the database refuses the move. Only quality lifts a
hold; a run closes the holds that it opened itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.errors import NotFound, Refusal
from services import audit, reservations
from services.action_context import ActionContext, ActionOutcome
from services.changes import reason_of
from services.permissions import Permission, require, require_person
from services.platform import Actor, Platform
from services.receiving_lines import all_lines

KIND = "quality"


class HoldClosed(Refusal):
    """The hold was released already."""

    code = "hold_closed"
    kind = "conflict"
    zh = "该锁定已解除"
    en = "The hold was released already"


async def open_holds(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Put every batch of the lines on hold; one that this run holds already stays as it is.

    What was promised of them to orders is released.
    """
    reason = inputs.get("reason") or "质量待查 / under investigation"
    return ActionOutcome({"count": await open_for(ctx, await _batches(ctx, inputs), reason)})


async def open_for(ctx: ActionContext, batch_ids: Sequence[UUID], reason: str) -> int:
    """Hold batches (in id order) for the run; how many were not held by it already."""
    held = await _open(ctx, batch_ids)
    new = [batch_id for batch_id in batch_ids if batch_id not in held]
    if new:
        await ctx.tx.execute(
            sa.insert(t.hold),
            [
                {
                    "batch_id": batch_id,
                    "kind": KIND,
                    "reason": reason,
                    "opened_by_run": ctx.run.id,
                    "opened_path": ctx.path,
                    "opened_by": ctx.actor_id,
                }
                for batch_id in new
            ],
        )
    freed = await reservations.release_batches(ctx.tx, new, by=reservations.taker_of(ctx), reason=reason)
    await ctx.tx.audit(
        "open.hold",
        "run",
        str(ctx.run.id),
        run_id=ctx.run.id,
        reason=reason,
        after={
            "batches": [str(batch_id) for batch_id in new[:500]],
            "count": len(new),
            "released": sorted({one.number for one in freed}),
        },
    )
    return len(new)


async def close_holds(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Close the holds that this run has opened on the batches of the lines."""
    reason = inputs.get("reason") or "流程解除 / released by the run"
    return ActionOutcome({"count": await close_for(ctx, await _batches(ctx, inputs), reason)})


async def close_for(ctx: ActionContext, batch_ids: Sequence[UUID], reason: str) -> int:
    """Close what the run holds on batches; how many holds that were."""
    c = t.hold.c
    held, closed = await _open(ctx, batch_ids), 0
    if held:
        done = await ctx.tx.execute(
            sa.update(t.hold)
            .where(c.id.in_(held.values()), c.closed_at.is_(None))  # quality may have been quicker
            .values(
                closed_by_run=ctx.run.id,
                closed_by=ctx.actor_id,
                closed_at=sa.func.clock_now(),
                closed_reason=reason,
            )
        )
        closed = int(done.rowcount)
    await ctx.tx.audit(
        "close.hold", "run", str(ctx.run.id), run_id=ctx.run.id, reason=reason, after={"count": closed}
    )
    return closed


async def undo_open(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo of `holds.open`: close what this run holds on those batches."""
    del outputs
    await close_holds(ctx, inputs)


async def _batches(ctx: ActionContext, inputs: Mapping[str, Any]) -> list[UUID]:
    """The batches of the lines, in id order: holds take the batch rows in it, as issues do."""
    return sorted({UUID(line["batch_id"]) for line in await all_lines(ctx, inputs["lines"])})


async def _open(ctx: ActionContext, batch_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Batch -> open hold of this run."""
    c = t.hold.c
    rows = await ctx.tx.rows(
        sa.select(c.batch_id, c.id).where(
            c.batch_id.in_(batch_ids),
            c.opened_by_run == ctx.run.id,
            c.kind == KIND,
            c.closed_at.is_(None),
        )
    )
    return {row["batch_id"]: row["id"] for row in rows}


async def release(
    platform: Platform, hold_id: UUID, *, reason: str, actor: Actor, request_id: str = ""
) -> None:
    """Quality releases a hold outside a run, with a reason (annex 2: only QA unlocks)."""
    async with audit.refusals(platform, actor, "close.hold", "hold", hold_id, request_id=request_id):
        require_person(actor)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            c = t.hold.c
            row = await tx.one_or_none(
                sa.select(c.batch_id, c.scope_site_id, c.closed_at).where(c.id == hold_id).with_for_update()
            )
            if row is None:
                raise NotFound(what=f"锁定 / hold {hold_id}")
            require(actor, Permission.HOLD_CLOSE, row["scope_site_id"])
            if row["closed_at"] is not None:
                raise HoldClosed
            await tx.execute(
                sa.update(t.hold)
                .where(c.id == hold_id)
                .values(closed_by=actor.person_id, closed_at=sa.func.clock_now(), closed_reason=words)
            )
            await tx.audit(
                "close.hold",
                "hold",
                str(hold_id),
                before={"batch": str(row["batch_id"])},
                after={"closed": True},
                reason=words,
            )

"""Services: the batches that a run is about, so that it is found by them."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from services.action_context import ActionContext


async def note_batches(ctx: ActionContext, batch_ids: Collection[UUID]) -> None:
    """Adds the batches to those that the run is known by."""
    c = t.run.c
    known = await ctx.tx.scalar(sa.select(c.batch_ids).where(c.id == ctx.run.id))
    every = sorted({*known, *batch_ids})
    await ctx.tx.execute(sa.update(t.run).where(c.id == ctx.run.id).values(batch_ids=every))

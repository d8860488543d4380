"""Services: postings of a run taken back, last first, each by a reversal that mirrors it move by move."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from services.action_context import ActionContext


async def reverse(ctx: ActionContext, posting_ids: Sequence[UUID]) -> list[UUID]:
    """Reverse postings that are not reversed yet; returns the reversals."""
    c = t.posting.c
    done = await ctx.tx.rows(sa.select(c.reverses_id).where(c.reverses_id.in_(posting_ids)))
    reversed_already = {row["reverses_id"] for row in done}
    made = []
    for number, posting_id in enumerate(reversed(posting_ids)):
        if posting_id not in reversed_already:
            path = f"{ctx.path}/{number}" if number else ctx.path
            made.append(
                await ledger.reverse(
                    ctx.tx, posting_id, actor_id=ctx.actor_id, run_id=ctx.run.id, path=path, reason="undo"
                )
            )
    await ctx.tx.audit(
        "reverse.posting",
        "run",
        str(ctx.run.id),
        run_id=ctx.run.id,
        after={"postings": [str(i) for i in made]},
    )
    return made

"""Services: the action `stocktake.adjust` and its undo (GSP 88). Knows tables and the ledger, no engine.

After it the books of the moment of each count are what was counted, and the books of now are that plus what
moved since: checked in the same transaction, or nothing is posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents, stocktake_books, stocktakes
from domain.batches import PostingKind
from domain.errors import Refusal
from domain.reservations import StockReserved
from domain.stock import InsufficientStock, Posting
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import all_lines
from services.receiving_reversal import reverse
from services.stocktake_carried import Correction, corrections, moment
from services.stocktake_lines import question

ADJUST = "adjust"
"""The outcome of a reviewed line that changes the books."""
REFUSED = {
    InsufficientStock.code: (
        "stock_gone",
        "差异行的库存在盘点后已发出，不足以调减 / goods of a line have left since they were counted",
    ),
    StockReserved.code: (
        "stock_reserved",
        "差异行的库存已为订单预留，请先释放 / goods of a line are promised to an order: release them",
    ),
}
"""What the ledger refuses, by the names that a definition can route; without figures."""


async def adjust(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Post what was approved for each line, with its cause: where the goods are by now."""
    lines = [line for line in await all_lines(ctx, inputs["lines"]) if line["outcome"] == ADJUST]
    if not lines:
        return ActionOutcome({"adjusted": 0})
    document = await documents.of_run(ctx.tx, ctx.run.id, stocktakes.STOCKTAKE)
    assert document is not None
    made = await corrections(ctx, lines, document.id)
    posting = Posting(
        kind=PostingKind.COUNT_ADJUSTMENT,
        actor_id=ctx.actor_id,
        moves=[move for one in made for move in one.moves],
        run_id=ctx.run.id,
        path=ctx.path,
        document_id=document.id,
        reason=document.number,
    )
    try:
        await ledger.post(ctx.tx, posting)
    except Refusal as refusal:
        if refusal.code not in REFUSED:
            raise
        raise ActionRefused(*REFUSED[refusal.code]) from refusal
    await _check(ctx, made)
    await ctx.tx.audit(
        "adjust.stocktake", "document", str(document.id), run_id=ctx.run.id, after={"lines": len(lines)}
    )
    return ActionOutcome({"adjusted": len(lines)})


async def reverse_adjustment(
    ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> None:
    """Undo: the adjustment is reversed; the counts stay."""
    del inputs, outputs
    c = t.posting.c
    rows = await ctx.tx.rows(
        sa.select(c.id)
        .where(c.run_id == ctx.run.id, c.kind == PostingKind.COUNT_ADJUSTMENT.value)
        .order_by(c.id)
    )
    if rows:
        await reverse(ctx, [row["id"] for row in rows])


async def _check(ctx: ActionContext, made: Sequence[Correction]) -> None:
    """The books of the moment of each count are now what was counted, or somebody has changed them since.

    What was corrected where a recall has carried it does not show at the counted place.
    """
    asked = [question(one.line, number, moment(one.line)) for number, one in enumerate(made)]
    held = await stocktake_books.books_at(ctx.tx, ctx.run.site_id, asked)
    for number, one in enumerate(made):
        if held[number] + one.elsewhere != one.line["counted"]:
            place, batch = one.line["location"], one.line["batch_number"]
            raise ActionRefused(
                "ledger_changed",
                f"货位 {place} 批号 {batch} 的账面在批准后已变化，请退回复盘 / "
                f"the books of batch {batch} at {place} have changed since the approval: count it again",
            )

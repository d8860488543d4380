"""Services: the actions `recall.balance`, `recall.close`, `recall.stock_by_site` (GSP 117-118).

A recall closes when every batch at every consignee is balanced, or just what is missing there was explained
and signed for; the database refuses to close it otherwise, whoever asks. Knows no engine.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents, recalls, references
from db.queries.acceptance_signatures import signatures_of_run
from db.queries.positions import HeldPosition, held
from db.queries.recalls import RecallRow
from domain.batches import Status
from domain.canonical import instant
from domain.recall_reconciliation import totals
from services import line_sets
from services.action_context import ActionContext, ActionOutcome
from services.recall_lines import consigned_set, recall_of
from services.receiving_lines import all_lines

EXPLAINED = "explained"


async def balance(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Every line that is not settled."""
    recall = await recall_of(ctx, inputs)
    rows = [row for row in await recalls.consigned(ctx.tx, recall.document_id) if not row.consigned.settled]
    return ActionOutcome(
        {
            "lines": await consigned_set(ctx, rows, "differences"),
            "balanced": not rows,
            "unaccounted": sum(abs(row.consigned.unaccounted) for row in rows),
        }
    )


async def close(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write the explanations down; close when nothing is open, else say how much is.

    Returns and answers under way are waited for: they are in the balance, or open the recall again.
    """
    recall = await recall_of(ctx, inputs)
    c = t.recall.c
    await ctx.tx.execute(sa.select(c.state).where(c.document_id == recall.document_id).with_for_update())
    if inputs.get("lines"):
        await _explain(ctx, recall, inputs["lines"])
    lines = [row.consigned for row in await recalls.consigned(ctx.tx, recall.document_id)]
    missing = sum(abs(line.unaccounted) for line in lines if not line.settled)
    if missing:
        await ctx.tx.audit(
            "balance.recall",
            "document",
            str(recall.document_id),
            run_id=ctx.run.id,
            after={"unaccounted": missing},
        )
        return ActionOutcome({"closed": False, "unaccounted": missing})
    await _close(ctx, recall)
    sums = totals(lines)
    figures = {
        "shipped": sums.shipped,
        "recovered": sums.recovered,
        "consumed": sums.consumed,
        "destroyed": sums.destroyed,
        "explained": sums.explained,
        "consignees": sums.consignees,
        "answered": sums.answered,
    }
    await _closed(ctx, recall, figures)
    return ActionOutcome({"closed": True, "unaccounted": 0})


async def _explain(ctx: ActionContext, recall: RecallRow, reference: Mapping[str, Any]) -> None:
    lines = [line for line in await all_lines(ctx, reference) if line.get("outcome") == EXPLAINED]
    codes = {line["party"] for line in lines}
    parties = await references.parties(ctx.tx, codes)
    rows = [
        {
            "document_id": recall.document_id,
            "kind": "explained",
            "party_id": parties[line["party"]].id,
            "batch_id": UUID(line["batch_id"]),
            "quantity": line["unaccounted"],
            "data": {name: line[name] for name in ("cause", "reason", "actor") if line.get(name)},
            "run_id": ctx.run.id,
            "path": ctx.path,
            "actor_id": ctx.actor_id,
            "occurred_at": ctx.now,
        }
        for line in lines
    ]
    if rows:
        await ctx.tx.execute(sa.insert(t.recall_record), rows)
        await ctx.tx.audit(
            "explain.recall",
            "document",
            str(recall.document_id),
            run_id=ctx.run.id,
            after={"lines": len(rows), "quantity": sum(abs(row["quantity"]) for row in rows)},
        )


async def _closed(ctx: ActionContext, recall: RecallRow, figures: Mapping[str, int]) -> None:
    await ctx.tx.execute(
        sa.insert(t.recall_record).values(
            document_id=recall.document_id,
            kind="closed",
            data=dict(figures),
            run_id=ctx.run.id,
            path=ctx.path,
            actor_id=ctx.actor_id,
            occurred_at=ctx.now,
        )
    )
    header = {
        "closed_at": instant(ctx.now),
        "balance": dict(figures),
        "signatures": await signatures_of_run(ctx.tx, ctx.run.id),
    }
    await documents.change_state(ctx.tx, recall.document_id, "closed", header=header)
    await ctx.tx.audit(
        "close.recall", "document", str(recall.document_id), run_id=ctx.run.id, after=dict(figures)
    )


async def conclude(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write how effective the recall was; one that concerned none of our batches is closed by it."""
    recall = await recall_of(ctx, inputs)
    said = {name: str(inputs[name]) for name in ("effectiveness", "assessment")}
    if recall.state == "open" and not await recalls.batch_ids(ctx.tx, recall.document_id):
        await _close(ctx, recall)
        await _closed(ctx, recall, {})
    header = {
        **said,
        "concluded_at": instant(ctx.now),
        "signatures": await signatures_of_run(ctx.tx, ctx.run.id),
    }
    await documents.change_state(ctx.tx, recall.document_id, "closed", header=header)
    await ctx.tx.audit("conclude.recall", "document", str(recall.document_id), run_id=ctx.run.id, after=said)
    return ActionOutcome({})


async def _close(ctx: ActionContext, recall: RecallRow) -> None:
    c = t.recall.c
    await ctx.tx.execute(
        sa.update(t.recall)
        .where(c.document_id == recall.document_id)
        .values(state="closed", closed_at=sa.func.clock_now())
    )


async def stock_by_site(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Recalled stock of the recall's batches, site by site; a drill has none, whatever other recalls have."""
    recall = await recall_of(ctx, inputs)
    batches = [] if recall.drill else await recalls.batch_ids(ctx.tx, recall.document_id)
    sites: dict[str, list[HeldPosition]] = {}
    for position in await held(ctx.tx, batch_ids=batches, statuses=[Status.RECALLED]):
        sites.setdefault(position.site, []).append(position)
    lines = [(site, await _at_site(ctx, site, stands)) for site, stands in sorted(sites.items())]
    total = sum(line["quantity"] for _site, line in lines)
    made = await line_sets.create(
        ctx.tx, ctx.run.id, ctx.path, "recalled_stock", lines, {"sum_quantity": total}
    )
    return ActionOutcome({"lines": made.model_dump(mode="json")})


async def _at_site(ctx: ActionContext, site: str, stands: Sequence[HeldPosition]) -> dict[str, Any]:
    """What stands at one site; the unit is told where all goods have the same one."""
    named = await references.site(ctx.tx, site)
    units = {position.unit for position in stands}
    return {
        "site": site,
        "text": f"{named.name_zh} / {named.name_en}" if named else site,
        "quantity": sum(position.quantity for position in stands),
        "unit": units.pop() if len(units) == 1 else "",
    }

"""Services: the action `receiving.refuse_delivery` (GSP 72-74). Knows tables, no engine."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.queries import documents
from services.action_context import ActionContext, ActionOutcome


async def refuse_delivery(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Close the dispatch advice, and the receipt if one was opened, as refused; the order stays open."""
    reason = inputs.get("reason") or "收货拒收 / refused at receipt"
    refused = {"result": "refused", "reason": reason}
    advice = await documents.locked(ctx.tx, UUID(inputs["dispatch_advice"]["id"]), "dispatch_advice")
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    if receipt is not None:
        await documents.change_state(ctx.tx, receipt.id, "closed", header=refused)
    if advice is not None and advice.state in {"open", "in_process"}:
        await documents.change_state(ctx.tx, advice.id, "closed", run_id=ctx.run.id, header=refused)
        await ctx.tx.audit(
            "refuse.delivery", "document", str(advice.id), run_id=ctx.run.id, reason=reason, after=refused
        )
    return ActionOutcome({})

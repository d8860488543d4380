"""Services: how a delivery ends without being booked in - refused or left on hold, two actions.

Refused goods went back with the carrier; goods on hold stay in the waiting zone (GSP 72-74, 87). Either way
the dispatch advice is closed, so that nothing waits for a run that is over and nobody receives the same
goods twice; the order stays open for another delivery. Knows tables, no engine.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.queries import documents, runs
from db.queries.acceptance_signatures import signatures_of_run
from services import arrival_facts
from services.action_context import ActionContext, ActionOutcome


async def refuse_delivery(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Close the dispatch advice, and the receipt if one was opened, as refused.

    Nobody gave a reason where the match refused: then it is the match's own. The output is what was
    noted, for who is told.
    """
    reason = inputs.get("reason") or await runs.last_refusal(ctx.tx, ctx.run.workflow_id)
    reason = reason or "收货拒收 / refused at receipt"
    await _close(ctx, inputs, "refuse.delivery", {"result": "refused", "reason": reason})
    return ActionOutcome({"reason": reason})


async def keep_on_hold(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Close dispatch advice and receipt as held: the goods wait in quarantine for quality's decision."""
    reason = inputs.get("reason") or "质量锁定 / on hold"
    await _close(ctx, inputs, "hold.delivery", {"result": "held", "reason": reason})
    return ActionOutcome({})


async def _close(ctx: ActionContext, inputs: Mapping[str, Any], verb: str, how: Mapping[str, Any]) -> None:
    """The advice is left alone when another run has it: that run says what becomes of it."""
    advice = await documents.locked(ctx.tx, UUID(inputs["dispatch_advice"]["id"]), "dispatch_advice")
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    if receipt is not None:
        signed = await signatures_of_run(ctx.tx, ctx.run.id)
        came = {**await arrival_facts.of_run(ctx.tx, ctx.run.id), "signatures": signed}
        await documents.change_state(ctx.tx, receipt.id, "closed", header={**came, **how})
    if advice is None or advice.state not in {"open", "in_process"}:
        return
    if await documents.is_worked_on(ctx.tx, advice, ctx.run.id):
        return
    await documents.change_state(ctx.tx, advice.id, "closed", run_id=ctx.run.id, header=how)
    await ctx.tx.audit(
        verb, "document", str(advice.id), run_id=ctx.run.id, reason=how["reason"], after=dict(how)
    )

"""Services: the action `outbound.settle_refused` - what becomes of what the review refused (GSP 87).

Quality decides line by line: back to green, or to the red zone. Knows tables, no engine.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents
from domain.batches import PostingKind, Status
from domain.places import Goods, rejected_place, unsuitable
from domain.stock import Move, Posting
from services import recalled_goods
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recalled_goods import Caught
from services.receiving_lines import all_lines
from services.shipping_lines import Ground, ground, serial_ids


async def settle_refused(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Move what the review refused to where quality decided: back to green, or to the red zone.

    What a recall has sealed meanwhile is the recall's, and a batch that quality has rejected stays red,
    whatever was decided of some of it.
    """
    site = await ground(ctx)
    shipment = await documents.of_run(ctx.tx, ctx.run.id, "shipment")
    every = await all_lines(ctx, inputs["lines"]) if inputs.get("lines") else []
    apart = await recalled_goods.stopped(ctx, (UUID(line["batch_id"]) for line in every))
    lines = [line for line in every if UUID(line["batch_id"]) not in apart]
    caught = [
        await _caught(ctx, site, line, apart[UUID(line["batch_id"])])
        for line in every
        if UUID(line["batch_id"]) in apart
    ]
    moves = [await _settled(ctx, site, line) for line in lines]
    document_id = shipment.id if shipment else None
    await recalled_goods.set_apart(ctx, caught, site.places, document_id=document_id, beside=moves)
    if moves:
        await ledger.post(
            ctx.tx,
            Posting(
                kind=PostingKind.STATUS_CHANGE,
                actor_id=ctx.actor_id,
                moves=moves,
                run_id=ctx.run.id,
                path=ctx.path,
                document_id=document_id,
            ),
        )
    counted = {
        outcome: sum(line["quantity"] for line in lines if line["outcome"] == outcome)
        for outcome in ("released", "rejected")
    }
    counted["rejected"] += sum(one.quantity for one in caught if one.apart is Status.REJECTED)
    counted["recalled"] = sum(one.quantity for one in caught if one.apart is Status.RECALLED)
    await ctx.tx.audit("settle.refused", "run", str(ctx.run.id), run_id=ctx.run.id, after=counted)
    return ActionOutcome({**counted, "any_recalled": counted["recalled"] > 0})


async def _caught(ctx: ActionContext, site: Ground, line: Mapping[str, Any], apart: Status) -> Caught:
    batch_id = UUID(line["batch_id"])
    ids = await serial_ids(ctx.tx, batch_id, line.get("serials") or [])
    source = site.position(line["waiting_location"], Status.QUARANTINE)
    return Caught(batch_id, line["quantity"], source, tuple(ids.values()), apart)


async def _settled(ctx: ActionContext, site: Ground, line: Mapping[str, Any]) -> Move:
    rejected = line["outcome"] == "rejected"
    goods = Goods(line["storage_class"], line["special_control"], rejected)
    place = next((one for one in site.places if one.code == line.get("location")), None)
    if place is None and rejected:
        place = rejected_place(site.places, goods)
    if place is None:
        words = f"没有货位 {line.get('location') or ''} / there is no such location"
        raise ActionRefused("location_unknown", words)
    wrong = unsuitable(place, goods)
    if wrong:
        raise ActionRefused("location_unsuitable", " / ".join(wrong))
    batch_id = UUID(line["batch_id"])
    ids = await serial_ids(ctx.tx, batch_id, line.get("serials") or [])
    return Move(
        batch_id,
        line["quantity"],
        site.position(line["waiting_location"], Status.QUARANTINE),
        site.position(place.code, Status.REJECTED if rejected else Status.QUALIFIED),
        reason=line.get("assessment") or line.get("finding") or None,
        serial_ids=tuple(ids.values()),
    )

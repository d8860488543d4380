"""Services: goods of a shipment put back - the undo of the pick, and the action `outbound.put_back`.

They return to where they were picked; packages that were made for the shipment are taken apart. Knows tables,
no engine.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents
from db.queries import packages as package_queries
from db.queries.documents import DocumentRef, LineRef
from domain.batches import PostingKind, Status
from domain.reservations import NotReserved
from domain.stock import Move, Posting
from services import package_contents, recalled_goods, reservations
from services.action_context import ActionContext, ActionOutcome
from services.recalled_goods import Caught
from services.shipping_lines import Ground, ground, order_lines, serial_ids


async def put_back(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Cancel the shipment, put its goods back, let go of what is reserved; the sales order waits again."""
    order = await documents.locked(ctx.tx, UUID(inputs["sales_order"]["id"]), "sales_order")
    assert order is not None
    reason = inputs.get("reason") or "出库中止 / outbound was stopped"
    found = await documents.of_run(ctx.tx, ctx.run.id, "shipment")
    quantity = 0
    if found is not None:
        await reservations.release_run(ctx.tx, order.id, by=reservations.taker_of(ctx), reason=reason)
        quantity = await move_back(ctx, found, keep_reserved=False)
        how = {"result": "stopped", "reason": reason}
        await documents.change_state(ctx.tx, found.id, "cancelled", header=how)
    await reservations.release_run(ctx.tx, order.id, by=reservations.taker_of(ctx), reason=reason)
    await documents.change_state(ctx.tx, order.id, "open")
    await ctx.tx.audit(
        "put_back.shipment",
        "document",
        str(found.id if found else order.id),
        run_id=ctx.run.id,
        reason=reason,
        after={"quantity": quantity},
    )
    return ActionOutcome({"quantity": quantity})


async def return_pick(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the goods go back to where they were picked, still reserved; the shipment is cancelled."""
    del inputs
    shipment = await documents.locked(ctx.tx, UUID(outputs["shipment"]), "shipment")
    if shipment is None or shipment.state == "cancelled":
        return
    await move_back(ctx, shipment, keep_reserved=True)
    await documents.change_state(ctx.tx, shipment.id, "cancelled")
    await ctx.tx.audit("cancel.shipment", "document", str(shipment.id), run_id=ctx.run.id)


async def move_back(ctx: ActionContext, shipment: DocumentRef, *, keep_reserved: bool) -> int:
    """Move the goods of a shipment back to their locations and its packages with them; how many units.

    They stay reserved for their order line, unless a seal has released them meanwhile or nobody wants that.
    What a recall has sealed goes to the recall zone instead, what quality has rejected to the red zone.
    """
    site = await ground(ctx)
    every = [line for line in await documents.lines_of(ctx.tx, shipment.id) if line.quantity]
    stopped = await recalled_goods.stopped(ctx, (line.batch_id for line in every if line.batch_id))
    lines = [line for line in every if line.batch_id not in stopped]
    moves = []
    for line in lines:
        assert line.batch_id is not None
        ids = await serial_ids(ctx.tx, line.batch_id, line.data.get("serials") or [])
        source, target = site.position(line.data["location"]), site.position(line.data["from_location"])
        moves.append(
            Move(line.batch_id, line.quantity, source, target, None, line.id, "put back", tuple(ids.values()))
        )
    caught = [await _caught(ctx, site, line, stopped) for line in every if line.batch_id in stopped]
    await recalled_goods.set_apart(ctx, caught, site.places, document_id=shipment.id, beside=moves)
    if moves:
        posting = Posting(
            kind=PostingKind.PUT_AWAY,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=f"{ctx.path}/back",
            document_id=shipment.id,
            reason="put back",
        )
        await _carry_back(ctx, posting, await order_lines(ctx, shipment, lines), keep_reserved=keep_reserved)
    await _return_packages(ctx, shipment, site, lines)
    return sum(move.quantity for move in moves)


async def _caught(ctx: ActionContext, site: Ground, line: LineRef, stopped: Mapping[UUID, Status]) -> Caught:
    assert line.batch_id is not None
    ids = await serial_ids(ctx.tx, line.batch_id, line.data.get("serials") or [])
    source = site.position(line.data["location"])
    return Caught(line.batch_id, line.quantity, source, tuple(ids.values()), stopped[line.batch_id])


async def _carry_back(
    ctx: ActionContext, posting: Posting, line_ids: Sequence[UUID], *, keep_reserved: bool
) -> None:
    if not keep_reserved:
        await ledger.post(ctx.tx, posting)
        return
    try:
        async with ctx.tx.savepoint():
            await reservations.carry(ctx.tx, posting, line_ids, by=reservations.taker_of(ctx))
    except NotReserved:  # a seal has released them: they go back unreserved
        await ledger.post(ctx.tx, posting)


async def _return_packages(
    ctx: ActionContext, shipment: DocumentRef, site: Ground, lines: Sequence[LineRef]
) -> None:
    """Packages that were made for the shipment are taken apart; those that were picked whole go back."""
    found = await package_queries.of_document(ctx.tx, shipment.id)
    await package_contents.dissolve(ctx.tx, [one.id for one in found if one.number is not None])
    home = {
        sscc: line.data["from_location"] for line in lines for sscc in line.data.get("picked_packages", ())
    }
    for one in found:
        if one.number is None:  # picked whole; one with recalled goods stays where it is
            every = await package_contents.held_below(ctx.tx, [one.id])
            where = {"location_id": site.position(home[one.sscc]).location_id} if one.sscc in home else {}
            await package_contents.change(ctx.tx, [p.id for p in every], document_id=None, **where)

"""Services: the actions `outbound.load`, `outbound.hand_over` and `outbound.issue` (GSP 95, 99, 105-112).

At each hand-over the goods are compared again: reviewed, packed and shipped agree by batch and serial, or it
goes no further. Only what is issuable leaves: the database refuses the rest by name. Knows tables, no engine.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents, order_counts
from db.queries import packages as package_queries
from db.queries.acceptance_signatures import signatures_of_run
from db.queries.documents import DocumentRef
from db.session import Transaction
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.canonical import instant
from domain.reservations import NotReserved, Reserved
from domain.stock import Move, Position, Posting
from services import package_contents, reservations
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.shipping_lines import goods_of, ground, order_lines, serial_ids, shipment_of
from services.shipping_packing import packed_goods, refuse_differences

LOADED = ("carrier", "vehicle", "driver", "transport_mode", "temperature", "container")


async def load(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write carrier, vehicle, driver and temperature on the shipment; its note can be printed then."""
    shipment = await shipment_of(ctx)
    await _compare(ctx, shipment)
    loaded = {name: inputs[name] for name in LOADED if inputs.get(name) not in (None, "")}
    header = {
        **loaded,
        "loaded_at": instant(ctx.now),
        "signatures": await signatures_of_run(ctx.tx, ctx.run.id),
    }
    await documents.change_state(ctx.tx, shipment.id, "in_process", header=header)
    await ctx.tx.audit("load.shipment", "document", str(shipment.id), run_id=ctx.run.id, after=loaded)
    count = shipment.header.get("packages", 0)
    return ActionOutcome({"packages": count, "shipment_number": shipment.number})


async def unload(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: nothing of the loading stands on the shipment any longer."""
    del inputs, outputs
    shipment = await shipment_of(ctx)
    await _strip(ctx, shipment, (*LOADED, "loaded_at"))
    await ctx.tx.audit("unload.shipment", "document", str(shipment.id), run_id=ctx.run.id)


async def check_issuable(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Refuse by name what may not leave, before it stands on somebody else's vehicle."""
    del inputs
    shipment = await shipment_of(ctx)
    await _compare(ctx, shipment)
    lines = [line for line in await documents.lines_of(ctx.tx, shipment.id) if line.quantity]
    why = sa.func.not_issuable_because(
        t.batch.c.id, shipment.site_id, Status.QUALIFIED.value, shipment.party_id, sa.func.clock_now()
    )
    ids = {line.batch_id for line in lines}
    rows = await ctx.tx.rows(sa.select(t.batch.c.number, why.label("why")).where(t.batch.c.id.in_(ids)))
    stopped = {row["number"]: BatchNotIssuable(because=row["why"]) for row in rows if row["why"]}
    if stopped:
        zh = "；".join(f"批号 {number}：{refusal.message('zh')}" for number, refusal in stopped.items())
        en = "; ".join(f"batch {number}: {refusal.message('en')}" for number, refusal in stopped.items())
        raise ActionRefused("batch_not_issuable", f"{zh} / {en}")
    return ActionOutcome({})


async def hand_over(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write down who received how many packages; refused when they are not the shipment's."""
    shipment = await shipment_of(ctx)
    await _compare(ctx, shipment)
    count = shipment.header.get("packages", 0)
    if inputs["packages"] != count:
        words = (
            f"出库单 {shipment.number} 共 {count} 箱，交接 {inputs['packages']} 箱"
            f" / packages of the shipment: {count}, handed over: {inputs['packages']}"
        )
        raise ActionRefused("not_consistent", words)
    header = {"received_by": inputs["received_by"], "handed_over_at": instant(ctx.now)}
    await documents.change_state(ctx.tx, shipment.id, "in_process", header=header)
    await ctx.tx.audit("hand_over.shipment", "document", str(shipment.id), run_id=ctx.run.id, after=header)
    return ActionOutcome({"packages": count})


async def take_back(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the goods were not handed over after all."""
    del inputs, outputs
    shipment = await shipment_of(ctx)
    await _strip(ctx, shipment, ("received_by", "handed_over_at"))
    await ctx.tx.audit("take_back.shipment", "document", str(shipment.id), run_id=ctx.run.id)


async def issue(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Post the issue, close the shipment, count it on the sales order and let the packages go."""
    del inputs
    shipment = await shipment_of(ctx)
    await _compare(ctx, shipment)
    assert shipment.source_document_id is not None
    await documents.locked(ctx.tx, shipment.source_document_id, "sales_order")
    lines = [line for line in await documents.lines_of(ctx.tx, shipment.id) if line.quantity]
    site = await ground(ctx)
    moves = []
    for line in lines:
        assert line.batch_id is not None
        serials = await serial_ids(ctx.tx, line.batch_id, line.data.get("serials") or [])
        moves.append(
            Move(
                line.batch_id,
                line.quantity,
                site.position(line.data["location"]),
                PlaceKind.CUSTOMER,
                shipment.party_id,
                line.id,
                serial_ids=tuple(serials.values()),
            )
        )
    leaving = [
        Reserved(line_id, move.batch_id, _inside(move), move.quantity)
        for move, line_id in zip(moves, await order_lines(ctx, shipment, lines), strict=True)
    ]
    await _use_reserved(ctx, shipment.source_document_id, leaving)
    posting = await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.ISSUE,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=ctx.path,
            document_id=shipment.id,
        ),
    )
    await _close(ctx, shipment)
    quantity = sum(line.quantity for line in lines)
    return ActionOutcome({"posting": str(posting), "quantity": quantity, "shipment": str(shipment.id)})


async def _use_reserved(ctx: ActionContext, order: UUID, leaving: list[Reserved]) -> None:
    """Use what is reserved. What a hold released is promised again first; a standing hold refuses that."""
    by = reservations.taker_of(ctx)
    try:
        async with ctx.tx.savepoint():
            await reservations.consume(ctx.tx, leaving, by=by)
    except NotReserved:
        await reservations.release_run(ctx.tx, order, by=by, reason="issue")
        await reservations.reserve(ctx.tx, leaving, by=by, reason="issue")
        await reservations.consume(ctx.tx, leaving, by=by)


async def _compare(ctx: ActionContext, shipment: DocumentRef) -> None:
    """Picked less refused = reviewed = packed, by batch and serial."""
    lines = await documents.lines_of(ctx.tx, shipment.id)
    reviewed = goods_of(lines, "reviewed")
    refuse_differences(reviewed, await packed_goods(ctx, shipment), "reviewed", "packed")
    broken = [
        line for line in lines if line.data["picked"] != line.data["reviewed"] + line.data.get("refused", 0)
    ]
    if broken:
        refuse_differences(goods_of(broken, "picked"), goods_of(broken, "reviewed"), "picked", "reviewed")


def _inside(move: Move) -> Position:
    assert isinstance(move.source, Position)
    return move.source


async def _close(ctx: ActionContext, shipment: DocumentRef) -> None:
    signatures = await signatures_of_run(ctx.tx, ctx.run.id)
    header = {"shipped_at": instant(ctx.now), "signatures": signatures}
    await documents.change_state(ctx.tx, shipment.id, "closed", header=header)
    roots = await package_queries.of_document(ctx.tx, shipment.id)
    await package_contents.ship(ctx.tx, [one.id for one in roots])
    assert shipment.source_document_id is not None
    # What was promised and not found is free again; it stays on the order for another run.
    await reservations.release_run(
        ctx.tx, shipment.source_document_id, by=reservations.taker_of(ctx), reason="not sent"
    )
    await count_on_order(ctx.tx, shipment.id, shipment.source_document_id)
    await ctx.tx.audit("issue.shipment", "document", str(shipment.id), run_id=ctx.run.id)


async def count_on_order(tx: Transaction, shipment: UUID, order: UUID) -> None:
    """What left counts on the order's lines; an order of which nothing is outstanding is closed."""
    await order_counts.add_to_lines(tx, order, "shipped", await order_counts.by_order_line(tx, shipment))
    done = await order_counts.is_full(tx, order, "shipped")
    await documents.change_state(tx, order, "closed" if done else "open")


async def _strip(ctx: ActionContext, shipment: DocumentRef, names: tuple[str, ...]) -> None:
    c = t.document.c
    without = c.header.op("-")(sa.cast(sa.literal(list(names)), sa.ARRAY(sa.Text)))
    await ctx.tx.execute(sa.update(t.document).where(c.id == shipment.id).values(header=without))

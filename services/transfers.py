"""Services: transfers - allocated and sent: actions `transfer.allocate`, `transfer.dispatch` and their undo.

One run works over both sites; here is what happens at the site that sends. Goods in transit have no position:
what is on the way is the sum of a transfer's own moves. Knows tables, no engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents, order_counts
from db.queries import reservations as queries
from db.queries.documents import DocumentRef
from domain.batches import PlaceKind, PostingKind
from domain.canonical import instant
from domain.reservations import NotReserved, Reserved
from domain.shipping import picked
from domain.stock import Move, Position, Posting
from services import arrival_facts, line_sets, reservations, turned_round
from services.action_context import ActionContext, ActionOutcome, ActionRefused, Told
from services.outbound_allocation import allocate_document
from services.outbound_orders import document_id_of, outbound_order, shipped
from services.receiving_lines import all_lines
from services.shipping_lines import (
    Scans,
    aggregates,
    ground,
    handed_on,
    keyed,
    scans_of,
    serial_ids,
    serialised,
)

NOT_SENT = "未调出 / not sent"


@dataclass(frozen=True)
class Sent:
    """One line that goes: goods, from where, with their serials."""

    line: Mapping[str, Any]
    quantity: int
    source: Position
    serials: Mapping[str, UUID] = field(default_factory=dict)


async def allocate_transfer(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Take the transfer into process and reserve what it asks for."""
    order = await outbound_order(ctx, "transfer", inputs.get("transfer"))
    outcome = await allocate_document(ctx, order, partial=inputs.get("partial") is True)
    await documents.change_state(ctx.tx, order.document.id, "in_process", run_id=ctx.run.id)
    return outcome


async def release_transfer(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: nothing is reserved any more, and the transfer waits again unless a part of it has left.

    What has arrived is not sent a second time: the transfer is closed.
    """
    del outputs
    await _release(ctx, inputs, "undo")


async def stop(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Give the transfer up for now: the same, as a decision of its run."""
    await _release(ctx, inputs, inputs.get("reason") or NOT_SENT)
    return ActionOutcome({})


async def _release(ctx: ActionContext, inputs: Mapping[str, Any], reason: str) -> None:
    transfer = await _transfer(ctx, inputs)
    taker = reservations.taker_of(ctx)
    await reservations.release_run(ctx.tx, transfer.id, by=taker, reason=reason)
    if transfer.state == "in_process":
        lines = await documents.lines_of(ctx.tx, transfer.id)
        if not any(shipped(line) for line in lines):
            await documents.change_state(ctx.tx, transfer.id, "open")
        elif any(line.data.get("received") for line in lines):
            head = {"result": "difference" if transfer.header.get("reason") else "received"}
            await documents.change_state(ctx.tx, transfer.id, "closed", header=head)
    await ctx.tx.audit("release.transfer", "document", str(transfer.id), run_id=ctx.run.id, reason=reason)


async def dispatch(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Post what was picked into transit, used from its reservations; release what was not found."""
    transfer = await _transfer(ctx, inputs)
    lines = await all_lines(ctx, inputs["lines"])
    sent = await _sent(ctx, inputs["lines"], lines)
    if not sent:
        raise ActionRefused("nothing_sent", "各行均未拣到货物 / nothing was picked")
    await _refuse_held(ctx, sent)
    of_order = {line.line_no: line.id for line in await documents.lines_of(ctx.tx, transfer.id)}
    await _post(ctx, transfer, sent, of_order)
    taker = reservations.taker_of(ctx)
    await reservations.release_run(ctx.tx, transfer.id, by=taker, reason=NOT_SENT)
    gone = _by_line(sent)
    await order_counts.add_to_lines(ctx.tx, transfer.id, "shipped", gone)
    head = {name: inputs[name] for name in ("carrier", "vehicle") if inputs.get(name)}
    head |= {"shipped_at": instant(ctx.now), **await arrival_facts.departure(ctx.tx, ctx.run.id)}
    await documents.change_state(ctx.tx, transfer.id, "in_process", header=head)
    made = await _write(ctx, "sent_lines", [_line(number, one) for number, one in enumerate(sent, 1)])
    total = sum(gone.values())
    await ctx.tx.audit(
        "dispatch.transfer", "document", str(transfer.id), run_id=ctx.run.id, after={"sent": total, **head}
    )
    missing = sum(line["quantity"] for line in lines) - total
    return ActionOutcome({"lines": made, "sent": total, "missing": missing})


async def return_dispatch(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Told:
    """Undo: the goods come back unchecked and wait for quality; refused once they have arrived."""
    transfer = await _transfer(ctx, inputs)
    lines = await all_lines(ctx, outputs["lines"])
    of_order = {line.line_no: line.id for line in await documents.lines_of(ctx.tx, transfer.id)}
    told = await turned_round.take_back(ctx, transfer, lines, of_order)
    back: dict[int, int] = {}
    for line in lines:
        back[line["order_line"]] = back.get(line["order_line"], 0) - line["quantity"]
    await order_counts.add_to_lines(ctx.tx, transfer.id, "shipped", back)
    not_sent = dict.fromkeys(("carrier", "vehicle", "shipped_at", "departure_temperature"))
    await documents.change_state(ctx.tx, transfer.id, transfer.state, header=not_sent)
    await ctx.tx.audit(
        "take_back.transfer",
        "document",
        str(transfer.id),
        run_id=ctx.run.id,
        reason=ctx.reason or None,
        after={"quantity": -sum(back.values())},
    )
    return told


async def postings_of(ctx: ActionContext, document_id: UUID, kind: PostingKind) -> list[UUID]:
    """The postings that this effect of the run made for a document."""
    c = t.posting.c
    rows = await ctx.tx.rows(
        sa.select(c.id)
        .where(
            c.document_id == document_id,
            c.run_id == ctx.run.id,
            c.path.in_((ctx.path, f"{ctx.path}/lost")),
            c.kind == kind.value,
        )
        .order_by(c.id)
    )
    return [row["id"] for row in rows]


async def _transfer(ctx: ActionContext, inputs: Mapping[str, Any]) -> DocumentRef:
    found = await documents.locked(ctx.tx, document_id_of(inputs.get("transfer")), "transfer")
    if found is None:
        raise ActionRefused("order_unknown", "没有这张调拨单 / there is no such transfer")
    return found


async def _sent(
    ctx: ActionContext, reference: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> list[Sent]:
    site = await ground(ctx)
    scans = await scans_of(ctx.tx, ctx.run.id, reference)
    tracked = await serialised(ctx.tx, (UUID(line["batch_id"]) for line in lines))
    found = []
    for line in lines:
        scanned, batch_id = scans.get(line["line"], Scans()), UUID(line["batch_id"])
        quantity = picked(line, scanned.quantity)
        ids = await serial_ids(ctx.tx, batch_id, scanned.serials) if batch_id in tracked else {}
        check_serials(line, quantity, len(ids), tracked=batch_id in tracked)
        if quantity:
            found.append(Sent(line, quantity, site.position(line["location"]), ids))
    return found


def check_serials(line: Mapping[str, Any], quantity: int, scanned: int, *, tracked: bool) -> None:
    """Goods that are tracked piece by piece travel with as many serials as pieces."""
    if tracked and scanned != quantity:
        words = (
            f"批号 {line['batch_number']} 逐件追溯：数量 {quantity}，扫描 {scanned}"
            f" / batch {line['batch_number']} is tracked piece by piece: {quantity} pieces, {scanned} scanned"
        )
        raise ActionRefused("serials_incomplete", words)


async def _refuse_held(ctx: ActionContext, sent: Sequence[Sent]) -> None:
    held = await queries.held(ctx.tx, ctx.run.site_id, {UUID(one.line["batch_id"]) for one in sent})
    named = sorted({one.line["batch_number"] for one in sent if UUID(one.line["batch_id"]) in held})
    if named:
        raise ActionRefused("batch_on_hold", f"批号已锁定，不得调出：{'、'.join(named)} / on hold, not sent")


async def _post(
    ctx: ActionContext, transfer: DocumentRef, sent: Sequence[Sent], of_order: Mapping[int, UUID]
) -> None:
    goods = [
        Reserved(of_order[one.line["order_line"]], UUID(one.line["batch_id"]), one.source, one.quantity)
        for one in sent
    ]
    try:
        await reservations.consume(ctx.tx, goods, by=reservations.taker_of(ctx))
    except NotReserved as refused:
        words = f"{refused.message('zh')} / {refused.message('en')}"
        raise ActionRefused("not_reserved", words) from refused
    moves = [
        Move(
            UUID(one.line["batch_id"]),
            one.quantity,
            one.source,
            PlaceKind.TRANSIT,
            document_line_id=of_order[one.line["order_line"]],
            serial_ids=tuple(one.serials.values()),
        )
        for one in sent
    ]
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.TRANSFER_OUT,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=ctx.path,
            document_id=transfer.id,
        ),
    )


def _by_line(sent: Sequence[Sent]) -> dict[int, int]:
    gone: dict[int, int] = {}
    for one in sent:
        gone[one.line["order_line"]] = gone.get(one.line["order_line"], 0) + one.quantity
    return gone


def _line(number: int, one: Sent) -> dict[str, Any]:
    line = handed_on(one.line, number=number, quantity=one.quantity, serials=sorted(one.serials))
    return {name: value for name, value in line.items() if name != "location"}


async def _write(ctx: ActionContext, kind: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, kind, keyed(lines), aggregates(lines))
    return made.model_dump(mode="json")

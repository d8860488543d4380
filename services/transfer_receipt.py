"""Services: transfers as they arrive - action `transfer.receive` and its undo.

What arrived waits in quarantine and is inspected again (GSP 81). What did not arrive, when that was
confirmed, is taken over by this site and written off at once, so that nothing stays on the way for ever and
the loss stands in the ledger with its reason; what is too much stands in quarantine too
(`transfer_differences`). Goods that have arrived stay arrived: a count that is done again corrects what the
first one said. Knows tables, no engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents, order_counts, transfer_books
from db.queries.documents import DocumentRef
from domain.batches import PlaceKind, PostingKind
from domain.stock import Move, Posting
from domain.transfers import ArrivalNotPossible, arrived
from services import arrival_facts, line_sets, transfer_differences, transfer_places, turned_round
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import all_lines
from services.shipping_lines import Ground, Scans, aggregates, handed_on, keyed, scans_of, serial_ids
from services.transfer_differences import Came
from services.transfer_places import ground
from services.transfers import check_serials

RECOUNT = "recount"
"""The result of an arrival that is being counted again."""


async def receive(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Post what arrived into the waiting zone, once, and what differs as often as it is counted."""
    transfer, site = await ground(ctx, inputs)
    came = await _came(ctx, inputs["lines"])
    missing = sum(one.arrival.missing for one in came)
    surplus = sum(one.arrival.surplus for one in came)
    if (missing or surplus) and inputs.get("confirmed") is not True:
        zh = "；".join(one.arrival.words("zh") for one in came if one.arrival.differs)
        en = "; ".join(one.arrival.words("en") for one in came if one.arrival.differs)
        raise ActionRefused("quantity_differs", f"{zh} / {en}")
    reason = inputs.get("reason") or "收发差异 / another quantity arrived"
    of_order = {line.line_no: line for line in await documents.lines_of(ctx.tx, transfer.id)}
    order_lines = {number: line.id for number, line in of_order.items()}
    if not await transfer_books.has_arrived(ctx.tx, transfer.id, ctx.run.id):
        await _post_arrival(ctx, transfer, site, came, order_lines)
    await transfer_differences.book(ctx, transfer, site, came, order_lines, reason)
    lines = [
        handed_on(one.line, number=number, quantity=one.arrival.arrived, serials=sorted(one.here))
        for number, one in enumerate((one for one in came if one.arrival.arrived), 1)
    ]
    lines = [{k: v for k, v in line.items() if k != "received_quantity"} for line in lines]
    made = await line_sets.create(
        ctx.tx, ctx.run.id, ctx.path, "arrived_lines", keyed(lines), aggregates(lines)
    )
    differs = missing or surplus
    head: dict[str, Any] = {
        "result": "difference" if differs else "received",
        **dict.fromkeys(("reason", "missing", "surplus")),
    }
    if differs:
        head |= {"reason": reason, "missing": missing, "surplus": surplus}
    head |= await arrival_facts.of_run(ctx.tx, ctx.run.id)
    await documents.change_state(ctx.tx, transfer.id, transfer.state, header=head)
    told = arrived_by_line({**one.line, "quantity": one.arrival.arrived} for one in came)
    before = {number: line.data.get("received", 0) for number, line in of_order.items()}
    changed = {number: quantity - before.get(number, 0) for number, quantity in told.items()}
    await order_counts.add_to_lines(ctx.tx, transfer.id, "received", changed)
    received = sum(one.arrival.arrived for one in came)
    counted = {"received": received, "missing": missing, "surplus": surplus}
    await ctx.tx.audit(
        "receive.transfer",
        "document",
        str(transfer.id),
        run_id=ctx.run.id,
        reason=head.get("reason"),
        after=counted,
    )
    return ActionOutcome({"lines": made.model_dump(mode="json"), **counted})


async def return_receipt(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: nothing goes on the road again; what has arrived stays in quarantine, and the head says so.

    Of a run that is cancelled quality decides; a run that is sent back counts again and corrects.
    """
    del outputs
    if ctx.why == "cancelled":
        raise ActionRefused("arrived", turned_round.ARRIVED)
    transfer, _ = await ground(ctx, inputs)
    await documents.change_state(ctx.tx, transfer.id, transfer.state, header={"result": RECOUNT})


def arrived_by_line(lines: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """Line of the transfer -> what arrived of it."""
    found: dict[int, int] = {}
    for line in lines:
        found[line["order_line"]] = found.get(line["order_line"], 0) + line["quantity"]
    return found


async def _came(ctx: ActionContext, reference: Mapping[str, Any]) -> list[Came]:
    scans = await scans_of(ctx.tx, ctx.run.id, reference)
    found = []
    for line in await all_lines(ctx, reference):
        try:
            arrival = arrived(line)
        except ArrivalNotPossible as wrong:
            words = f"{wrong.message('zh')} / {wrong.message('en')}"
            raise ActionRefused("not_in_transit", words) from wrong
        ids = await serial_ids(ctx.tx, UUID(line["batch_id"]), line["serials"])
        scanned = scans.get(line["line"], Scans()).serials
        here = {
            number: ids[number] for number in scanned if number in ids
        }  # also when all is said to be here
        check_serials(line, arrival.arrived, len(here), tracked=bool(ids))
        lost = {number: ids[number] for number in ids if number not in here}
        found.append(Came(line, arrival, here, lost))
    return found


async def _post_arrival(
    ctx: ActionContext,
    transfer: DocumentRef,
    site: Ground,
    came: Sequence[Came],
    order_lines: Mapping[int, UUID],
) -> None:
    moves = [
        Move(
            UUID(one.line["batch_id"]),
            one.arrival.sent,
            PlaceKind.TRANSIT,
            transfer_places.waiting(site, one.line),
            document_line_id=order_lines.get(one.line["order_line"]),
            serial_ids=(*one.here.values(), *one.lost.values()),
        )
        for one in came
    ]
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.TRANSFER_IN,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=ctx.path,
            document_id=transfer.id,
        ),
    )

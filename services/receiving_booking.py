"""Services: the action `receiving.book_in` and its undo (GSP 81, 83). Knows tables, no engine.

Only what was accepted enters qualified stock, at the location where it was put away; what was rejected
goes to the red zone. Five hundred lines per transaction; the first one checks them all, so that a refusal
comes before any effect.
What the lines are checked against is in `receiving_ground`.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents, order_counts, recall_moves
from db.queries.acceptance_signatures import signatures_of_run, signatures_over
from db.queries.documents import DocumentRef
from db.session import Transaction
from domain.batches import PostingKind
from domain.stock import Move, Position, Posting
from services import arrival_facts, recalled_goods
from services.action_context import ActionContext, ActionOutcome
from services.recalled_goods import Caught
from services.receiving_ground import Ground, check, ground_of, moves_of
from services.receiving_lines import CHUNK, all_lines, chunk_of, day_of, span
from services.receiving_match import CARRIED
from services.receiving_reversal import reverse
from services.receiving_serials import Split, splits
from services.shipping_lines import Scans, scans_of

OF_RECEIPT = arrival_facts.NAMES | {*CARRIED, "signatures"}
"""What stands in the receipt alone: how the goods travelled, and who signed for it."""


async def book_in(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Book the next lines in; on the last ones close the documents."""
    first = ctx.cursor is None
    lines = await (
        all_lines(ctx, inputs["lines"]) if first else chunk_of(ctx, inputs["lines"], ctx.cursor or 0)
    )
    ground = await ground_of(ctx, lines)
    for line in lines:
        check(line, ground)
    lines = lines[:CHUNK]
    document = await _open_put_away(ctx, ground.receipt) if first else await _put_away_of(ctx)
    rows = await _document_lines(ctx, document, lines, ground)
    scans = await scans_of(ctx.tx, ctx.run.id, inputs["lines"])
    await _post(ctx, document, lines, ground, rows, scans)
    if lines and lines[-1]["line"] < inputs["lines"]["count"]:
        return ActionOutcome({"put_away": str(document)}, cursor=lines[-1]["line"])
    await _close(ctx, document, ground.receipt, inputs["lines"]["id"])
    told = await recall_moves.any_set_apart(ctx.tx, document)
    return ActionOutcome({"put_away": str(document), **told})


async def reverse_booking(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: every posting of the put-away is reversed, the documents are in process again.

    What a recall has sealed stays in its zone.
    """
    del inputs
    document = await documents.locked(ctx.tx, UUID(outputs["put_away"]), "put_away")
    if document is None or document.state == "cancelled":
        return
    rows = await ctx.tx.rows(
        sa.select(t.posting.c.id)
        .where(t.posting.c.document_id == document.id, t.posting.c.kind == PostingKind.PUT_AWAY.value)
        .order_by(t.posting.c.id)
    )
    await reverse(ctx, [row["id"] for row in rows])
    if document.state == "closed":
        await _reopen(ctx, document)
    await documents.change_state(ctx.tx, document.id, "cancelled")


async def _post(
    ctx: ActionContext,
    document: UUID,
    lines: Sequence[Mapping[str, Any]],
    ground: Ground,
    rows: Mapping[int, UUID],
    scans: Mapping[int, Scans],
) -> None:
    accepted = {line["number"]: ground.quantities(line)[0] for line in lines}
    serials = await splits(ctx, ground.receipt, lines, accepted, scans)
    moves: list[Move] = []
    caught: list[Caught] = []
    for line in lines:
        for move in moves_of(line, ground, rows[line["line"]], serials.get(line["number"], Split())):
            apart = ground.status(line)
            if apart and isinstance(move.source, Position):
                caught.append(Caught(move.batch_id, move.quantity, move.source, move.serial_ids, apart))
            else:
                moves.append(move)
    await recalled_goods.set_apart(ctx, caught, ground.places, document_id=document, beside=moves)
    if not moves:
        return
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.PUT_AWAY,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=f"{ctx.path}/{ctx.chunk}" if ctx.chunk else ctx.path,
            document_id=document,
        ),
    )


async def _open_put_away(ctx: ActionContext, receipt: DocumentRef) -> UUID:
    number = await documents.next_number(ctx.tx, "put_away", receipt, "SJ")
    document = await documents.open_document(
        ctx.tx,
        kind="put_away",
        number=number,
        source=receipt,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        occurred_at=ctx.now,
        header={
            "receipt": receipt.number,
            **{name: value for name, value in receipt.header.items() if name not in OF_RECEIPT},
        },
    )
    await ctx.tx.audit(
        "open.put_away", "document", str(document), run_id=ctx.run.id, after={"number": number}
    )
    return document


async def _put_away_of(ctx: ActionContext) -> UUID:
    document = await documents.of_run(ctx.tx, ctx.run.id, "put_away")
    assert document is not None
    return document.id


async def _document_lines(
    ctx: ActionContext,
    document: UUID,
    lines: Sequence[Mapping[str, Any]],
    ground: Ground,
) -> dict[int, UUID]:
    """Write the lines of the put-away document; line number -> its id."""
    await documents.add_lines(
        ctx.tx,
        document,
        [
            {
                "line_no": line["line"],
                "material_id": ground.materials[line["material"]].id,
                "batch_number": line["batch_number"],
                "produced_on": day_of(line.get("produced_on")),
                "expires_on": day_of(line.get("expires_on")),
                "quantity": ground.quantities(line)[0],
                "order_line_no": line.get("order_line"),
                "batch_id": UUID(line["batch_id"]),
                "data": {
                    "location": line.get("location"),
                    "accepted_quantity": ground.quantities(line)[0],
                    "rejected_quantity": ground.quantities(line)[1],
                    "keeper": line.get("actor"),
                    **ground.materials[line["material"]].facts,
                    **({apart.value: True} if (apart := ground.status(line)) else {}),
                },
            }
            for line in lines
        ],
    )
    return await documents.line_ids(ctx.tx, document, span(lines))


async def close_delivery(tx: Transaction, document: UUID, receipt: DocumentRef) -> None:
    """Close put-away, receipt and advice; count what was received, and close an order that is complete."""
    for closed in (document, receipt.id, receipt.source_document_id):
        if closed is not None:
            await documents.change_state(tx, closed, "closed")
    order_id = UUID(receipt.header["purchase_order_id"])
    await documents.locked(tx, order_id, "purchase_order")
    await order_counts.add_to_lines(tx, order_id, "received", await order_counts.by_order_line(tx, document))
    if await order_counts.is_full(tx, order_id, "received"):
        await documents.change_state(tx, order_id, "closed")


async def _close(ctx: ActionContext, document: UUID, receipt: DocumentRef, line_set: str) -> None:
    """The put-away says who signed it, the receipt who signed what came before the acceptance."""
    put_away = await signatures_over(ctx.tx, line_set)
    record = await documents.of_run(ctx.tx, ctx.run.id, "acceptance_record")
    later = [*put_away, *(record.header.get("signatures", ()) if record else ())]
    received = [one for one in await signatures_of_run(ctx.tx, ctx.run.id) if one not in later]
    await documents.change_state(ctx.tx, document, "closed", header={"signatures": put_away})
    await documents.change_state(ctx.tx, receipt.id, "closed", header={"signatures": received})
    await close_delivery(ctx.tx, document, receipt)
    await ctx.tx.audit("close.put_away", "document", str(document), run_id=ctx.run.id)


async def _reopen(ctx: ActionContext, document: DocumentRef) -> None:
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    assert receipt is not None
    for opened in (receipt.id, receipt.source_document_id):
        if opened is not None:
            await documents.change_state(ctx.tx, opened, "in_process")
    order_id = UUID(receipt.header["purchase_order_id"])
    await documents.locked(ctx.tx, order_id, "purchase_order")
    received = await order_counts.by_order_line(ctx.tx, document.id)
    await order_counts.add_to_lines(
        ctx.tx, order_id, "received", {line: -quantity for line, quantity in received.items()}
    )
    await documents.change_state(ctx.tx, order_id, "in_process")

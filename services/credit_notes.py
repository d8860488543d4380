"""Services: the credit note of a sales return - what was invoiced and did not stay with the customer (G15).

It comes with the settlement of the return and goes with its undo; a return of the past brings its own.
Knows no engine.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from db.queries import documents
from db.queries.documents import DocumentRef
from db.session import Transaction
from domain.invoices import to_credit
from domain.returns import SoldLine
from services import invoices
from services.action_context import ActionContext
from services.sales_return import sale_of_run, sold


async def credit_return(ctx: ActionContext) -> str | None:
    """Credit the run's return; the note's number, None where nothing of it was invoiced.

    The shipment is locked, so that an invoice and a return take turns.
    """
    returned, sale = await sale_of_run(ctx)
    return await _credit(
        ctx.tx, returned, sale, actor_id=ctx.actor_id, run_id=ctx.run.id, occurred_at=ctx.now
    )


async def credit_loaded(
    tx: Transaction, returned: DocumentRef, *, actor_id: UUID, occurred_at: datetime, as_id: UUID
) -> str | None:
    """Credit a return of the past at its instant; the note's number, None where nothing was invoiced."""
    assert returned.source_document_id is not None
    shipment = await documents.locked(tx, returned.source_document_id, "shipment")
    assert shipment is not None
    sale = await sold(tx, shipment, await documents.lines_of(tx, shipment.id))
    return await _credit(tx, returned, sale, actor_id=actor_id, occurred_at=occurred_at, as_id=as_id)


async def _credit(
    tx: Transaction,
    returned: DocumentRef,
    sale: Mapping[int, SoldLine],
    *,
    actor_id: UUID,
    occurred_at: datetime,
    run_id: UUID | None = None,
    as_id: UUID | None = None,
) -> str | None:
    assert returned.source_document_id is not None
    shipment = await documents.locked(tx, returned.source_document_id, "shipment")
    assert shipment is not None
    billed = await invoices.invoiced(tx, shipment.id)
    lines = []
    for line in await documents.lines_of(tx, returned.id):
        of = sale[line.order_line_no or 0]
        quantity = to_credit(of.shipped, of.returned, billed.get(of.line_no, 0), line.quantity)
        if quantity:
            lines.append((line.line_no, of.line_no, quantity))
    if not lines:
        return None
    made = await invoices.open_credit_note(
        tx,
        returned=returned,
        shipment=shipment,
        lines=lines,
        actor_id=actor_id,
        run_id=run_id,
        occurred_at=occurred_at,
        as_id=as_id,
        loaded=as_id is not None,
    )
    note = await documents.locked(tx, made, "credit_note")
    assert note is not None
    after = {"kind": "credit_note", "number": note.number, "shipment": shipment.number, "lines": len(lines)}
    await tx.audit("create.document", "document", str(made), run_id=run_id, after=after)
    return note.number


async def withdraw_credit(ctx: ActionContext) -> None:
    """Undo: the run's credit note counts no longer."""
    note = await documents.of_run(ctx.tx, ctx.run.id, "credit_note")
    if note is not None:
        await documents.change_state(ctx.tx, note.id, "cancelled")
        after = {"kind": "credit_note", "number": note.number}
        await ctx.tx.audit("cancel.document", "document", str(note.id), run_id=ctx.run.id, after=after)

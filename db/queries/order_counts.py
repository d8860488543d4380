"""Db queries: what was received or shipped of each line of an order, and what is still under way to it."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.arrays import given
from db.queries.documents import DocumentRef
from db.session import Reader, Transaction


async def underway(tx: Reader, order: DocumentRef, except_id: UUID) -> dict[int, int]:
    """What other deliveries of the order bring that an open run works on, per order line."""
    doc, line, run = t.document.c, t.document_line.c, t.run.c
    rows = await tx.rows(
        sa.select(line.order_line_no, sa.func.sum(line.quantity).label("quantity"))
        .join(t.document, doc.id == line.document_id)
        .join(t.run, run.id == doc.run_id)
        .where(
            doc.kind == "dispatch_advice",
            doc.state == "in_process",
            doc.party_id == order.party_id,
            doc.header["purchase_order"].astext == order.number,
            doc.id != except_id,
            run.state.in_(t.OPEN_STATES),
            ~line.data.has_key("removed"),
        )
        .group_by(line.order_line_no)
    )
    return {row["order_line_no"]: int(row["quantity"]) for row in rows}


async def by_order_line(tx: Reader, document_id: UUID) -> dict[int, int]:
    """The quantities of a document that follows an order, per line of the order."""
    c = t.document_line.c
    rows = await tx.rows(
        sa.select(c.order_line_no, sa.func.sum(c.quantity).label("quantity"))
        .where(c.document_id == document_id, c.order_line_no.is_not(None))
        .group_by(c.order_line_no)
    )
    return {row["order_line_no"]: int(row["quantity"]) for row in rows}


async def add_to_lines(tx: Transaction, order_id: UUID, name: str, quantities: Mapping[int, int]) -> None:
    """Add to what was counted under a name (`received`, `shipped`) on each line of an order."""
    if not quantities:
        return
    c = t.document_line.c
    rows = [{"line_no": line_no, "quantity": quantity} for line_no, quantity in quantities.items()]
    added = given(t.document_line, rows, ("line_no", "quantity"))
    total = sa.func.jsonb_build_object(name, counted(name) + added.c.quantity)
    await tx.execute(
        sa.update(t.document_line)
        .where(c.document_id == order_id, c.line_no == added.c.line_no)
        .values(data=c.data.op("||")(total))
    )


def counted(name: str) -> sa.ColumnElement[int]:
    """What was counted on an order line so far."""
    return sa.func.coalesce(sa.cast(t.document_line.c.data[name].astext, sa.BigInteger), 0)


async def is_full(tx: Reader, order_id: UUID, name: str) -> bool:
    """Whether each line of an order was counted in full."""
    c = t.document_line.c
    outstanding: int = await tx.scalar(
        sa.select(sa.func.count()).where(
            c.document_id == order_id, counted(name) < c.quantity, ~c.data.has_key("removed")
        )
    )
    return outstanding == 0

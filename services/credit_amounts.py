"""Services: what a line of a credit note is worth, at the price of its invoice. Knows no engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.invoices import part_of_price


@dataclass(frozen=True)
class InvoicedPrice:
    """The newest invoiced price of a shipment line, per `unit`; `units` were `quantity` base units."""

    price: str
    unit: str
    units: Decimal
    quantity: int

    def data(self, quantity: int) -> dict[str, Any]:
        """What a line over so many base units says."""
        amount = part_of_price(Decimal(self.price), quantity, self.units, self.quantity)
        return {"price": self.price, "price_unit": self.unit, "amount": str(amount)}


async def prices(tx: Reader, shipment_id: UUID) -> Mapping[int, InvoicedPrice]:
    """Shipment line -> the price at which it was invoiced last; lines without a price are not among them."""
    d, c = t.document.c, t.document_line.c
    rows = await tx.rows(
        sa.select(
            sa.cast(c.data["shipment_line"].astext, sa.Integer).label("line"),
            c.data["price"].astext.label("price"),
            c.entered_unit.label("unit"),
            c.entered_quantity.label("units"),
            c.quantity,
        )
        .join(t.document, d.id == c.document_id)
        .where(
            d.kind == "invoice",
            d.state != "cancelled",
            d.header["shipment_id"].astext == str(shipment_id),
            c.data["price"].astext.is_not(None),
        )
        .order_by(d.created_at, d.id)
    )
    return {
        row["line"]: InvoicedPrice(row["price"], row["unit"], Decimal(row["units"]), row["quantity"])
        for row in rows
    }

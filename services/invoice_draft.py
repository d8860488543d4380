"""Services: what of a shipment may still be invoiced, by line, in the unit and at the price of the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from db.queries import documents as queries
from db.queries import references, sales_returns
from db.queries.documents import LineRef
from db.queries.references import MaterialRef
from domain.errors import NotFound
from services import documents, invoices
from services.documents import DocumentRow
from services.permissions import Permission, require
from services.platform import Actor, Platform


@dataclass(frozen=True)
class Billable:
    """A line of a shipment: what left and what of it is left to invoice, in base units.

    `proposed` of `unit` is all that is left; `price` is per `unit`, None where the order has none for it.
    """

    line: int
    material: str
    name_zh: str
    name_en: str
    batch: str
    quantity: int
    left: int
    base_unit: str
    unit: str
    units: Sequence[str]
    proposed: str
    price: str | None


@dataclass(frozen=True)
class InvoiceDraft:
    """A shipment with what may be invoiced of it."""

    shipment: DocumentRow
    lines: Sequence[Billable]


async def of_shipment(platform: Platform, ref: str | UUID, *, actor: Actor) -> InvoiceDraft:
    """What may be invoiced; NotFound for what is no shipment, or one that the actor may not see."""
    found = await documents.get(platform, ref, actor=actor, limit=1)
    row = found.document
    if row.kind != "shipment":
        raise NotFound(what=f"出库单 / shipment {row.number}")
    async with platform.database.read() as tx:
        site = await references.site(tx, row.site)
        require(actor, Permission.DOCUMENT_WRITE, site.id if site else None)
        sent = [line for line in await queries.lines_of(tx, row.id) if line.quantity]
        order = (
            {line.line_no: line for line in await queries.lines_of(tx, row.source_document_id)}
            if row.source_document_id
            else {}
        )
        materials = await references.materials_by_id(tx, {line.material_id for line in sent})
        done = await invoices.invoiced(tx, row.id)
        back = await sales_returns.returned_so_far(tx, row.id)
    lines = [
        _billable(
            line,
            order.get(line.order_line_no or 0),
            materials[line.material_id],
            done.get(line.line_no, 0) + back.get(line.line_no, (0, frozenset()))[0],
        )
        for line in sent
    ]
    return InvoiceDraft(row, lines)


def _billable(line: LineRef, ordered: LineRef | None, material: MaterialRef, gone: int) -> Billable:
    """`gone` is what was invoiced already or came back: base units that nobody pays for again."""
    left = max(0, line.quantity - gone)
    unit = (ordered.entered_unit if ordered else None) or material.base_unit
    factor = material.units.get(unit, Fraction(1))
    if (left / factor).denominator != 1:  # part of a carton: it is invoiced in single units
        unit, factor = material.base_unit, Fraction(1)
    same = ordered is not None and (ordered.entered_unit or material.base_unit) == unit
    return Billable(
        line=line.line_no,
        material=material.code,
        name_zh=material.name_zh,
        name_en=material.name_en,
        batch=line.batch_number or "",
        quantity=line.quantity,
        left=left,
        base_unit=material.base_unit,
        unit=unit,
        units=sorted(material.units, key=lambda one: material.units[one]),
        proposed=str(int(left / factor)) if left else "",
        price=ordered.data.get("price") if ordered is not None and same else None,
    )

"""UI pages: the parts of a document's page that depend on its kind - head, lines, and its record.

A record of the system says every field on the page itself; the module of its kind knows which.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from domain.invoices import amount_of, sum_of
from services.documents import DocumentLine, DocumentView
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.pages import (
    acceptance_record,
    destruction_record,
    goods_record,
    recall_record,
    shipment_record,
    stocktake_record,
    transfer_record,
)
from ui.view import View

ACCEPTANCE = "acceptance_record"
STOCKTAKE = "stocktake"
SHIPMENT = "shipment"
DESTRUCTION = "destruction"
TRANSFER = "transfer"
BILLED = {"invoice", "credit_note"}
DETAILS = {
    ACCEPTANCE: acceptance_record.batch_sections,
    STOCKTAKE: stocktake_record.difference_sections,
    SHIPMENT: shipment_record.batch_sections,
    DESTRUCTION: destruction_record.photo_sections,
    TRANSFER: transfer_record.batch_sections,
    "recall": recall_record.seal_sections,
    "sales_return": goods_record.evidence_sections,
}
"""What a record says of each of its lines."""
TABLES: Mapping[str, Callable[[View, DocumentView, str], Table]] = {
    ACCEPTANCE: lambda view, found, next_: acceptance_record.lines_table(
        view, list(found.lines.items), next_
    ),
    STOCKTAKE: lambda view, found, next_: stocktake_record.lines_table(view, list(found.lines.items), next_),
    SHIPMENT: shipment_record.lines_table,
    DESTRUCTION: destruction_record.lines_table,
    TRANSFER: transfer_record.lines_table,
    "recall": recall_record.lines_table,
    **dict.fromkeys(goods_record.COLUMNS, goods_record.lines_table),
}
"""The lines of the kinds that have columns of their own."""


def record_sections(view: View, found: DocumentView) -> list[Section]:
    """The signatures of whatever was signed, and the lines in full of the kinds that say them one by one."""
    details = DETAILS.get(found.document.kind)
    if not found.signatures and details is None:
        return []
    signed = acceptance_record.signature_table(view, found.signatures)
    return [
        Section(view.words.gettext("Signatures"), table=signed),
        *(details(view, found) if details else []),
    ]


def outcome(view: View, found: DocumentView) -> list[Section]:
    """How a count came out and how a shipment travelled; other documents say it in their heads."""
    if found.document.kind == SHIPMENT:
        return [Section(view.words.gettext("Dispatch"), facts=shipment_record.head_facts(view, found))]
    if found.document.kind != STOCKTAKE:
        return []
    return [Section(view.words.gettext("Count"), facts=stocktake_record.head_facts(view, found))]


def lines(view: View, found: DocumentView, next_: str) -> Table:
    """The lines as the document's kind shows them."""
    row, rows = found.document, list(found.lines.items)
    if row.kind in TABLES:
        return TABLES[row.kind](view, found, next_)
    _ = view.words.gettext
    done = {"purchase_order": _("Received"), "sales_order": _("Shipped")}.get(row.kind)
    columns = [Column(_("Line")), Column(_("Material")), Column(_("Quantity"), numeric=True)]
    columns += [Column(done, numeric=True)] if done else [Column(_("Batch")), Column(_("Expiry"))]
    billed = row.kind in BILLED or any(line.data.get("price") for line in rows)
    columns += (
        [Column(_("Price per unit"), numeric=True), Column(_("Amount"), numeric=True)] if billed else []
    )
    return Table(
        "lines",
        _("Lines"),
        columns,
        [_line(view, line, ordered=bool(done), billed=billed) for line in rows],
        Empty(_("No lines")),
        next_,
    )


def _line(view: View, line: DocumentLine, *, ordered: bool, billed: bool) -> Row:
    name = view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})
    converted = line.entered_unit and line.entered_unit != line.base_unit
    entered = f"{line.entered_quantity} {line.entered_unit}" if converted else ""
    cells = [
        Cell(line.line_no),
        Cell(name, sub=f"{line.material} · {line.specification}"),
        Cell(line.quantity, "quantity", unit=line.base_unit, sub=entered),
    ]
    if ordered:
        gone = line.received if line.received is not None else line.data.get("shipped", 0)
        cells.append(Cell(gone, "quantity", unit=line.base_unit))
    else:
        href = f"/batches/{line.batch_id}" if line.batch_id else ""
        cells += [Cell(line.batch_number, "code", href), Cell(line.expires_on, "date")]
    if billed:
        unit = line.data.get("price_unit") or line.entered_unit or line.base_unit
        amount = _amount(line)
        cells += [
            Cell(line.data.get("price"), sub=unit if line.data.get("price") else ""),
            Cell(f"{amount:,.2f}" if amount is not None else None),
        ]
    return Row(cells, "bad" if "removed" in line.data else "neutral")


def _amount(line: DocumentLine) -> Decimal | None:
    """What a line of an invoice or a credit note is worth; None where it has no price."""
    data = line.data
    return amount_of(data.get("price"), line.entered_quantity or line.quantity, data.get("amount"))


def billed_total(view: View, found: DocumentView) -> list[Fact]:
    """The sum of an invoice's or credit note's lines, where all of them are shown and have a price."""
    if (
        found.document.kind not in BILLED
        or found.lines.next is not None
        or found.document.header.get("total")
    ):
        return []
    total = sum_of([_amount(line) for line in found.lines.items])
    return [] if total is None else [Fact(view.words.gettext("Total (CNY)"), Cell(f"{total:,.2f}"))]

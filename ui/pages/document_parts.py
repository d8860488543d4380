"""UI pages: the parts of a document's page that depend on its kind - head, lines, and its record.

A record of the system says every field on the page itself; the module of its kind knows which.
"""

from decimal import Decimal

from domain.documents import ENTERED
from services.documents import DocumentLine, DocumentRow, DocumentView
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.pages import acceptance_record, shipment_record, stocktake_record
from ui.view import View

NO_DOCUMENT = {"to_site"}
"""Names in a head whose `_id` is not a document's."""
HEAD_INSTANTS = {"shipped_at", "arrived_at"}
ACCEPTANCE = "acceptance_record"
STOCKTAKE = "stocktake"
SHIPMENT = "shipment"
BILLED = {"invoice", "credit_note"}
DETAILS = {
    ACCEPTANCE: acceptance_record.batch_sections,
    STOCKTAKE: stocktake_record.difference_sections,
    SHIPMENT: shipment_record.batch_sections,
}
"""What a record says of each of its lines."""


def record_sections(view: View, found: DocumentView) -> list[Section]:
    """The signatures and the lines in full, of the kinds that are records of a procedure."""
    details = DETAILS.get(found.document.kind)
    if details is None:
        return []
    signed = acceptance_record.signature_table(view, found)
    return [Section(view.words.gettext("Signatures"), table=signed), *details(view, found)]


def outcome(view: View, found: DocumentView) -> list[Section]:
    """How a count came out and how a shipment travelled; other documents say it in their heads."""
    if found.document.kind == SHIPMENT:
        return [Section(view.words.gettext("Dispatch"), facts=shipment_record.head_facts(view, found))]
    if found.document.kind != STOCKTAKE:
        return []
    return [Section(view.words.gettext("Count"), facts=stocktake_record.head_facts(view, found))]


def facts(view: View, row: DocumentRow) -> list[Fact]:
    """The head of a document: partner, site, what its kind says, who entered or wrote it."""
    _ = view.words.gettext
    names = {
        "ordered_on": _("Ordered on"),
        "to_site": _("To site"),
        "receipt": _("Receipt"),
        "purchase_order": _("Purchase order"),
        "dispatch_advice": _("Dispatch advice"),
        "acceptance_record": _("Acceptance record"),
        "shipped_at": _("Shipped at"),
        "arrived_at": _("Arrived on"),
        "reason": _("Reason"),
        "result": _("Result"),
        "carrier": _("Carrier"),
        "vehicle": _("Vehicle"),
        "cold_chain": _("Cold chain"),
        "special_control": _("Special control"),
        "sales_order": _("Sales order"),
        "shipment": _("Shipment"),
        "sales_return": _("Sales return"),
        "invoiced_on": _("Invoiced on"),
        "total": _("Total (CNY)"),
        "outstanding": _("Left to invoice (base units)"),
    }
    found = [
        Fact(_("Partner"), Cell(row.party_name or "", sub=row.party or "")),
        Fact(_("Site"), Cell(view.words.pick({"zh": row.site_zh, "en": row.site_en}), sub=row.site)),
    ]
    told = {} if row.kind in {STOCKTAKE, SHIPMENT} else row.header
    for name, value in told.items():
        if name.endswith("_id"):
            continue  # the number beside it says the same to people
        source = None if name in NO_DOCUMENT else row.header.get(f"{name}_id")
        if source:
            cell = Cell(value, "code", f"/documents/{source}")
        elif name == "result":
            cell = Cell(codes.word(codes.RUN_OUTCOMES, value, view.words))
        elif isinstance(value, bool):
            cell = Cell(_("Yes") if value else _("No"))
        elif isinstance(value, str | int):
            shown = view.words.own(value) if isinstance(value, str) else value
            cell = Cell(shown, "instant" if name in HEAD_INSTANTS else "text")
        else:
            continue
        found.append(Fact(names.get(name, name), cell))
    if row.loaded:
        found.append(Fact(_("Loaded by"), Cell(row.created_by, sub=_("loaded history"))))
        found.append(Fact(_("Happened"), Cell(row.occurred_at, "instant")))
    elif row.kind in ENTERED:
        found.append(Fact(_("Entered by"), Cell(row.created_by)))
    else:
        after_whom = _("after an answer of %(name)s", name=row.created_by)
        found.append(Fact(_("Written by"), Cell(_("System"), sub=after_whom)))
    found.append(Fact(_("Recorded"), Cell(row.created_at, "instant")))
    found.append(Fact(_("Version"), Cell(row.version, "quantity")))
    return found


def lines(view: View, found: DocumentView, next_: str) -> Table:
    """The lines as the document's kind shows them."""
    row, rows = found.document, list(found.lines.items)
    if row.kind == ACCEPTANCE:
        return acceptance_record.lines_table(view, rows, next_)
    if row.kind == STOCKTAKE:
        return stocktake_record.lines_table(view, rows, next_)
    if row.kind == SHIPMENT:
        return shipment_record.lines_table(view, found, next_)
    _ = view.words.gettext
    done = {"purchase_order": _("Received"), "sales_order": _("Shipped"), "transfer": _("Sent")}.get(row.kind)
    columns = [Column(_("Line")), Column(_("Material")), Column(_("Quantity"), numeric=True)]
    columns += [Column(done, numeric=True)] if done else [Column(_("Batch")), Column(_("Expiry"))]
    billed = row.kind in BILLED
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
        price = line.data.get("price")
        amount = Decimal(line.entered_quantity or line.quantity) * Decimal(price) if price else None
        cells += [Cell(price), Cell(f"{amount:,.2f}" if amount is not None else None)]
    return Row(cells, "bad" if "removed" in line.data else "neutral")

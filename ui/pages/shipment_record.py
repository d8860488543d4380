"""UI pages: the record of a shipment - what was picked, reviewed and packed of each batch, and by whom.

Every field of the outbound review record (GSP 95; 药品管理法 57) stands on the page itself, batch by batch.
"""

from typing import Any

from services.documents import DocumentLine, DocumentView
from services.permissions import Permission
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.pages.acceptance_record import MASTER
from ui.translation import mark
from ui.view import View

HEAD = {
    "sales_order": mark("Sales order"),
    "carrier": mark("Carrier"),
    "vehicle": mark("Vehicle"),
    "driver": mark("Driver"),
    "transport_mode": mark("Transport"),
    "temperature": mark("Temperature when loaded (°C)"),
    "container": mark("Box or logger"),
    "packages": mark("Packages"),
    "loaded_at": mark("Loaded at"),
    "received_by": mark("Received by"),
    "handed_over_at": mark("Handed over at"),
    "shipped_at": mark("Shipped at"),
    "result": mark("Result"),
    "reason": mark("Reason"),
}
"""What the head says, in the order of the work."""
INSTANTS = {"loaded_at", "handed_over_at", "shipped_at"}
ENTERED = {name: label for name, label in MASTER.items() if name != "supplier"}


def head_facts(view: View, found: DocumentView) -> list[Fact]:
    """Carrier, vehicle, temperature, hand-over: how the goods travelled."""
    _, header = view.words.gettext, found.document.header
    facts = [Fact(_("Buyer"), Cell(found.document.party_name or "", sub=found.document.party or ""))]
    for name, label in HEAD.items():
        value = header.get(name)
        if value in (None, ""):
            continue
        facts.append(Fact(_(label), _head_cell(view, name, value, header)))
    return facts


def _head_cell(view: View, name: str, value: Any, header: Any) -> Cell:
    if name == "sales_order":
        return Cell(value, "code", f"/documents/{header['sales_order_id']}")
    if name == "transport_mode":
        return Cell(codes.word(goods_words.TRANSPORT_MODES, value, view.words))
    if name == "result":
        return Cell(codes.word(codes.DOCUMENT_RESULTS, value, view.words))
    if name in INSTANTS:
        return Cell(value, "evidence")
    return Cell(view.words.own(value) if isinstance(value, str) else value)


def lines_table(view: View, found: DocumentView, next_: str) -> Table:
    """The batches at a glance: picked, passed, refused, quality state, by whom."""
    _ = view.words.gettext
    labels = [_("Line"), _("Material"), _("Batch"), _("Expiry")]
    numbers = [_("Picked"), _("Passed"), _("Refused")]
    columns = [*(Column(label) for label in labels), *(Column(label, numeric=True) for label in numbers)]
    columns += [Column(_("Quality state")), Column(_("Picker")), Column(_("Reviewer"))]
    rows = [_row(view, found, line) for line in found.lines.items]
    return Table("lines", _("Lines"), columns, rows, Empty(_("No lines")), next_)


def _row(view: View, found: DocumentView, line: DocumentLine) -> Row:
    data, unit = line.data, line.base_unit
    refused = data.get("refused") or 0
    return Row(
        [
            Cell(line.line_no),
            Cell(_name(view, line), sub=f"{line.material} · {line.specification}"),
            Cell(line.batch_number, "code", f"/batches/{line.batch_id}" if line.batch_id else ""),
            Cell(line.expires_on, "date"),
            Cell(data.get("picked"), "quantity", unit=unit),
            Cell(data.get("reviewed"), "quantity", unit=unit),
            Cell(refused, "quantity", unit=unit),
            _quality(view, line),
            *(Cell(found.people.get(str(data.get(name)), "")) for name in ("picker", "reviewer")),
        ],
        "bad" if refused else "neutral",
    )


def batch_sections(view: View, found: DocumentView) -> list[Section]:
    """Every field of the review record, a section per batch."""
    return [
        Section(
            f"{line.line_no} · {_name(view, line)} {line.batch_number or ''}",
            facts=_facts(view, found, line),
            folded=len(found.lines.items) > 3,  # noqa: PLR2004 - a long record is opened line by line
        )
        for line in found.lines.items
    ]


def _facts(view: View, found: DocumentView, line: DocumentLine) -> list[Fact]:
    _, data, unit = view.words.gettext, line.data, line.base_unit
    batch = f"/batches/{line.batch_id}" if line.batch_id else ""
    facts = [Fact(_("Buyer"), Cell(found.document.party_name or ""))]
    facts += [Fact(_(label), Cell(data.get(name))) for name, label in ENTERED.items()]
    facts += [
        Fact(_("Batch"), Cell(line.batch_number, "code", batch)),
        Fact(_("Produced on"), Cell(line.produced_on, "date")),
        Fact(_("Expiry"), Cell(line.expires_on, "date")),
        Fact(_("Quantity sent"), Cell(line.quantity, "quantity", unit=unit)),
        Fact(_("Quality state"), _quality(view, line)),
        Fact(_("What was found"), Cell(data.get("finding"))),
        Fact(_("Quantity refused"), Cell(data.get("refused"), "quantity", unit=unit)),
        Fact(_("Picked from"), Cell(data.get("from_location"), "code")),
        Fact(_("Shipped from"), Cell(data.get("location"), "code")),
        Fact(_("Picker"), Cell(found.people.get(str(data.get("picker")), ""))),
        Fact(_("Reviewer"), Cell(found.people.get(str(data.get("reviewer")), ""))),
        Fact(_("Reviewed at"), Cell(data.get("reviewed_at"), "evidence")),
    ]
    facts += [
        Fact(_("Package"), Cell(one["sscc"], "code", f"/packages/{one['sscc']}", sub=_number(view, one)))
        for one in data.get("packages") or ()
    ]
    if data.get("serials"):
        facts.append(Fact(_("Serial numbers"), Cell(", ".join(data["serials"]), "code")))
    may = view.may(Permission.ATTACHMENT_READ)
    facts += [
        Fact(_("Photo"), Cell(found.files.get(ref, ref[:8]), href=f"/attachments/{ref}" if may else ""))
        for ref in data.get("photos") or ()
    ]
    return [fact for fact in facts if fact.cell.value not in (None, "")]


def _number(view: View, one: dict[str, Any]) -> str:
    number = one.get("number")
    return view.words.gettext("no. %(n)s", n=number) if number else view.words.gettext("picked as a whole")


def _name(view: View, line: DocumentLine) -> str:
    return view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})


def _quality(view: View, line: DocumentLine) -> Cell:
    state = line.data.get("quality")
    return Cell(codes.chip(goods_words.QUALITY_STATES, str(state), view.words), "chip") if state else Cell("")

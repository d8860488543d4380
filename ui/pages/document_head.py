"""UI pages: the head of a document - partner, site, what its kind says, who entered or wrote it."""

from typing import Any

from domain.documents import ENTERED
from services.documents import HEAD_FILES, HEAD_PEOPLE, DocumentRow, DocumentView
from services.permissions import Permission
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Fact
from ui.pages import recall_words, transfer_record
from ui.translation import mark
from ui.view import View

LABELS = {
    "ordered_on": mark("Ordered on"),
    "deliver_to": mark("Deliver to (address)"),
    "to_site": mark("To site"),
    "receipt": mark("Receipt"),
    "purchase_order": mark("Purchase order"),
    "dispatch_advice": mark("Dispatch advice"),
    "acceptance_record": mark("Acceptance record"),
    "sales_order": mark("Sales order"),
    "shipment": mark("Shipment"),
    "sales_return": mark("Sales return"),
    "carrier": mark("Carrier"),
    "vehicle": mark("Vehicle"),
    "shipped_at": mark("Shipped at"),
    "transport_mode": mark("Transport"),
    "arrived_at": mark("Arrived on"),
    "receiver": mark("Goods received by"),
    "departure_temperature": mark("Temperature on departure (°C)"),
    "lowest": mark("Lowest on the way (°C)"),
    "highest": mark("Highest on the way (°C)"),
    "arrival_temperature": mark("Temperature on arrival (°C)"),
    "recorder": mark("Temperature recorder"),
    "temperature_record": mark("Temperature record"),
    "packaging": mark("Outer packaging"),
    "arrival_note": mark("Note on arrival"),
    "settled_at": mark("Settled at"),
    "reason": mark("Reason"),
    "result": mark("Result"),
    "cold_chain": mark("Cold chain"),
    "special_control": mark("Special control"),
    "qualified": mark("Qualified"),
    "rejected": mark("Rejected"),
    "undecided": mark("Not decided yet"),
    "invoiced_on": mark("Invoiced on"),
    "total": mark("Total (CNY)"),
    "outstanding": mark("Left to invoice (base units)"),
    "class_name": mark("Recall class"),
    "initiated_by": mark("Who recalls"),
    "noticed_on": mark("Notice received on"),
    "profile": mark("Time limits"),
    "scope": mark("Batches, as the notice says it"),
    "effectiveness": mark("Effectiveness"),
    "assessment": mark("Assessment"),
    "concluded_at": mark("Concluded at"),
    "closed_at": mark("Closed"),
    "witness": mark("Witness of the destruction"),
    "place": mark("Place"),
    "method": mark("Method"),
    "authority_reference": mark("Reference of the authority"),
    "destroyed_at": mark("Destroyed at"),
    "missing": mark("Missing on arrival (base units)"),
    "surplus": mark("Too much on arrival (base units)"),
    "not_found": mark("Not found at the pick (base units)"),
    "quantity": mark("Quantity (base units)"),
}
"""What a head says, in this order; a name that is missing here shows itself, at the end."""
WORDS = {
    "transport_mode": goods_words.TRANSPORT_MODES,
    "packaging": goods_words.PACKAGING,
    "result": codes.DOCUMENT_RESULTS,
    "class_name": recall_words.CLASSES,
    "initiated_by": recall_words.INITIATORS,
    "profile": recall_words.PROFILES,
    "effectiveness": recall_words.EFFECTIVENESS,
}
NO_DOCUMENT = {"to_site"}
"""Names in a head whose `_id` is not a document's."""
FOR_MACHINES = {"clock", "drill"}
"""What only the system reads: the same stands in the class, the time limits and the chips."""
BY_PEOPLE = {*ENTERED, "invoice"}
"""Kinds that people or their programs enter; the system writes the others."""
MADE_OF_THEIR_OWN = {"stocktake", "shipment"}
"""Kinds whose heads are told by their own modules."""


def facts(view: View, shown: DocumentView) -> list[Fact]:
    """The head, in the order in which it came about."""
    _, row = view.words.gettext, shown.document
    found = []
    if row.party_name:
        found.append(Fact(_("Partner"), Cell(row.party_name, sub=row.party or "")))
    found.append(Fact(_("Site"), Cell(view.words.pick({"zh": row.site_zh, "en": row.site_en}), sub=row.site)))
    told = {} if row.kind in MADE_OF_THEIR_OWN else row.header
    for name, value in sorted(told.items(), key=_place):
        if name.endswith("_id") or name in FOR_MACHINES or value in ("", None):
            continue  # of an id, the number beside it says the same to people
        if name in HEAD_FILES:
            found += _files(view, shown, name)
            continue
        source = None if name in NO_DOCUMENT else row.header.get(f"{name}_id")
        cell = Cell(value, "code", f"/documents/{source}") if source else _told(view, shown, name, value)
        if cell is not None:
            found.append(Fact(_(LABELS[name]) if name in LABELS else name, cell))
    found += _written(view, row)
    found.append(Fact(_("Recorded"), Cell(row.created_at, "instant")))
    found.append(Fact(_("Version"), Cell(row.version, "quantity")))
    return found


def _place(entry: tuple[str, Any]) -> tuple[int, str]:
    return (list(LABELS).index(entry[0]) if entry[0] in LABELS else len(LABELS), entry[0])


def _files(view: View, shown: DocumentView, name: str) -> list[Fact]:
    """The files that the head names, each to be opened by whoever may."""
    may = view.may(Permission.ATTACHMENT_READ)
    label = view.words.gettext(LABELS[name])
    return [
        Fact(label, Cell(shown.files.get(ref, ref[:8]), href=f"/attachments/{ref}" if may else ""))
        for ref in shown.document.header[name]
    ]


def _told(view: View, shown: DocumentView, name: str, value: Any) -> Cell | None:
    """A value whose words depend on the document: a site by its name, how a transfer came by what it is."""
    if name == "to_site" and shown.to_site:
        zh, en = shown.to_site
        return Cell(view.words.pick({"zh": zh, "en": en}), sub=str(value))
    if name in HEAD_PEOPLE:
        return Cell(shown.people.get(str(value), ""))
    if name == "result" and shown.document.kind == "transfer":
        return transfer_record.result(view, shown.document.header)
    return _cell(view, name, value)


def _cell(view: View, name: str, value: Any) -> Cell | None:
    """A plain value; None for what is no value but a list or a record of its own."""
    _ = view.words.gettext
    if name in WORDS:
        return Cell(codes.word(WORDS[name], str(value), view.words))
    if isinstance(value, bool):
        return Cell(_("Yes") if value else _("No"))
    if isinstance(value, str):
        return Cell(value, "instant") if name.endswith("_at") else Cell(view.words.own(value))
    return Cell(value, "quantity") if isinstance(value, int) else None


def _written(view: View, row: DocumentRow) -> list[Fact]:
    _ = view.words.gettext
    if row.loaded:
        loaded = Fact(_("Loaded by"), Cell(row.created_by, sub=_("loaded history")))
        return [loaded, Fact(_("Happened"), Cell(row.occurred_at, "instant"))]
    if row.kind in BY_PEOPLE:
        return [Fact(_("Entered by"), Cell(row.created_by))]
    after_whom = _("after an answer of %(name)s", name=row.created_by)
    return [Fact(_("Written by"), Cell(_("System"), sub=after_whom))]

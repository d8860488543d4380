"""UI pages: the records of goods that came, were put away, came back or went back - line by line, in full.

Each kind has the fields that the rules ask of it (receipt: GSP 73-75; put-away: GSP 81, 83; returns: GSP 87,
113); a place is said by its code and by what its zone is for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.documents import DocumentLine, DocumentView
from services.permissions import Permission
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.translation import mark
from ui.view import View

Made = Callable[[View, DocumentView, DocumentLine], Cell]


def place_cell(view: View, found: DocumentView, code: Any, status: Any = None) -> Cell:
    """A location with what its zone is for, and the state that the goods have there."""
    said = [codes.word(goods_words.ZONE_KINDS, found.zones.get(str(code)), view.words) if code else ""]
    said.append(codes.word(goods_words.STOCK_STATUSES, status, view.words) if status else "")
    return Cell(code, "code", sub=" · ".join(part for part in said if part))


def _material(view: View, _found: DocumentView, line: DocumentLine) -> Cell:
    name = view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})
    return Cell(name, sub=f"{line.material} · {line.specification}")


def _makers(_view: View, _found: DocumentView, line: DocumentLine) -> Cell:
    both = (line.data.get("holder") or line.holder, line.data.get("manufacturer") or line.manufacturer)
    return Cell(" / ".join(dict.fromkeys(str(one) for one in both if one)))


def _batch(_view: View, _found: DocumentView, line: DocumentLine) -> Cell:
    return Cell(line.batch_number, "code", f"/batches/{line.batch_id}" if line.batch_id else "")


def _place(view: View, found: DocumentView, line: DocumentLine) -> Cell:
    data = line.data
    code = data.get("settled_location") or data.get("location")
    return place_cell(view, found, code, data.get("settled_status") or data.get("status"))


def _result(view: View, found: DocumentView, line: DocumentLine) -> Cell:
    """What the inspection found, and who inspected: one column, so that the table fits a desk."""
    outcome, inspector = line.data.get("outcome"), found.people.get(str(line.data.get("inspector")), "")
    if not outcome:
        return Cell(inspector)
    return Cell(codes.chip(codes.LINE_OUTCOMES, str(outcome), view.words), "chip", sub=inspector)


def _day(name: str) -> Made:
    return lambda _view, _found, line: Cell(getattr(line, name), "date")


def _units(name: str) -> Made:
    return lambda _view, _found, line: Cell(line.data.get(name), "quantity", unit=line.base_unit)


def _text(name: str) -> Made:
    return lambda _view, _found, line: Cell(line.data.get(name))


def _person(name: str) -> Made:
    return lambda _view, found, line: Cell(found.people.get(str(line.data.get(name)), ""))


LINE = (mark("Line"), lambda _view, _found, line: Cell(line.line_no))
MATERIAL = (mark("Material"), _material)
MAKERS = (mark("Holder / manufacturer"), _makers)
BATCH = (mark("Batch"), _batch)
PRODUCED, EXPIRES = (mark("Produced on"), _day("produced_on")), (mark("Expiry"), _day("expires_on"))
PLACE = (mark("Place"), _place)
QUANTITY = (
    mark("Quantity"),
    lambda _view, _found, line: Cell(line.quantity, "quantity", unit=line.base_unit, sub=_entered(line)),
)
GOODS = (LINE, MATERIAL, MAKERS, BATCH, PRODUCED, EXPIRES)
NUMBERS = {"Quantity", "Put away", "Rejected", "Approved to go back", "Sent back"}
COLUMNS: Mapping[str, Sequence[tuple[str, Made]]] = {
    "receipt": (*GOODS, QUANTITY),
    "put_away": (
        *GOODS,
        (mark("Put away"), _units("accepted_quantity")),
        (mark("Rejected"), _units("rejected_quantity")),
        PLACE,
        (mark("Keeper"), _person("keeper")),
    ),
    "sales_return": (
        *GOODS,
        QUANTITY,
        (mark("Why it came back"), _text("return_reason")),
        (mark("Result of the inspection, by whom"), _result),
        (mark("What was found"), _text("finding")),
        PLACE,
    ),
    "purchase_return": (
        *GOODS,
        (mark("Approved to go back"), _units("approved")),
        (mark("Sent back"), QUANTITY[1]),
        (mark("Why it goes back"), _text("return_reason")),
        PLACE,
        (mark("Picker"), _person("picker")),
    ),
}


def _entered(line: DocumentLine) -> str:
    converted = line.entered_unit and line.entered_quantity and line.entered_unit != line.base_unit
    return f"{line.entered_quantity} {line.entered_unit}" if converted else ""


def evidence_sections(view: View, found: DocumentView) -> list[Section]:
    """Of goods that came back: remarks on their arrival, temperature records and photos, by line."""
    _, may = view.words.gettext, view.may(Permission.ATTACHMENT_READ)
    facts = []
    for line in found.lines.items:
        label = f"{line.line_no} · {line.batch_number or ''}"
        if line.data.get("arrival_remark"):
            facts.append(Fact(label, Cell(line.data["arrival_remark"], sub=_("Remark on arrival"))))
        for name, words in (("temperature_record", _("Temperature record")), ("photos", _("Photos"))):
            facts += [
                Fact(
                    label,
                    Cell(found.files.get(ref, ref[:8]), href=f"/attachments/{ref}" if may else "", sub=words),
                )
                for ref in line.data.get(name) or ()
            ]
    return [Section(_("Remarks and files"), facts=facts)] if facts else []


def lines_table(view: View, found: DocumentView, next_: str) -> Table:
    """The lines of a document whose kind is in COLUMNS."""
    _ = view.words.gettext
    columns = COLUMNS[found.document.kind]
    return Table(
        "lines",
        _("Lines"),
        [Column(_(label), numeric=label in NUMBERS) for label, _made in columns],
        [Row([made(view, found, line) for _label, made in columns]) for line in found.lines.items],
        Empty(_("No lines")),
        next_,
    )

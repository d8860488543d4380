"""UI pages: what values are called that a definition only names - inputs, columns of lines, types."""

from __future__ import annotations

from collections.abc import Mapping

from ui.pages.line_context import LABELS
from ui.translation import Translations, mark

INPUTS: Mapping[str, str] = {
    "abc_class": mark("ABC class"),
    "accuracy": mark("accuracy"),
    "added": mark("lines added"),
    "adjusted": mark("adjusted or not"),
    "assessment": mark("assessment"),
    "approved_in": mark("step of the approval"),
    "batch": mark("batch"),
    "by": mark("by whom"),
    "carrier": mark("carrier"),
    "channel": mark("by what channel"),
    "confirmed": mark("confirmed or not"),
    "container": mark("container"),
    "days": mark("days"),
    "days_a": mark("days for class A"),
    "days_b": mark("days for class B"),
    "days_c": mark("days for class C"),
    "dispatch_advice": mark("dispatch advice"),
    "drill": mark("drill or not"),
    "driver": mark("driver"),
    "effectiveness": mark("effectiveness"),
    "first": mark("lines of the first count"),
    "kind": mark("kind"),
    "lines": mark("lines"),
    "more": mark("further lines"),
    "packages": mark("number of packages"),
    "part": mark("which part"),
    "partial": mark("in part or whole"),
    "parts": mark("into how many parts"),
    "party": mark("partner"),
    "purchase_order": mark("purchase order"),
    "reason": mark("reason"),
    "recall": mark("recall"),
    "received_by": mark("received by"),
    "reviewed": mark("lines reviewed"),
    "sales_order": mark("sales order"),
    "second": mark("lines of the second count"),
    "shipment": mark("shipment"),
    "since": mark("since when"),
    "site": mark("site"),
    "size": mark("how many"),
    "storage_class": mark("storage class"),
    "supplier": mark("supplier"),
    "temperature": mark("temperature"),
    "transfer": mark("transfer"),
    "transport_mode": mark("transport mode"),
    "vehicle": mark("vehicle"),
    "witnessed_in": mark("step of the witness"),
}
"""What actions and procedures are given."""
COLUMNS: Mapping[str, str] = {
    **LABELS,
    "actor": mark("who recorded it"),
    "batch_id": mark("batch (for other procedures)"),
    "location_id": mark("location (for the system)"),
    "manufacturer": mark("manufacturer"),
    "material": mark("material code"),
    "material_name": mark("material"),
    "number": mark("line number"),
    "outcome": mark("outcome"),
    "owner_id": mark("owner (for the system)"),
    "party": mark("partner"),
    "party_name": mark("name of the partner"),
    "reason": mark("reason"),
    "procedure": mark("procedure"),
    "run": mark("run (for the system)"),
    "remaining_days": mark("days left"),
    "site": mark("site"),
    "unit": mark("unit"),
}
"""What a line says of its goods and of what was done with it."""
TYPES: Mapping[str, str] = {
    "string": mark("text"),
    "text": mark("text"),
    "int": mark("whole number"),
    "integer": mark("whole number"),
    "decimal": mark("number with decimals"),
    "bool": mark("yes or no"),
    "boolean": mark("yes or no"),
    "choice": mark("choice"),
    "date": mark("date"),
    "timestamp": mark("instant"),
    "line_set": mark("list of lines"),
    "document": mark("document"),
    "batch": mark("batch"),
    "site": mark("site"),
    "party": mark("partner"),
    "attachment": mark("photo or file"),
    "location": mark("storage location, scanned"),
}


def input_word(name: str, words: Translations) -> str:
    """What an input is called; one without words by its name."""
    return words.gettext(INPUTS[name]) if name in INPUTS else name


def column_word(name: str, words: Translations) -> str:
    """What a column of a line is called, '' where nothing says it."""
    return words.gettext(COLUMNS[name]) if name in COLUMNS else ""


def type_word(type_: str, words: Translations) -> str:
    """What sort of value it is; a type without words as it is."""
    plain = type_.removesuffix("?").partition("<")[0]
    return words.gettext(TYPES[plain]) if plain in TYPES else type_

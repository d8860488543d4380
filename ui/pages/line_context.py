"""UI pages: the lines of a work list and the line at hand, as the scan page shows them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from services.worklists import LinePage
from ui import formats, goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Chip, Empty, Fact, Form, Group
from ui.contexts.work import LineItem, LineList, LinePanel
from ui.definition_forms import PREFIX, field_views
from ui.pages import recall_words
from ui.pages.filling import NONE, Problems
from ui.pages.line_still import still_to_do
from ui.pages.recorded_line import REPLACES, recorded
from ui.pages.task_context import TaskReading
from ui.pages.task_parts import DONE, outcome_buttons, stamp
from ui.translation import mark

LABELS = {
    "text": mark("In the notice"),
    "because": mark("Why in scope"),
    "party_name": mark("Consignee"),
    "documents": mark("Documents"),
    "shipped": mark("Shipped"),
    "recovered": mark("Recovered"),
    "unaccounted": mark("Unaccounted for"),
    "on_hand": mark("Said to be still there"),
    "outcome": mark("Result so far"),
    "location": mark("Place"),
    "waiting_location": mark("Place"),
    "from_location": mark("Picked from"),
    "defect": mark("What is wrong"),
    "finding": mark("What was found"),
    "serials": mark("Serial numbers"),
    "status": mark("Status"),
    "specification": mark("Specification"),
    "batch_number": mark("Batch"),
    "produced_on": mark("Produced on"),
    "expires_on": mark("Expiry"),
    "quantity": mark("Quantity"),
    "picked_scanned": mark("Scanned at the pick, the others counted"),
    "cartons": mark("Cartons"),
    "sample_cartons": mark("Cartons to open"),
    "further_cartons": mark("Further cartons to open when something is abnormal"),
    "loose_carton": mark("Loose carton"),
    "packs_per_carton": mark("Packs from each carton"),
    "accepted_quantity": mark("Quantity accepted"),
    "rejected_quantity": mark("Quantity rejected"),
    "storage_class": mark("Storage"),
    "special_control": mark("Special control"),
    "cold_chain": mark("Cold chain"),
    "date_mismatch": mark("Dates differ from the known batch"),
    "expected": mark("Books at the moment of the count"),
    "first_counted": mark("First count"),
    "second_counted": mark("Second count"),
    "variance": mark("Difference"),
    "value": mark("Value (CNY)"),
    "moved": mark("Moved between plan and count"),
    "ended_on": mark("Ended on"),
    "kept_until": mark("Kept until"),
    "kept_because": mark("Kept longest because of"),
    "contents": mark("Contents"),
}
"""What a line shows, in this order; ids and what is shown elsewhere stay out."""
SAMPLING = {
    "cartons",
    "sample_cartons",
    "further_cartons",
    "loose_carton",
    "packs_per_carton",
}
"""What matters until a line has its result of acceptance."""
COUNTED = {
    "shipped",
    "recovered",
    "unaccounted",
    "on_hand",
    "quantity",
    "picked_scanned",
    "accepted_quantity",
    "rejected_quantity",
    "expected",
    "first_counted",
    "second_counted",
}
REMAINS = {"on_hand", "consumed", "destroyed"}
"""What a consignee says of its goods."""
SIGNED = {"variance", "moved"}
NO_QUANTITY = mark("Unit: %(unit)s")
"""What a line says that has no quantity, as in a blind count."""
CODES = {"batch_number", "location", "from_location", "waiting_location"}


def line_title(reading: TaskReading, line: Any) -> str:
    """What the line is about, in the reader's language; what a blind count hides stays hidden."""
    known = line.data.get("material_name")
    if known:
        return reading.view.words.pick({"zh": str(known), "en": line.material_en or ""})
    said = str(line.data.get("material") or line.data.get("procedure") or line.data.get("text") or line.key)
    return reading.view.words.own(said)


def line_code(line: Any) -> str:
    """The code that tells the line from its neighbours; words of a notice that name no batch have none."""
    return str(line.data.get("batch_number") or ("" if "because" in line.data else line.key))


def line_list(reading: TaskReading, page: LinePage, *, only_open: bool) -> LineList:
    """The lines, paged."""
    _ = reading.view.words.gettext
    query = "only_open=1&" if only_open else ""
    return LineList(
        items=[_item(reading, line, only_open=only_open) for line in page.items],
        address=reading.address,
        only_open=only_open,
        empty=Empty(_("No open lines"), _("Everything on this list has its result.")),
        next_href=f"{reading.address}/scan?{query}after={page.next}" if page.next is not None else "",
    )


def _item(reading: TaskReading, line: Any, *, only_open: bool) -> LineItem:
    view = reading.view
    done = line.outcome is not None
    before = line.data.get("outcome")
    chips = [codes.chip(codes.LINE_OUTCOMES, str(before), view.words)] if before else []
    if done:
        known = codes.LINE_OUTCOMES.get(line.outcome, ("", "check", "good"))
        chips.append(Chip(result_word(reading, line), known[1], known[2]))
    else:
        chips.append(Chip(view.words.gettext("not done"), "dot"))
    quantity, unit = line.data.get("quantity"), str(line.data.get("unit") or "")
    in_unit = view.words.gettext(NO_QUANTITY, unit=unit) if unit else ""
    said = formats.quantity(quantity, unit) if quantity else _difference(reading, line, unit) or in_unit
    if line.scanned:  # a scan tells goods and batch, it need not reach the quantity
        checked = f"{view.words.gettext('Checked by scan')} {formats.quantity(line.scanned)}"
        said = " · ".join(filter(None, (said, checked)))
    said = " · ".join(filter(None, (str(line.data.get("location") or ""), said)))
    query = "&only_open=1" if only_open else ""
    href = f"{reading.address}/scan?line={line.line}{query}"
    title, code, tone = line_title(reading, line), line_code(line), chips[-1].tone
    return LineItem(line.line, title, code, said, chips, href, tone, open=not done)


def places_of(reading: TaskReading) -> list[str]:
    """The fields of a line that ask for a place."""
    return [name for name, field in reading.line_form.items() if field.type == "location"]


def scanned_so_far(reading: TaskReading, line: Any) -> Mapping[str, Any]:
    """Where goods are counted by scanning, the quantity so far stands in the field that asks for it."""
    return dict.fromkeys(_counted(reading), line.scanned) if line.scanned else {}


def unscanned(reading: TaskReading, line: Any, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What somebody filled in; the quantity that only repeats the scans goes on with them."""
    counted = _counted(reading)
    return {n: value for n, value in values.items() if n not in counted or value != str(line.scanned)}


def _entered(reading: TaskReading, line: Any) -> Mapping[str, Any]:
    """What stands in a line that is opened: what is kept of it, else its result, else what was scanned."""
    draft = reading.found.draft
    kept = draft.lines.get(str(line.line)) if draft and not draft.stale else None
    if kept and reading.may_work:
        return {**scanned_so_far(reading, line), **kept}
    return line.result or scanned_so_far(reading, line)


def scanned_since(
    reading: TaskReading, line: Any, values: Mapping[str, Any], before: int
) -> Mapping[str, Any]:
    """What stands in the line's fields after a scan or its undoing: what somebody has typed stays."""
    counted = _counted(reading)
    typed = {name: value for name, value in values.items() if name not in counted or value != str(before)}
    return {**scanned_so_far(reading, line), **typed}


def _counted(reading: TaskReading) -> list[str]:
    """The fields that ask how much was counted; scanning counts in a blind list."""
    if "blind" not in reading.found.task.content["lines"]:
        return []
    asked = (name for name, field in reading.line_form.items() if field.type == "integer")
    return [name for name in asked if name in reading.found.required]


def _difference(reading: TaskReading, line: Any, unit: str) -> str:
    """What was counted more or less than the books say, once it is known; '' otherwise."""
    variance = line.data.get("variance")
    if not variance:
        return ""
    return f"{reading.view.words.gettext('Difference')} {variance:+d}{formats.NO_BREAK}{unit}".strip()


def line_panel(
    reading: TaskReading, line: Any, values: Mapping[str, Any] | None = None, problems: Problems = NONE
) -> LinePanel:
    """The line at hand: its data, its form with what was entered, its outcomes."""
    found, view = reading.found, reading.view
    form = reading.line_form
    entered = values if values is not None else _entered(reading, line)
    shown = field_views(
        form,
        entered,
        view.words,
        required=found.required,
        errors=problems.by_field,
        upload_href=f"{reading.address}/attachments/line" if reading.may_work else "",
        uploads=reading.uploads,
    )
    unit = str(line.data.get("unit") or "")
    shown = [replace(one, unit=one.unit or unit) if _in_base_units(one.name) else one for one in shown]
    stands = recorded(reading, line)
    outcomes = reading.line_outcomes or {DONE: {"label": {"zh": "确认", "en": "Confirm"}, "reason": None}}
    said = {"reason": None, "leads_to": None}  # where the task goes is no consequence of a line
    buttons = outcome_buttons(view, {k: {**o, **said} for k, o in outcomes.items()}, signs=False)
    return LinePanel(
        number=line.line,
        title=line_title(reading, line),
        code=line_code(line),
        facts=_facts(reading, line),
        form=Form("", "", [Group(shown)] if shown else (), problem=problems.whole),
        outcomes=buttons if reading.may_work and not reading.awaiting else (),
        result_id=str(uuid4()),
        epoch=found.task.epoch,
        result=_result(reading, line),
        seen=stands.seen,
        recorded=stands.facts,
        replace_problem=problems.by_field.get(REPLACES, ""),
        still=still_to_do(reading, line),
    )


def _in_base_units(name: str) -> bool:
    """Whether a field of a line counts its goods; the definition's names say so."""
    asked = name.removeprefix(PREFIX)
    return asked.endswith("_quantity") or asked in REMAINS


def result_word(reading: TaskReading, line: Any) -> str:
    """The result of a line in words, '' while it has none."""
    if line.outcome is None:
        return ""
    label = reading.found.line_outcomes.get(line.outcome, {}).get("label")
    return reading.view.words.pick(label) if label else reading.view.words.gettext("Done")


def _result(reading: TaskReading, line: Any) -> str:
    word = result_word(reading, line)
    return word and f"{word} · {line.result_by} · {stamp(reading.view, line.result_at)}"


def _facts(reading: TaskReading, line: Any) -> list[Fact]:
    _ = reading.view.words.gettext
    facts = []
    unit = str(line.data.get("unit") or "")
    for name, label in LABELS.items():
        value = line.data.get(name)
        if value in (None, "", [], False) or (name in SAMPLING and line.data.get("outcome")):
            continue
        facts.append(Fact(_(label), _cell(reading, name, value, unit)))
    if line.scanned:
        facts.append(Fact(_("Checked by scan"), Cell(line.scanned, "quantity", unit=unit)))
    return facts


def _chip(reading: TaskReading, name: str, value: Any) -> Chip | None:
    words = reading.view.words
    known = {
        "outcome": codes.LINE_OUTCOMES,
        "storage_class": goods_words.STORAGE_CLASSES,
        "defect": goods_words.QUALITY_STATES,
        "status": goods_words.STOCK_STATUSES,
        "because": recall_words.BECAUSE,
        "kept_because": codes.RETENTION_RULES,
    }
    if value is True:
        return Chip(words.gettext("Yes"), "alert", "warn")
    return codes.chip(known[name], str(value), words) if name in known else None


def _cell(reading: TaskReading, name: str, value: Any, unit: str) -> Cell:
    chip = _chip(reading, name, value)
    if chip is not None:
        return Cell(chip, "chip")
    if name in SIGNED:
        return Cell(f"{value:+d}{formats.NO_BREAK}{unit}".strip())
    if name in COUNTED:
        return Cell(value, "quantity", unit=unit)
    if name in CODES:
        return Cell(value, "code")
    if isinstance(value, list):
        return Cell(", ".join(str(v) for v in value))
    return Cell(value)

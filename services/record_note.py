"""Services: the printed record of any document - its head, its lines, who signed; a recall with its balance.

Nothing on it is typed anew: it is what the record's page shows, on paper. Knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from db.queries import record_names
from domain.invoices import amount_of, sum_of
from services import recall_record, transferred_batches
from services.documents import HEAD_PEOPLE, PEOPLE, PLACES
from services.note_parts import COLON, SIGNATURES, Sayer, Words
from services.print_notes import Note, NoteTable
from services.record_columns import COLUMNS, PrintedColumn
from services.record_words import CODES, HEADS, TEMPERATURES, TITLES

if TYPE_CHECKING:
    from db.session import Reader
    from services.documents import DocumentLine, DocumentView

CANCELLED: Words = ("本单已取消", "This document was cancelled")
FOOTER: Words = ("本单由系统根据记录生成", "Set by the system from the record")
BILLED = {"invoice", "credit_note"}


async def build(tx: Reader, found: DocumentView, language: str) -> Note:
    """The note of a document whose kind is in TITLES."""
    row = found.document
    say = Sayer(language, row.time_zone)
    columns = COLUMNS[row.kind]
    lines = NoteTable(
        "",
        [say.word(column.label) for column in columns],
        [[_cell(say, found, line, column) for column in columns] for line in found.lines.items],
        [at for at, column in enumerate(columns) if column.numeric],
        [column.width for column in columns],
    )
    return Note(
        title=say.word(TITLES[row.kind]),
        number=row.number,
        issuer=await record_names.issuer(tx, row.id, language),
        facts=_facts(say, found),
        tables=[
            *([lines] if found.lines.items else []),
            *transferred_batches.tables(say, found),
            *await recall_record.tables(tx, say, found),
        ],
        signatures=say.signatures(found),
        signatures_title=say.word(SIGNATURES),
        remarks=_serials(say, found),
        footer=say.word(FOOTER),
        changed=say.changed(found, CANCELLED),
        language=language,
    )


def _facts(say: Sayer, found: DocumentView) -> list[tuple[str, str]]:
    row = found.document
    facts = [
        (say.word(("往来单位", "Partner")), row.party_name or ""),
        (say.word(("仓库", "Site")), say.word((row.site_zh, row.site_en))),
    ]
    facts += [(say.word(words), _head(say, found, name)) for name, words in HEADS.items()]
    facts += recall_record.facts(say, found)
    if row.header.get("drill"):
        facts.append((say.word(("演练", "Drill")), say.word(("是", "yes"))))
    if row.kind in BILLED and not row.header.get("total"):
        total = sum_of([_amount(line) for line in found.lines.items])
        facts.append((say.word(("合计（元）", "Total (CNY)")), "" if total is None else f"{total:,.2f}"))
    facts.append((say.word(("录入时间", "Entered at")), say.instant(row.created_at)))
    return [(label, value) for label, value in facts if value]


def _head(say: Sayer, found: DocumentView, name: str) -> str:
    """A value of the head: a site by its name, a person by the printed one, a difference by what it is."""
    value = found.document.header.get(name)
    if name == "to_site" and found.to_site:
        return f"{say.word(found.to_site)} ({value})"
    if name == "result" and found.document.kind == "transfer":
        return transferred_batches.result(say, found.document.header)
    if name in HEAD_PEOPLE:
        return found.people.get(str(value), "")
    if name == "temperature_record":
        return ", ".join(found.files.get(str(one), "") for one in value or ())
    return _said(say, name, value)


def _said(say: Sayer, name: str, value: Any) -> str:
    """A value of a head or a line as it is printed; '' for none and for what has parts of its own."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    if name in TEMPERATURES:
        return say.temperature(value)
    if str(value) in CODES.get(name, {}):
        return say.word(CODES[name][str(value)])
    if isinstance(value, bool):
        return say.word(("是", "yes") if value else ("否", "no"))
    return say.instant(value) if name.endswith("_at") else str(value)


def _cell(say: Sayer, found: DocumentView, line: DocumentLine, column: PrintedColumn) -> str:
    source, data = column.source, line.data
    if source in MADE:
        return MADE[source](say, found, line)
    if source in PEOPLE:
        return found.people.get(str(data.get(source)), "")
    value = data[source] if source in data else getattr(line, source, None)
    if source in PLACES:
        return _place(say, found, value)
    if source == "variance" and isinstance(value, int):
        return f"{value:+d}" if value else "0"
    return value.isoformat() if isinstance(value, date) else _said(say, source, value)


def _place(say: Sayer, found: DocumentView, code: Any) -> str:
    """A location by its code and what its zone is for."""
    zone = found.zones.get(str(code))
    if zone is None:
        return str(code or "")
    return f"{code}{say.word(('（{}）', ' ({})')).format(_said(say, 'zone', zone))}"


def _place_of_destruction(say: Sayer, found: DocumentView, line: DocumentLine) -> str:
    """The place that was written down, else the site itself."""
    return str(line.data.get("place") or say.word((found.document.site_zh, found.document.site_en)))


def _settled_place(say: Sayer, found: DocumentView, line: DocumentLine) -> str:
    """Where goods that came back stand since it was decided, and as what; before that, where they wait."""
    data = line.data
    status = data.get("settled_status") or data.get("status")
    code = data.get("settled_location") if data.get("settled_status") else data.get("location")
    said = (_said(say, "status", status), _place(say, found, code))
    return say.word(("，", ", ")).join(part for part in said if part)


def _name(say: Sayer, _found: DocumentView, line: DocumentLine) -> str:
    return say.word((line.material_name_zh, line.material_name_en or line.material_name_zh))


def _reason_and_handling(say: Sayer, _found: DocumentView, line: DocumentLine) -> str:
    both = (str(line.data.get("reason") or ""), _said(say, "handling", line.data.get("handling")))
    return say.word(("；", "; ")).join(part for part in both if part)


def _makers(_say: Sayer, _found: DocumentView, line: DocumentLine) -> str:
    """Licence holder and manufacturer; once where they are the same (药品管理法 57)."""
    both = (line.data.get("holder") or line.holder, line.data.get("manufacturer") or line.manufacturer)
    return " / ".join(dict.fromkeys(str(one) for one in both if one))


def _dates(_say: Sayer, _found: DocumentView, line: DocumentLine) -> str:
    return " / ".join(day.isoformat() if day else "—" for day in (line.produced_on, line.expires_on))


def _price(_say: Sayer, _found: DocumentView, line: DocumentLine) -> str:
    """The price, with its unit where that is not the unit of the quantity."""
    price, unit = line.data.get("price"), line.data.get("price_unit") or line.entered_unit
    return f"{price} / {unit}" if price and unit and unit != line.base_unit else str(price or "")


def _worth(_say: Sayer, _found: DocumentView, line: DocumentLine) -> str:
    amount = _amount(line)
    return "" if amount is None else f"{amount:,.2f}"


def _amount(line: DocumentLine) -> Decimal | None:
    data = line.data
    return amount_of(data.get("price"), line.entered_quantity or line.quantity, data.get("amount"))


def _serials(say: Sayer, found: DocumentView) -> list[str]:
    """The serials of the goods that have them, by batch."""
    label = say.word(("追溯码", "Serials"))
    return [
        f"{label} {line.batch_number}{say.word(COLON)}{', '.join(line.data['serials'])}"
        for line in found.lines.items
        if line.data.get("serials")
    ]


MADE: Mapping[str, Callable[[Sayer, DocumentView, DocumentLine], str]] = {
    "amount": _worth,
    "makers": _makers,
    "name": _name,
    "price": _price,
    "produced_and_expires": _dates,
    "reason_and_handling": _reason_and_handling,
    "place": _place_of_destruction,
    "settled_place": _settled_place,
}
"""Columns that are put together from several values of a line."""

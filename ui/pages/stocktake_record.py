"""UI pages: the record of a stocktake - every counted position, and all that is known of each difference."""

from collections.abc import Iterator

from services.documents import DocumentLine, DocumentView
from services.permissions import Permission
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.formats import NO_BREAK
from ui.translation import mark
from ui.view import View

HEAD = {
    "kind": mark("Kind of count"),
    "abc_class": mark("Counting class"),
    "since": mark("First day of the movements"),
    "size": mark("Positions at most"),
    "seed": mark("Seed of the draw"),
    "positions": mark("Positions on the sheet"),
    "planned_at": mark("Planned at"),
    "counted": mark("Positions counted"),
    "differing": mark("Differences"),
    "adjusted": mark("Differences adjusted"),
    "accuracy": mark("Right at the first count, in percent"),
    "value": mark("Value of the differences (CNY)"),
    "recorded_at": mark("Record written"),
}
"""What the head says, in this order."""
INSTANTS = {"planned_at", "recorded_at"}


def head_facts(view: View, found: DocumentView) -> list[Fact]:
    """The plan and how it came out."""
    _, header = view.words.gettext, found.document.header
    facts = []
    for name, label in HEAD.items():
        value = header.get(name)
        if value is None:
            continue
        if name == "kind":
            value = codes.word(goods_words.COUNT_KINDS, str(value), view.words)
        facts.append(Fact(_(label), Cell(value, "evidence" if name in INSTANTS else "text")))
    return facts


def lines_table(view: View, lines: list[DocumentLine], next_: str) -> Table:
    """The positions at a glance: books, counts, difference, value."""
    _ = view.words.gettext
    texts = [_("Material"), _("Batch"), _("Place")]
    numbers = [_("Books"), _("First count"), _("Second count"), _("Difference"), _("Value (CNY)")]
    columns = [*(Column(label) for label in texts), *(Column(label, numeric=True) for label in numbers)]
    rows = [_row(view, line) for line in lines]
    empty = Empty(_("No lines"), _("The record is written when the count is over."))
    return Table("lines", _("Lines"), columns, rows, empty, next_)


def _row(view: View, line: DocumentLine) -> Row:
    data, unit = line.data, line.base_unit
    name = view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})
    status = codes.word(goods_words.STOCK_STATUSES, data.get("status"), view.words)
    added = view.words.gettext("found beside the sheet") if data.get("added") else ""
    variance = data.get("variance", 0)
    return Row(
        [
            Cell(name, sub=f"{line.material} · {line.specification}"),
            Cell(line.batch_number, "code", f"/batches/{line.batch_id}" if line.batch_id else "", added),
            Cell(data.get("location"), "code", sub=status),
            Cell(data.get("expected"), "quantity", unit=unit),
            Cell(data.get("first_counted"), "quantity", unit=unit),
            Cell(data.get("second_counted"), "quantity", unit=unit),
            Cell(f"{variance:+d}" if variance else "0"),
            Cell(data.get("value")),
        ],
        "warn" if variance else "neutral",
    )


def difference_sections(view: View, found: DocumentView) -> list[Section]:
    """All that is known of each difference: who counted what when, why it differs, what was decided."""
    return [
        Section(f"{line.line_no} · {line.batch_number} · {line.data['location']}", facts=facts)
        for line in found.lines.items
        if line.data.get("variance")
        for facts in [list(_facts(view, found, line))]
    ]


def _facts(view: View, found: DocumentView, line: DocumentLine) -> Iterator[Fact]:
    _, data, unit = view.words.gettext, line.data, line.base_unit
    yield Fact(_("Books at the moment of the count"), Cell(data["expected"], "quantity", unit=unit))
    yield Fact(_("Moved between plan and count"), Cell(f"{data.get('moved', 0):+d}{NO_BREAK}{unit}"))
    first, second = str(data.get("first_counter")), str(data.get("second_counter"))
    yield Fact(
        _("First count"),
        Cell(data["first_counted"], "quantity", unit=unit, sub=found.people.get(first, "")),
    )
    yield Fact(
        _("Second count"),
        Cell(data.get("second_counted"), "quantity", unit=unit, sub=found.people.get(second, "")),
    )
    yield Fact(_("Counted at"), Cell(data.get("counted_at"), "evidence"))
    yield Fact(_("Difference"), Cell(f"{data['variance']:+d}{NO_BREAK}{unit}"))
    yield Fact(_("Value (CNY)"), Cell(data.get("value")))
    if data.get("cause"):
        yield Fact(_("Cause"), Cell(codes.word(goods_words.CAUSES, data["cause"], view.words)))
        yield Fact(_("Reason"), Cell(data.get("reason")))
        decided = codes.word(codes.LINE_OUTCOMES, data.get("outcome"), view.words)
        yield Fact(_("Decision"), Cell(decided, sub=found.people.get(str(data.get("reviewer")), "")))
    yield Fact(_("Books adjusted"), Cell(_("Yes") if data.get("adjusted") else _("No")))
    may = view.may(Permission.ATTACHMENT_READ)
    for ref in data.get("photo") or ():
        href = f"/attachments/{ref}" if may else ""
        yield Fact(_("Photos"), Cell(found.files.get(ref, ref[:8]), href=href))

"""UI pages: the acceptance record - what was accepted of each batch, why not, by whom.

Every field of GSP 80 and 药品管理法 57 stands on the page itself, batch by batch, with the signatures that
it rests on.
"""

from collections.abc import Sequence
from typing import Any

from services.documents import DocumentLine, DocumentView, SignatureOfRecord
from services.permissions import Permission
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.pages import superseded
from ui.translation import mark
from ui.view import View

MASTER = {
    "generic_name": mark("Generic name"),
    "dosage_form": mark("Dosage form"),
    "specification": mark("Specification"),
    "approval_number": mark("Approval number"),
    "holder": mark("Licence holder"),
    "manufacturer": mark("Manufacturer"),
    "supplier": mark("Supplier"),
}
"""Fields that the record took from master data, in the order of the law."""
CARTONS = {
    "sample_cartons": mark("Cartons opened"),
    "further_cartons": mark("Further cartons, to open when something is abnormal"),
}


def lines_table(view: View, lines: list[DocumentLine], next_: str) -> Table:
    """The batches at a glance: arrived, accepted, rejected, result."""
    _ = view.words.gettext
    labels = [_("Line"), _("Material"), _("Batch"), _("Expiry")]
    numbers = [_("Arrived"), _("Accepted"), _("Rejected")]
    columns = [*(Column(label) for label in labels), *(Column(label, numeric=True) for label in numbers)]
    return Table(
        "lines",
        _("Lines"),
        [*columns, Column(_("Result of acceptance"))],
        [
            Row(
                [
                    Cell(line.line_no),
                    Cell(_name(view, line), sub=f"{line.material} · {line.specification}"),
                    Cell(line.batch_number, "code", _batch(line)),
                    Cell(line.expires_on, "date"),
                    *(
                        Cell(value, "quantity", unit=line.base_unit)
                        for value in (
                            line.quantity,
                            line.data.get("accepted_quantity"),
                            line.data.get("rejected_quantity"),
                        )
                    ),
                    _result(view, line),
                ]
            )
            for line in lines
        ],
        Empty(_("No lines")),
        next_,
    )


def batch_sections(view: View, found: DocumentView) -> list[Section]:
    """Every field of the record, a section per batch."""
    return [
        Section(
            f"{line.line_no} · {_name(view, line)} {line.batch_number or ''}", facts=_facts(view, found, line)
        )
        for line in found.lines.items
    ]


def _facts(view: View, found: DocumentView, line: DocumentLine) -> list[Fact]:
    _, data, unit = view.words.gettext, line.data, line.base_unit
    facts = [Fact(_(label), Cell(data.get(name))) for name, label in MASTER.items()]
    facts += [
        Fact(_("Batch"), Cell(line.batch_number, "code", _batch(line))),
        Fact(_("Produced on"), Cell(line.produced_on, "date")),
        Fact(_("Expiry"), Cell(line.expires_on, "date")),
        Fact(_("Arrived on"), Cell(found.document.header.get("arrived_at"), "evidence")),
        Fact(_("Quantity arrived"), Cell(line.quantity, "quantity", unit=unit)),
        Fact(_("Quantity accepted"), Cell(data.get("accepted_quantity"), "quantity", unit=unit)),
        Fact(_("Quantity rejected"), Cell(data.get("rejected_quantity"), "quantity", unit=unit)),
        Fact(_("Result of acceptance"), _result(view, line)),
        Fact(_("Appearance and packaging"), _word(view, goods_words.PACKAGING, data.get("packaging"))),
        Fact(_("Reason"), Cell(data.get("reason"))),
        Fact(_("Handling of rejected goods"), _word(view, goods_words.HANDLINGS, data.get("handling"))),
    ]
    facts += [
        Fact(_(label), Cell(", ".join(map(str, data[name]))))
        for name, label in CARTONS.items()
        if data.get(name)
    ]
    may = view.may(Permission.ATTACHMENT_READ)
    facts += [
        Fact(
            _("Inspection report"),
            Cell(found.files.get(ref, ref[:8]), href=f"/attachments/{ref}" if may else ""),
        )
        for ref in data.get("inspection_report") or ()
    ]
    facts.append(Fact(_("Result entered by"), Cell(found.people.get(str(data.get("actor")), ""))))
    facts.append(Fact(_("Record written"), Cell(data.get("accepted_at"), "evidence")))
    return facts


def signature_table(view: View, signatures: Sequence[SignatureOfRecord]) -> Table:
    """The acceptors: printed name, post, meaning, instant, and the digest that stands on the run as well."""
    _, pick = view.words.gettext, view.words.pick
    rows = [
        Row(
            [
                Cell(s.printed_name, sub=pick({"zh": s.post_name_zh, "en": s.post_name_en})),
                superseded.meaning(view, pick({"zh": s.meaning_zh, "en": s.meaning_en}), s.superseded),
                Cell(s.recorded_at, "evidence"),
                Cell(s.content_sha256, "hash"),
            ],
            "warn" if s.superseded else "neutral",
        )
        for s in signatures
    ]
    labels = [_("Who"), _("Meaning"), _("When"), _("Content")]
    empty = Empty(_("Nothing signed yet"))
    return Table("signatures", _("Signatures"), [Column(label) for label in labels], rows, empty)


def _name(view: View, line: DocumentLine) -> str:
    return view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})


def _batch(line: DocumentLine) -> str:
    return f"/batches/{line.batch_id}" if line.batch_id else ""


def _result(view: View, line: DocumentLine) -> Cell:
    outcome = line.data.get("outcome")
    return Cell(codes.chip(codes.LINE_OUTCOMES, str(outcome), view.words), "chip") if outcome else Cell("")


def _word(view: View, known: dict[str, codes.Entry], value: Any) -> Cell:
    return Cell(codes.word(known, value, view.words) if value else "")

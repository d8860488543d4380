"""UI pages: the record of a recall - what it is about, and what was sealed where, when, in which state."""

from services.documents import DocumentView, SealedStock
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.view import View


def lines_table(view: View, found: DocumentView, next_: str) -> Table:
    """The materials: a notice names batches in its own words, and no quantity."""
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(line.line_no),
                Cell(
                    view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en}),
                    sub=f"{line.material} · {line.specification}",
                ),
            ]
        )
        for line in found.lines.items
    ]
    columns = [Column(_("Line")), Column(_("Material"))]
    return Table("lines", _("Lines"), columns, rows, Empty(_("No lines")), next_)


def seal_sections(view: View, found: DocumentView) -> list[Section]:
    """When it was sealed, and what stood where; a drill seals nothing and counts the same."""
    _, seal = view.words.gettext, found.seal
    if seal is None:
        return []
    sealed = Cell(seal.sealed_at, "evidence") if seal.sealed_at else Cell(_("not sealed"))
    facts = [
        Fact(_("Recall opened"), Cell(seal.opened_at, "evidence")),
        Fact(_("Sealed at"), Cell(_("A drill seals nothing")) if seal.drill else sealed),
    ]
    texts = [_("Material"), _("Batch"), _("Site")]
    numbers = [_("On hand at the seal"), _("Reserved"), _("In transit"), _("In return")]
    columns = [*(Column(one) for one in texts), *(Column(one, numeric=True) for one in numbers)]
    columns.append(Column(_("Into the recall zone, by state")))
    rows = [_stock(view, one) for one in seal.stock]
    table = Table("sealed", _("Sealed"), columns, rows, Empty(_("No batch is confirmed yet")))
    return [Section(_("Sealed"), facts=facts), Section(_("What stood where"), table=table)]


def _stock(view: View, one: SealedStock) -> Row:
    _, words = view.words.gettext, view.words
    site = (
        words.pick({"zh": one.site_zh or "", "en": one.site_en or ""}) if one.site else _("between two sites")
    )
    states = [
        f"{codes.word(goods_words.STOCK_STATUSES, status, words)} {quantity}"
        for status, quantity in one.moved.items()
    ]
    name = words.pick({"zh": one.material_name_zh, "en": one.material_name_en})
    return Row(
        [
            Cell(name, sub=f"{one.material} · {one.specification}"),
            Cell(one.batch_number, "code", f"/batches/{one.batch_id}"),
            Cell(site, sub=one.site or ""),
            *(
                Cell(figure, "quantity", unit=one.base_unit)
                for figure in (one.on_hand, one.reserved, one.in_transit, one.in_return)
            ),
            Cell(" · ".join(states)),
        ]
    )

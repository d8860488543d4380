"""UI pages: the stock moves of a run, and how places and states are said in tables of moves."""

from collections.abc import Sequence

from services.run_moves import FIRST, RunMove
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Row, Table
from ui.view import View


def moves_table(view: View, moves: Sequence[RunMove], all_href: str = "") -> Table:
    """The stock moves of a run, in the order in which they were posted; with `all_href` the first of them."""
    _, pick = view.words.gettext, view.words.pick
    rows = [
        Row(
            [
                Cell(pick({"zh": m.material_zh, "en": m.material_en})),
                Cell(m.batch_number, "code", f"/batches/{m.batch_id}"),
                Cell(codes.word(goods_words.POSTING_KINDS, m.kind, view.words)),
                Cell(place(view, m.from_kind, m.from_location), sub=status(view, m.from_status)),
                Cell(place(view, m.to_kind, m.to_location), sub=status(view, m.to_status)),
                Cell(m.quantity, "quantity", unit=m.base_unit),
                Cell(m.occurred_at, "instant"),
            ]
        )
        for m in (moves[:FIRST] if all_href else moves)
    ]
    if all_href and len(moves) > FIRST:
        rows.append(
            Row([Cell(_("All stock moves of the run"), href=all_href), *(Cell("") for _n in range(6))])
        )
    columns = [Column(label) for label in (_("Material"), _("Batch"), _("Kind"), _("From"), _("To"))]
    columns += [Column(_("Quantity"), numeric=True), Column(_("When"))]
    return Table("moves", _("Stock moves"), columns, rows, Empty(_("No stock moved yet")))


def place(view: View, kind: str, location: str | None) -> str:
    """A place of ours by its code, an outside by its word."""
    return location or codes.word(goods_words.PLACE_KINDS, kind, view.words)


def status(view: View, code: str | None) -> str:
    """The state of goods at a place, '' outside."""
    return codes.word(goods_words.STOCK_STATUSES, code, view.words) if code else ""

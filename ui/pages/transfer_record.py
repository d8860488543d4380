"""UI pages: the record of a transfer - what was sent and received of each line and of each batch.

The batches are the ledger's; the signatures of both sites stand beside them.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.documents import DocumentLine, DocumentView, GivenUp, TransferredBatch
from services.permissions import Permission
from ui.contexts.parts import Cell, Column, Empty, Row, Section, Table
from ui.translation import mark
from ui.view import View

RESULTS = {"missing": mark("Missing on the way"), "surplus": mark("More came than was sent")}
FIGURES = {
    "sent": mark("Sent"),
    "received": mark("Received"),
    "missing": mark("Missing on the way"),
    "surplus": mark("Too many"),
    "accepted": mark("Accepted"),
    "rejected": mark("Rejected"),
    "recalled": mark("Left to a recall"),
}


def result(view: View, header: Mapping[str, Any]) -> Cell:
    """How the goods arrived: all of them, or what was missing or too much; whether they are counted again."""
    _ = view.words.gettext
    if header["result"] == "recount":
        return Cell(_("Arrived, being counted again"))
    parts = [_(label) for name, label in RESULTS.items() if header.get(name)]
    return Cell(" · ".join(parts) or _("Arrived"))


def lines_table(view: View, found: DocumentView, next_: str) -> Table:
    """What was ordered, sent and received of each line."""
    _ = view.words.gettext
    columns = [Column(_("Line")), Column(_("Material"))]
    columns += [Column(one, numeric=True) for one in (_("Quantity"), _("Sent"), _("Received"))]
    rows = [_line(view, line) for line in found.lines.items]
    return Table("lines", _("Lines"), columns, rows, Empty(_("No lines")), next_)


def _line(view: View, line: DocumentLine) -> Row:
    name = view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})
    converted = line.entered_unit and line.entered_unit != line.base_unit
    entered = f"{line.entered_quantity} {line.entered_unit}" if converted else ""
    return Row(
        [
            Cell(line.line_no),
            Cell(name, sub=f"{line.material} · {line.specification}"),
            Cell(line.quantity, "quantity", unit=line.base_unit, sub=entered),
            Cell(line.data.get("shipped", 0), "quantity", unit=line.base_unit),
            Cell(line.received, "quantity", unit=line.base_unit),
        ]
    )


def batch_sections(view: View, found: DocumentView) -> list[Section]:
    """What was sent of each batch, and how it arrived."""
    _ = view.words.gettext
    labels = [_("Material"), _("Manufacturer"), _("Batch"), _("Produced on"), _("Expiry")]
    columns = [*(Column(one) for one in labels), *(Column(_(one), numeric=True) for one in FIGURES.values())]
    arrived = bool(found.document.header.get("result"))
    rows = [_batch(view, one, arrived=arrived) for one in found.transferred]
    empty = Empty(_("All that was sent has come back") if found.given_up else _("Nothing sent yet"))
    batches = Section(_("Batches"), table=Table("batches", _("Batches"), columns, rows, empty))
    return [*_given_up(view, found), batches]


def _given_up(view: View, found: DocumentView) -> list[Section]:
    """What left and came back from the road, and what quality has to decide on it."""
    if not found.given_up:
        return []
    _ = view.words.gettext
    labels = [_("Material"), _("Batch"), _("Quantity"), _("Left at"), _("Came back at")]
    labels += [_("State"), _("Reason")]
    columns = [Column(one, numeric=one == _("Quantity")) for one in labels]
    rows = [_back(view, one) for one in found.given_up]
    title = _("Given up on the road")
    table = Table("given-up", title, columns, rows, Empty(_("Nothing came back")))
    note = _("The goods came back unchecked. Nobody can reserve or send them before quality has decided.")
    return [Section(title, table=table, note=note if any(one.waiting for one in found.given_up) else "")]


def _back(view: View, one: GivenUp) -> Row:
    words = view.words
    name = words.pick({"zh": one.material_name_zh, "en": one.material_name_en})
    return Row(
        [
            Cell(name, sub=one.material),
            Cell(one.batch_number, "code", f"/batches/{one.batch_id}"),
            Cell(one.quantity, "quantity", unit=one.base_unit),
            Cell(one.left_at, "instant"),
            Cell(one.came_at, "instant", sub=f"{one.site} {one.location}"),
            *_standing(view, one),
            Cell(words.own(one.reason), href=_run(view, one.run_id)),
        ],
        "warn" if one.waiting else "neutral",
    )


def _standing(view: View, one: GivenUp) -> list[Cell]:
    """What is to be done, with where: the hold that is under way, or the one that has to be started."""
    _ = view.words.gettext
    if not one.waiting:
        return [Cell(_("Quality has decided"))]
    still = _("%(n)s %(unit)s in quarantine", n=one.waiting, unit=one.base_unit)
    if one.on_hold:
        return [Cell(_("Quality examines the batch"), href=_run(view, one.hold_run), sub=still)]
    batch = quote(f"{one.material}:{one.batch_number}", safe=":")
    start = f"/runs/new?sop=quality_hold&batch={batch}&site={quote(one.site)}"
    may = view.may(Permission.RUN_START) and view.may(Permission.HOLD_OPEN)
    return [Cell(_("Waits for a quality hold"), href=start if may else "", sub=still)]


def _run(view: View, run: UUID | None) -> str:
    return f"/runs/{run}" if run and view.may(Permission.RUN_READ) else ""


def _batch(view: View, one: TransferredBatch, *, arrived: bool) -> Row:
    name = view.words.pick({"zh": one.material_name_zh, "en": one.material_name_en})
    known = {figure: getattr(one, figure) for figure in FIGURES} if arrived else {"sent": one.sent}
    return Row(
        [
            Cell(name, sub=f"{one.material} · {one.specification} · {one.base_unit}"),
            Cell(one.manufacturer),
            Cell(one.batch_number, "code", f"/batches/{one.batch_id}"),
            Cell(one.produced_on, "date"),
            Cell(one.expires_on, "date"),
            *(Cell(known.get(figure), "quantity") for figure in FIGURES),
        ],
        "warn" if one.missing or one.surplus else "neutral",
    )

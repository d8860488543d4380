"""UI pages: the record of a destruction - what was destroyed how, by whom, and who of the authority watched.

Executor and witness have signed; their signatures stand below the lines (GSP 87).
"""

from services.documents import DocumentLine, DocumentView
from services.permissions import Permission
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Section, Table
from ui.pages.goods_record import place_cell
from ui.translation import mark
from ui.view import View

METHODS = {
    "incineration": mark("Incineration"),
    "chemical": mark("Chemical treatment"),
    "crushing": mark("Crushing"),
    "contractor": mark("Licensed contractor"),
}


def lines_table(view: View, found: DocumentView, next_: str) -> Table:
    """The batches: quantity, method, by whom, and the authority's witness of special-control drugs."""
    _ = view.words.gettext
    columns = [
        Column(_("Line")),
        Column(_("Material")),
        Column(_("Batch")),
        Column(_("Expiry")),
        Column(_("Place")),
    ]
    columns += [Column(_("Quantity"), numeric=True)]
    columns += [
        Column(one)
        for one in (_("Method"), _("Place of destruction"), _("Destroyed by"), _("Witness of the authority"))
    ]
    rows = [_row(view, found, line) for line in found.lines.items]
    return Table("lines", _("Lines"), columns, rows, Empty(_("No lines")), next_)


def _row(view: View, found: DocumentView, line: DocumentLine) -> Row:
    data, method = line.data, str(line.data.get("method", ""))
    name = view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})
    return Row(
        [
            Cell(line.line_no),
            Cell(name, sub=f"{line.material} · {line.specification}"),
            Cell(line.batch_number, "code", f"/batches/{line.batch_id}" if line.batch_id else ""),
            Cell(line.expires_on, "date"),
            place_cell(view, found, data.get("location"), data.get("status")),
            Cell(line.quantity, "quantity", unit=line.base_unit),
            Cell(view.words.gettext(METHODS[method]) if method in METHODS else method),
            Cell(data.get("place") or _here(view, found)),
            Cell(found.people.get(str(data.get("executor")), "")),
            Cell(data.get("authority_witness")),
        ]
    )


def _here(view: View, found: DocumentView) -> str:
    """The site, where no other place was written down."""
    return view.words.pick({"zh": found.document.site_zh, "en": found.document.site_en})


def photo_sections(view: View, found: DocumentView) -> list[Section]:
    """The photos, line by line, and what was remarked."""
    _, may = view.words.gettext, view.may(Permission.ATTACHMENT_READ)
    facts = []
    for line in found.lines.items:
        label = f"{line.line_no} · {line.batch_number or ''}"
        for ref in line.data.get("photos") or ():
            href = f"/attachments/{ref}" if may else ""
            facts.append(Fact(label, Cell(found.files.get(ref, ref[:8]), href=href)))
        if line.data.get("remark"):
            facts.append(Fact(label, Cell(line.data["remark"])))
    return [Section(_("Photos"), facts=facts)] if facts else []

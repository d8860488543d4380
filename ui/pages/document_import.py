"""UI pages: documents from a CSV file - loaded whole or not at all, every problem with its row."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.document_csv_headers import COLUMNS, REQUIRED
from domain.documents import EnteredKind
from domain.errors import NotFound, Refusal
from services import documents
from services.documents import ImportReport
from services.permissions import Permission
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.documents import ImportPage
from ui.contexts.parts import Cell, Column, Empty, Field, Form, Group, Option, Row, Table
from ui.pages.filling import INVALID
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Writer = Annotated[View, page_permission(Permission.DOCUMENT_WRITE)]
EXAMPLES: Mapping[EnteredKind, tuple[str, ...]] = {
    "purchase_order": ("PO-2026-1107", "S001", "CD", "1", "M0001", "120", "盒", "2026-11-20", "180"),
    "sales_order": ("SO-2026-1107", "C001", "CD", "1", "M0001", "30", "盒", "2026-11-24", "180", "18.50"),
    "transfer": ("TR-2026-1107", "CD", "1", "M0001", "60", "盒", "SH", "2026-11-24", ""),
    "dispatch_advice": (
        *("DN-2026-1107", "S001", "CD", "1", "M0001", "120", "盒", "PO-2026-1107", "2026-11-24 07:30"),
        *("顺丰医药", "川A12345", "1", "240513", "2024-05-13", "2027-11-30", "", "", ""),
    ),
}


@router.get("/documents/import/{kind}")
async def show_import(kind: str, view: Writer) -> Response:
    """An empty form with an example."""
    return view.page(_page(view, _known(kind)))


@router.post("/documents/import/{kind}")
async def load(kind: str, view: Writer) -> Response:
    """Reads the file and says what became of it."""
    entered = _known(kind)
    chosen = (await view.fields()).get("kind", kind)
    entered = _known(chosen)
    files = await view.files("file")
    if not files:
        return view.page(_page(view, entered, error=view.words.gettext("Choose a file.")), INVALID)
    try:
        report = await documents.import_csv(
            view.platform,
            entered,
            await files[0].read(),
            actor=view.person,
            partial=(await view.fields()).get("partial") == "true",
            request_id=view.request_id,
        )
    except Refusal as refusal:
        return view.page(_page(view, entered, error=refusal.message(view.language)), status_of(refusal))
    if not report.problems:
        loaded = view.words.ngettext(
            "%(n)s document is loaded.", "%(n)s documents are loaded.", len(report.loaded)
        )
        return view.go(f"/documents?kind={entered}", loaded)
    return view.page(_page(view, entered, report), 200 if report.loaded else INVALID)


def _known(kind: str) -> EnteredKind:
    for known in COLUMNS:
        if kind == known:
            return known
    raise NotFound(what=kind)


def _page(view: View, kind: EnteredKind, report: ImportReport | None = None, error: str = "") -> ImportPage:
    _ = view.words.gettext
    kinds = [Option(k, codes.word(codes.DOCUMENT_KINDS, k, view.words)) for k in COLUMNS]
    modes = [Option("false", _("All or nothing")), Option("true", _("Documents without a problem"))]
    fields = [
        Field("kind", _("Kind"), "choice", kind, required=True, options=kinds),
        Field("partial", _("What to load"), "choice", "false", required=True, options=modes),
        Field(
            "file",
            _("File (CSV)"),
            "file",
            required=True,
            error=error,
            accept=".csv,text/csv",
            help=_("UTF-8 or GB18030, with or without quotes."),
        ),
    ]
    names = [_header(view, kind, name) for name in REQUIRED[kind]]
    verdict = _verdict(view, report) if report else ""
    return ImportPage(
        title=_("Import from file"),
        form=Form(
            f"/documents/import/{kind}", _("Read the file"), [Group(fields)], "/documents", multipart=True
        ),
        columns_note=_("Needed columns: %(names)s.", names=", ".join(names)),
        example=",".join(_header(view, kind, n) for n in COLUMNS[kind])
        + "\n"
        + ",".join(EXAMPLES[kind])
        + "\n",
        report=_problems(view, report) if report else None,
        verdict=verdict,
        verdict_tone="warn" if report and report.loaded else "bad",
    )


def _header(view: View, kind: EnteredKind, name: str) -> str:
    return COLUMNS[kind][name][0] if view.language == "zh" else name


def _verdict(view: View, report: ImportReport) -> str:
    words = view.words
    if report.loaded:
        return words.ngettext(
            "%(n)s document is loaded, those with a problem are not.",
            "%(n)s documents are loaded, those with a problem are not.",
            len(report.loaded),
        )
    return words.ngettext(
        "Nothing is loaded: %(n)s row read, see what is wrong.",
        "Nothing is loaded: %(n)s rows read, see what is wrong.",
        report.rows,
    )


def _problems(view: View, report: ImportReport) -> Table:
    _ = view.words.gettext
    rows = [
        Row([Cell(p.row), Cell(p.column), Cell(p.en if view.language == "en" else p.zh)], "bad")
        for p in report.problems
    ]
    columns = [Column(_("Row")), Column(_("Column")), Column(_("What is wrong"))]
    return Table("problems", _("Problems"), columns, rows, Empty(_("No problems")))

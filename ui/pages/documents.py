"""UI pages: documents - found, read with their lines and corrections, and where they lead."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.documents import ENTERED
from services import documents
from services.documents import DocumentChange, DocumentLine, DocumentRow, DocumentView
from services.permissions import Permission
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import (
    Action,
    Cell,
    Column,
    Empty,
    Fact,
    Field,
    Filter,
    Form,
    Group,
    Row,
    Section,
    Table,
)
from ui.contexts.records import ListPage, RecordPage
from ui.pages import acceptance_record, stocktake_record
from ui.pages.audit import changes
from ui.pages.listing import PAGE, after, asked, choice, identity, next_href, search
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.DOCUMENT_READ)]
Writer = Annotated[View, page_permission(Permission.DOCUMENT_WRITE)]
NO_DOCUMENT = {"to_site"}
"""Names in a head whose `_id` is not a document's."""
HEAD_INSTANTS = {"shipped_at", "arrived_at"}
ACCEPTANCE = "acceptance_record"
STOCKTAKE = "stocktake"


@router.get("/documents")
async def list_documents(view: Reader) -> Response:
    """Documents that the person may see, newest first."""
    _ = view.words.gettext
    page = await documents.list_documents(
        view.platform,
        actor=view.person,
        kind=asked(view, "kind"),
        state=asked(view, "state"),
        text=asked(view, "text"),
        after=after(view),
        limit=PAGE,
    )
    empty = Empty(_("No documents"), _("Enter a purchase order, or widen the filter."))
    filter_ = Filter(
        "/documents",
        "documents",
        [
            search(view, _("Search")),
            choice(view, "kind", _("Kind"), codes.choices(codes.DOCUMENT_KINDS, view.words)),
            choice(view, "state", _("State"), codes.choices(codes.DOCUMENT_STATES, view.words)),
        ],
    )
    table = document_table(view, page.items, "documents", empty, next_href(view, page))
    intro = _("Purchase orders, dispatch advices and what the system wrote from them.")
    return view.page(ListPage(_("Documents"), intro, table, filter_, _new_actions(view)))


def _new_actions(view: View) -> list[Action]:
    if not view.may(Permission.DOCUMENT_WRITE):
        return []
    _ = view.words.gettext
    return [
        Action(_("New purchase order"), "/documents/new/purchase_order", "plus"),
        Action(_("New dispatch advice"), "/documents/new/dispatch_advice", "plus"),
        Action(_("New sales order"), "/documents/new/sales_order", "plus"),
        Action(_("New transfer"), "/documents/new/transfer", "plus"),
        Action(_("Import from file"), "/documents/import/purchase_order", "document"),
    ]


def document_table(view: View, rows: Sequence[DocumentRow], id_: str, empty: Empty, next_: str = "") -> Table:
    """Documents as a table."""
    _ = view.words.gettext
    columns = [_("Number"), _("Kind"), _("Partner"), _("Site"), _("State")]
    return Table(
        id_,
        _("Documents"),
        [*(Column(label) for label in columns), Column(_("Lines"), numeric=True), Column(_("Happened"))],
        [
            Row(
                [
                    Cell(row.number, "code", f"/documents/{row.id}"),
                    Cell(codes.word(codes.DOCUMENT_KINDS, row.kind, view.words)),
                    Cell(row.party_name or "", sub=row.party or ""),
                    Cell(view.words.pick({"zh": row.site_zh, "en": row.site_en})),
                    Cell(codes.chip(codes.DOCUMENT_STATES, row.state, view.words), "chip"),
                    Cell(row.line_count, "quantity"),
                    Cell(row.occurred_at, "instant"),
                ]
            )
            for row in rows
        ],
        empty,
        next_,
    )


@router.get("/documents/{ref}")
async def show_document(ref: str, view: Reader) -> Response:
    """A document with its lines, corrections and what followed from it."""
    found = await documents.get(view.platform, identity(ref), actor=view.person, after=after(view))
    row = found.document
    view = view.in_zone(row.time_zone)
    _ = view.words.gettext
    kind = codes.word(codes.DOCUMENT_KINDS, row.kind, view.words)
    return view.page(
        RecordPage(
            title=row.number,
            eyebrow=kind,
            mono=True,
            subtitle=row.party_name or "",
            sections=_sections(view, found),
            chips=[codes.chip(codes.DOCUMENT_STATES, row.state, view.words)],
            actions=_actions(view, row),
            back=Action(_("Documents"), "/documents"),
        )
    )


def _actions(view: View, row: DocumentRow) -> list[Action]:
    _ = view.words.gettext
    found = []
    writable = view.may(Permission.DOCUMENT_WRITE) and row.kind in ENTERED
    if row.kind == "dispatch_advice" and row.state == "open" and view.may(Permission.RUN_START):
        href = f"/runs/new?sop=receiving_acceptance&dispatch_advice={row.id}"
        found.append(Action(_("Receive this delivery"), href, "play", primary=True))
    if writable and row.state in {"open", "in_process"}:
        found.append(Action(_("Correct"), f"/documents/{row.id}/correct", "pen"))
    if row.kind == STOCKTAKE and row.run_id and view.may(Permission.TASK_READ):
        found.append(Action(_("Differences"), f"/runs/{row.run_id}/variances", "list"))
    if row.run_id:
        found.append(Action(_("To the run"), f"/runs/{row.run_id}", "route"))
    return found


def _sections(view: View, found: DocumentView) -> list[Section]:
    _ = view.words.gettext
    row = found.document
    sections = [
        Section(_("Record"), facts=_facts(view, row)),
        *_outcome(view, found),
        Section(_("Lines"), table=_lines(view, row, list(found.lines.items), next_href(view, found.lines))),
    ]
    if row.kind == ACCEPTANCE:
        sections.append(Section(_("Signatures"), table=acceptance_record.signature_table(view, found)))
        sections += acceptance_record.batch_sections(view, found)
    if row.kind == STOCKTAKE:
        sections.append(Section(_("Signatures"), table=acceptance_record.signature_table(view, found)))
        sections += stocktake_record.difference_sections(view, found)
    if found.followed_by:
        followed = document_table(view, found.followed_by, "followed", Empty(""))
        sections.append(Section(_("What followed from it"), table=followed))
    sections.append(Section(_("Corrections"), table=_changes(view, found.changes)))
    if view.may(Permission.DOCUMENT_WRITE) and row.state == "open" and row.kind in ENTERED:
        sections.append(Section(_("Cancel this document"), form=_cancel_form(view, row), folded=True))
    return sections


def _outcome(view: View, found: DocumentView) -> list[Section]:
    """How a count came out, in words; other documents say it in their heads."""
    if found.document.kind != STOCKTAKE:
        return []
    return [Section(view.words.gettext("Count"), facts=stocktake_record.head_facts(view, found))]


def _facts(view: View, row: DocumentRow) -> list[Fact]:
    _ = view.words.gettext
    names = {
        "ordered_on": _("Ordered on"),
        "to_site": _("To site"),
        "receipt": _("Receipt"),
        "purchase_order": _("Purchase order"),
        "dispatch_advice": _("Dispatch advice"),
        "acceptance_record": _("Acceptance record"),
        "shipped_at": _("Shipped at"),
        "arrived_at": _("Arrived on"),
        "reason": _("Reason"),
        "result": _("Result"),
        "carrier": _("Carrier"),
        "vehicle": _("Vehicle"),
        "cold_chain": _("Cold chain"),
        "special_control": _("Special control"),
    }
    facts = [
        Fact(_("Partner"), Cell(row.party_name or "", sub=row.party or "")),
        Fact(_("Site"), Cell(view.words.pick({"zh": row.site_zh, "en": row.site_en}), sub=row.site)),
    ]
    told = {} if row.kind == STOCKTAKE else row.header
    for name, value in told.items():
        if name.endswith("_id"):
            continue  # the number beside it says the same to people
        source = None if name in NO_DOCUMENT else row.header.get(f"{name}_id")
        if source:
            cell = Cell(value, "code", f"/documents/{source}")
        elif name == "result":
            cell = Cell(codes.word(codes.RUN_OUTCOMES, value, view.words))
        elif isinstance(value, bool):
            cell = Cell(_("Yes") if value else _("No"))
        elif isinstance(value, str | int):
            shown = view.words.own(value) if isinstance(value, str) else value
            cell = Cell(shown, "instant" if name in HEAD_INSTANTS else "text")
        else:
            continue
        facts.append(Fact(names.get(name, name), cell))
    if row.kind in ENTERED:
        facts.append(Fact(_("Entered by"), Cell(row.created_by)))
    else:
        after_whom = _("after an answer of %(name)s", name=row.created_by)
        facts.append(Fact(_("Written by"), Cell(_("System"), sub=after_whom)))
    facts.append(Fact(_("Recorded"), Cell(row.created_at, "instant")))
    facts.append(Fact(_("Version"), Cell(row.version, "quantity")))
    return facts


def _lines(view: View, row: DocumentRow, lines: list[DocumentLine], next_: str) -> Table:
    if row.kind == ACCEPTANCE:
        return acceptance_record.lines_table(view, lines, next_)
    if row.kind == STOCKTAKE:
        return stocktake_record.lines_table(view, lines, next_)
    _ = view.words.gettext
    done = {"purchase_order": _("Received"), "sales_order": _("Shipped"), "transfer": _("Sent")}.get(row.kind)
    columns = [Column(_("Line")), Column(_("Material")), Column(_("Quantity"), numeric=True)]
    columns += [Column(done, numeric=True)] if done else [Column(_("Batch")), Column(_("Expiry"))]
    return Table(
        "lines",
        _("Lines"),
        columns,
        [_line(view, line, ordered=bool(done)) for line in lines],
        Empty(_("No lines")),
        next_,
    )


def _line(view: View, line: DocumentLine, *, ordered: bool) -> Row:
    name = view.words.pick({"zh": line.material_name_zh, "en": line.material_name_en})
    converted = line.entered_unit and line.entered_unit != line.base_unit
    entered = f"{line.entered_quantity} {line.entered_unit}" if converted else ""
    cells = [
        Cell(line.line_no),
        Cell(name, sub=f"{line.material} · {line.specification}"),
        Cell(line.quantity, "quantity", unit=line.base_unit, sub=entered),
    ]
    if ordered:
        gone = line.received if line.received is not None else line.data.get("shipped", 0)
        cells.append(Cell(gone, "quantity", unit=line.base_unit))
    else:
        href = f"/batches/{line.batch_id}" if line.batch_id else ""
        cells += [Cell(line.batch_number, "code", href), Cell(line.expires_on, "date")]
    return Row(cells, "bad" if "removed" in line.data else "neutral")


def _changes(view: View, found: list[DocumentChange]) -> Table:
    _ = view.words.gettext
    labels = [_("Version"), _("What changed"), _("Reason"), _("Who"), _("When")]
    rows = [
        Row(
            [
                Cell(change.version),
                Cell(changes(change.before, change.after, view.words), "lines"),
                Cell(change.reason),
                Cell(change.actor),
                Cell(change.recorded_at, "instant"),
            ]
        )
        for change in found
    ]
    empty = Empty(_("Never corrected"), _("It is as it was entered."))
    return Table("changes", _("Corrections"), [Column(label) for label in labels], rows, empty)


def _cancel_form(view: View, row: DocumentRow) -> Form:
    _ = view.words.gettext
    fields = [
        Field("reason", _("Reason"), "textarea", required=True, max_length=500),
        Field("version", "", "hidden", row.version),
    ]
    return Form(f"/documents/{row.id}/cancel", _("Cancel this document"), [Group(fields)], tone="bad")


@router.post("/documents/{ref}/cancel")
async def cancel(ref: str, view: Writer) -> Response:
    """Cancels a document that no run works on."""
    fields = await view.fields()
    await documents.cancel(
        view.platform,
        identity(ref),
        version=int(fields.get("version", "0") or 0) if fields.get("version", "").isdigit() else 0,
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )
    return view.go(f"/documents/{ref}", view.words.gettext("The document is cancelled."))

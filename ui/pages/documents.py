"""UI pages: documents - found, read with their lines and corrections, and where they lead."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.documents import ENTERED
from services import document_notes, documents
from services.documents import DocumentChange, DocumentRow, DocumentView
from services.permissions import Permission
from ui import words as codes
from ui.answers import PageRoute
from ui.audit_changes import Told
from ui.contexts.parts import (
    Action,
    Cell,
    Chip,
    Column,
    Empty,
    Field,
    Filter,
    Form,
    Group,
    Row,
    Section,
    Table,
)
from ui.contexts.records import ListPage, RecordPage
from ui.pages import document_head, document_parts
from ui.pages.listing import PAGE, after, asked, choice, identity, next_href, search
from ui.pages.printed import pdf
from ui.pages.reasons import reason_field
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.DOCUMENT_READ)]
Writer = Annotated[View, page_permission(Permission.DOCUMENT_WRITE)]


@router.get("/documents")
async def list_documents(view: Reader) -> Response:
    """Documents that the person may see, newest first."""
    _, run = view.words.gettext, asked(view, "run")
    page = await documents.list_documents(
        view.platform,
        actor=view.person,
        kind=asked(view, "kind"),
        state=asked(view, "state"),
        run_id=identity(run, "流程 / run") if run else None,
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
                    Cell(
                        codes.word(codes.DOCUMENT_KINDS, row.kind, view.words),
                        sub=_("Drill") if row.header.get("drill") else "",
                    ),
                    Cell(row.party_name or "", sub=row.party or ""),
                    Cell(view.words.pick({"zh": row.site_zh, "en": row.site_en})),
                    Cell(_state(view, row), "chip"),
                    Cell(row.line_count, "quantity"),
                    Cell(row.occurred_at, "instant", sub=_("loaded history") if row.loaded else ""),
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
            chips=chips(view, found),
            actions=_actions(view, row),
            back=Action(_("Documents"), "/documents"),
        )
    )


def _state(view: View, row: DocumentRow) -> Chip:
    """How a document stands; an open one that a run has worked on waits again."""
    if row.state == "open" and row.run_id is not None:
        return codes.chip({row.state: codes.DOCUMENT_AGAIN}, row.state, view.words)
    return codes.chip(codes.DOCUMENT_STATES, row.state, view.words)


def chips(view: View, found: DocumentView) -> list[Chip]:
    """What stands beside the number: how it stands, and what sort of document it is."""
    row, state = found.document, _state(view, found.document)
    _ = view.words.gettext
    if row.state == "open" and any(one.run_id == row.run_id for one in found.given_up):
        state = Chip(_("Given up on the road"), "undo", "warn")
    drill = [Chip(_("Drill"), "alert", "warn")] if row.header.get("drill") else []
    return [*drill, state, *([Chip(_("loaded history"), "clock")] if row.loaded else [])]


BEGINS = {
    "dispatch_advice": ("open", "receiving_acceptance", mark("Receive this delivery")),
    "sales_order": ("open", "outbound_review", mark("Ship this order")),
    "transfer": ("open", "transfer", mark("Start this transfer")),
    document_parts.SHIPMENT: ("closed", "sales_return", mark("Goods come back")),
}
"""In which state of a document which procedure begins with it, and what its button says."""


def _actions(view: View, row: DocumentRow) -> list[Action]:
    _ = view.words.gettext
    found = []
    writable = view.may(Permission.DOCUMENT_WRITE) and row.kind in ENTERED
    if row.kind in BEGINS and view.may(Permission.RUN_START):
        state, sop, label = BEGINS[row.kind]
        href = f"/runs/new?sop={sop}&{row.kind}={row.id}"
        if row.state == state:
            found.append(Action(_(label), href, "play", primary=state == "open"))
    if writable and row.state in {"open", "in_process"}:
        found.append(Action(_("Correct"), f"/documents/{row.id}/correct", "pen"))
    if row.kind == document_parts.STOCKTAKE and row.run_id and view.may(Permission.TASK_READ):
        found.append(Action(_("Differences"), f"/runs/{row.run_id}/variances", "list"))
    if row.kind == document_parts.SHIPMENT and row.state == "closed" and view.may(Permission.DOCUMENT_WRITE):
        found.append(Action(_("Enter an invoice"), f"/documents/{row.id}/invoice", "plus"))
    label = _("Print the note") if row.kind == document_parts.SHIPMENT else _("Print the record")
    found.append(Action(label, f"/documents/{row.id}/note", "document"))
    if view.may(Permission.STOCK_READ):
        found.append(Action(_("Trace"), f"/trace?document={row.id}", "search"))
    if row.kind == "recall":
        begun = row.state != "open" or row.run_id
        href = f"/recalls/{row.id}" if begun else f"/runs/new?sop=recall&recall={row.id}"
        found.append(
            Action(_("Recall room") if begun else _("Start the recall"), href, "alert", primary=True)
        )
    if row.run_id:
        found.append(Action(_("To the run"), f"/runs/{row.run_id}", "route"))
    return found


def _sections(view: View, found: DocumentView) -> list[Section]:
    _ = view.words.gettext
    row = found.document
    sections = [
        Section(
            _("Record"),
            facts=[*document_head.facts(view, found), *document_parts.billed_total(view, found)],
        ),
        *document_parts.outcome(view, found),
        Section(_("Lines"), table=document_parts.lines(view, found, next_href(view, found.lines))),
    ]
    sections += document_parts.record_sections(view, found)
    if found.followed_by:
        followed = document_table(view, found.followed_by, "followed", Empty(""))
        sections.append(Section(_("What followed from it"), table=followed))
    sections.append(Section(_("Corrections"), table=_changes(view, found.changes)))
    if view.may(Permission.DOCUMENT_WRITE) and row.state == "open" and row.kind in ENTERED:
        sections.append(Section(_("Cancel this document"), form=_cancel_form(view, row), folded=True))
    return sections


def _changes(view: View, found: list[DocumentChange]) -> Table:
    _ = view.words.gettext
    labels = [_("Version"), _("What changed"), _("Reason"), _("Who"), _("When")]
    rows = [
        Row(
            [
                Cell(change.version),
                Cell(Told(view.words, object_type="document").lines(change.before, change.after), "lines"),
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
        reason_field(view),
        Field("version", "", "hidden", row.version),
    ]
    return Form(f"/documents/{row.id}/cancel", _("Cancel this document"), [Group(fields)], tone="bad")


@router.get("/documents/{ref}/note")
async def show_note(ref: str, view: Reader) -> Response:
    """The printable note, in the browser's own viewer."""
    name, content = await document_notes.pdf(
        view.platform,
        identity(ref),
        actor=view.person,
        language=view.language,
        request_id=view.request_id,
    )
    return pdf(name, content)


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

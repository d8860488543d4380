"""UI pages: a batch with all that is known of it - where, how many, in which state, and why."""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from services import documents, stock
from services.permissions import Permission
from services.read_models import BatchCard
from ui import formats, goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import (
    Action,
    Cell,
    Chip,
    Column,
    Empty,
    Fact,
    Row,
    Section,
    Table,
)
from ui.contexts.records import RecordPage
from ui.pages import recalls
from ui.pages.documents import document_table
from ui.pages.evidence_package import to_package
from ui.pages.run_moves import place, status
from ui.pages.stock import Reader, position_columns, position_row, transit_table
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/batches/{batch}")
async def show_batch(batch: str, view: Reader) -> Response:
    """A batch: where, how many, in which state, and why."""
    card = await stock.batch(view.platform, batch, actor=view.person)
    _, pick = view.words.gettext, view.words.pick
    chips = [codes.chip(goods_words.STORAGE_CLASSES, card.storage_class, view.words)]
    if card.on_hold:
        chips.insert(0, Chip(_("On hold"), "lock", "bad"))
    if card.expired:
        chips.insert(0, Chip(_("Expired"), "alert", "bad"))
    elif card.near_expiry:
        chips.insert(0, Chip(_("Near expiry"), "clock", "warn"))
    if card.special_control:
        chips.append(Chip(_("Special control"), "shield", "warn"))
    positions = [position_row(view, row) for row in card.positions]
    nowhere = Empty(_("Nothing of it is in stock"))
    sections = [
        Section(_("Record"), facts=_facts(view, card)),
        Section(
            _("Where it is"),
            table=Table("positions", _("Where it is"), position_columns(view), positions, nowhere),
        ),
        *await _on_the_way(view, card),
        Section(_("Holds"), table=_holds(view, card)),
        *await recalls.batch_section(view, card.id),
        Section(_("Acceptance"), table=_acceptances(view, card)),
        Section(_("Moves"), table=_moves(view, card)),
        *await _documents(view, card),
    ]
    actions = [
        Action(_("Trace"), f"/trace?batch={card.id}", "search"),
        Action(_("Print the label"), f"/batches/{card.id}/label", "print"),
    ]
    if view.may(Permission.RUN_READ):
        actions.append(Action(_("Runs with this batch"), f"/runs?batch={card.id}", "route"))
    actions += to_package(view, "batch", str(card.id))
    if view.may(Permission.RUN_START) and view.may(Permission.HOLD_OPEN):
        batch = quote(f"{card.material_code}:{card.number}", safe=":")
        href = f"/runs/new?sop=quality_hold&batch={batch}"
        actions.append(Action(_("Stop its sale: quality hold"), href, "lock"))
    return view.page(
        RecordPage(
            title=card.number,
            eyebrow=f"{pick({'zh': card.material_zh, 'en': card.material_en})} · {card.specification}",
            subtitle=card.manufacturer,
            mono=True,
            sections=sections,
            chips=chips,
            actions=actions,
            back=Action(_("Stock"), "/stock"),
        )
    )


async def _on_the_way(view: View, card: BatchCard) -> list[Section]:
    found = await stock.in_transit(view.platform, actor=view.person, batch=card.id)
    return (
        [Section(view.words.gettext("On the way between sites"), table=transit_table(view, found))]
        if found
        else []
    )


def _facts(view: View, card: BatchCard) -> list[Fact]:
    _ = view.words.gettext
    return [
        Fact(_("In stock"), Cell(card.quantity, "quantity", unit=card.base_unit)),
        Fact(_("Produced on"), Cell(card.produced_on, "date")),
        Fact(_("Expiry"), Cell(card.expires_on, "date")),
        Fact(_("Left"), Cell(formats.remaining(card.remaining_days, view.words), "shelf_life")),
        Fact(_("Generic name"), Cell(card.generic_name)),
        Fact(_("Dosage form"), Cell(card.dosage_form)),
        Fact(_("Approval number"), Cell(card.approval_number, "code")),
        Fact(_("Licence holder"), Cell(card.licence_holder or card.holder)),
        Fact(_("Manufacturer"), Cell(card.manufacturer)),
        Fact(_("Material"), Cell(card.material_code, "code")),
        Fact(_("Serial numbers"), Cell(card.serials, "quantity")),
    ]


def _holds(view: View, card: BatchCard) -> Table:
    _ = view.words.gettext
    rows = []
    for hold in card.holds:
        open_ = hold.closed_at is None
        chip = Chip(_("open"), "lock", "bad") if open_ else Chip(_("closed"), "check", "good")
        run = f"/runs/{hold.opened_by_run}" if hold.opened_by_run else ""
        cells = [
            Cell(chip, "chip"),
            Cell(
                codes.word(goods_words.HOLD_KINDS, hold.kind, view.words),
                href=run,
                sub=view.words.own(hold.reason or ""),
            ),
            Cell(hold.site_code or _("all sites"), sub=_("loaded history") if hold.loaded else ""),
            Cell(hold.opened_at, "instant", sub=hold.opened_by),
            Cell(
                hold.closed_at,
                "instant",
                sub=" · ".join(filter(None, (hold.closed_by, view.words.own(hold.closed_reason or "")))),
            ),
        ]
        rows.append(Row(cells, "bad" if open_ else "neutral"))
    labels = [_("State"), _("Why"), _("Site"), _("Opened"), _("Closed")]
    return Table("holds", _("Holds"), [Column(label) for label in labels], rows, Empty(_("Never on hold")))


def _acceptances(view: View, card: BatchCard) -> Table:
    """How each delivery of the batch was accepted."""
    _, pick = view.words.gettext, view.words.pick
    rows = [
        Row(
            [
                Cell(
                    codes.chip(codes.LINE_OUTCOMES, one.outcome, view.words),
                    "chip",
                    sub=view.words.own(one.reason or ""),
                ),
                Cell(one.accepted, "quantity", unit=card.base_unit),
                Cell(one.rejected, "quantity", unit=card.base_unit),
                Cell(pick({"zh": one.site_zh, "en": one.site_en})),
                Cell(one.at, "instant"),
                Cell(one.document_number, "code", f"/documents/{one.document_id}"),
                Cell(" · ".join(one.people)),
            ]
        )
        for one in card.acceptances
    ]
    columns = [Column(_("Result")), Column(_("Accepted"), numeric=True), Column(_("Rejected"), numeric=True)]
    columns += [Column(label) for label in (_("Site"), _("When"), _("Document"), _("Who"))]
    return Table("acceptance", _("Acceptance"), columns, rows, Empty(_("Not accepted yet")))


def _moves(view: View, card: BatchCard) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(
                    codes.word(goods_words.POSTING_KINDS, m.kind, view.words),
                    href=f"/runs/{m.run_id}" if m.run_id else "",
                ),
                Cell(
                    place(view, m.from_kind, m.from_location),
                    sub=status(view, m.from_status) or (m.party or ""),
                ),
                Cell(place(view, m.to_kind, m.to_location), sub=status(view, m.to_status) or (m.party or "")),
                Cell(m.quantity, "quantity", unit=card.base_unit),
                Cell(m.occurred_at, "instant", sub=_("loaded history") if m.loaded else ""),
                Cell(m.document_number or "", "code", f"/documents/{m.document_id}" if m.document_id else ""),
                Cell(" · ".join(m.performers) or m.actor, sub=view.words.own(m.reason or "")),
            ]
        )
        for m in card.moves
    ]
    columns = [Column(_("Kind")), Column(_("From")), Column(_("To")), Column(_("Quantity"), numeric=True)]
    columns += [Column(_("When")), Column(_("Document")), Column(_("Who"))]
    empty = Empty(_("Never moved"))
    if card.counted:
        empty = Empty(
            _("This batch is being counted"), _("Its moves are shown again when the count is done.")
        )
    return Table("moves", _("Moves"), columns, rows, empty)


async def _documents(view: View, card: BatchCard) -> list[Section]:
    if not view.may(Permission.DOCUMENT_READ):
        return []
    _ = view.words.gettext
    try:
        page = await documents.list_documents(view.platform, actor=view.person, batch_id=card.id)
    except Refusal:
        return []
    table = document_table(view, list(page.items), "documents", Empty(_("No documents")))
    return [Section(_("Documents"), table=table)]

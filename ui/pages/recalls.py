"""UI pages: recalls - the list, a new notice, the recall room, the effectiveness report."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.recall import RecallIn
from services import recall_notice, recall_view
from services.documents import DocumentRow
from services.permissions import Permission
from services.recall_view import RecallRow
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Column, Empty, Field, Row, Section, Table
from ui.contexts.records import FormPage, ListPage
from ui.pages import recall_words
from ui.pages.filling import INVALID, NONE, Problems, form, given, tried
from ui.pages.listing import site_options, to_options
from ui.pages.recall_room import RoomReading
from ui.session import page_permission
from ui.streams import watched
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.DOCUMENT_READ)]
Writer = Annotated[View, page_permission(Permission.DOCUMENT_WRITE)]


@router.get("/recalls")
async def list_recalls(view: Reader) -> Response:
    """Recalls under way and past, and the notices that wait."""
    _ = view.words.gettext
    waiting = await recall_view.waiting_notices(view.platform, actor=view.person)
    rows = [_waiting(view, row) for row in waiting]
    rows += [_row(view, row) for row in await recall_view.rooms(view.platform, actor=view.person)]
    writes = view.may(Permission.DOCUMENT_WRITE)
    here = _("Enter a recall notice here; a drill begins with one as well.")
    empty = Empty(
        _("No recalls"), here if writes else _("A recall begins with its notice, which quality enters.")
    )
    table = Table("recalls", _("Recalls"), _columns(view), rows, empty)
    actions = []
    if writes:
        actions.append(Action(_("Enter a recall notice"), "/recalls/new", "plus", primary=True))
    return view.page(
        ListPage(
            _("Recalls"), _("What is recalled, how far each recall is, and past ones."), table, None, actions
        )
    )


def _columns(view: View) -> list[Column]:
    _ = view.words.gettext
    labels = [_("Recall"), _("Class"), _("State"), _("Opened"), _("Sealed"), _("Closed")]
    return [Column(label) for label in labels]


def _waiting(view: View, row: DocumentRow) -> Row:
    _ = view.words.gettext
    start = view.may(Permission.RUN_START)
    href = f"/runs/new?sop=recall&recall={row.id}" if start else f"/documents/{row.id}"
    return Row(
        [
            Cell(
                row.number,
                "code",
                href,
                sub=" · ".join(filter(None, (row.site, _("Start the recall") if start else ""))),
            ),
            Cell(codes.chip(recall_words.CLASSES, str(row.header["class_name"]), view.words), "chip"),
            Cell(_("Notice entered, not started")),
            Cell(row.created_at, "instant"),
            Cell(""),
            Cell(""),
        ],
        "warn",
    )


def _row(view: View, row: RecallRow) -> Row:
    _ = view.words.gettext
    sub = " · ".join(filter(None, (row.site, _("Drill") if row.drill else "")))
    return Row(
        [
            Cell(row.number, "code", f"/recalls/{row.document_id}", sub=sub),
            Cell(codes.chip(recall_words.CLASSES, row.class_name, view.words), "chip"),
            Cell(recall_words.standing(row, view.words), "chip"),
            *(
                Cell(at, "instant", unit=row.time_zone)
                for at in (row.opened_at, row.sealed_at, row.closed_at)
            ),
        ],
        "neutral" if row.state == "closed" else "bad",
    )


@router.get("/recalls/new")
async def new_notice(view: Writer) -> Response:
    """An empty notice."""
    return view.page(await _notice_page(view, {}))


@router.post("/recalls/new")
async def enter_notice(view: Writer) -> Response:
    """Enter the notice; its recall is started next."""
    fields = await view.fields()
    values = {**fields, "materials": [one for one in fields.get("materials", "").split() if one]}

    async def enter() -> DocumentRow:
        body = RecallIn.model_validate(given(values))
        return await recall_notice.post(view.platform, body, actor=view.person, request_id=view.request_id)

    made = await tried(view, enter())
    if isinstance(made, Problems):
        return view.page(await _notice_page(view, fields, made), made.status or INVALID)
    said = view.words.gettext("The notice is entered. Start its recall.")
    start = view.may(Permission.RUN_START)
    return view.go(f"/runs/new?sop=recall&recall={made.id}" if start else "/recalls", said)


async def _notice_page(view: View, values: dict[str, str], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    profiles = await recall_notice.profiles(view.platform)
    fields = [
        Field("number", _("Number of the notice"), required=True, max_length=64, autofocus=True),
        Field(
            "site",
            _("Coordinating site"),
            "choice",
            required=True,
            options=to_options(await site_options(view)),
        ),
        Field(
            "recall_class",
            _("Recall class"),
            "choice",
            required=True,
            options=to_options(codes.choices(recall_words.CLASSES, view.words)),
        ),
        Field(
            "profile",
            _("Time limits"),
            "choice",
            required=True,
            options=to_options((one, codes.word(recall_words.PROFILES, one, view.words)) for one in profiles),
            help=_("Quality chooses the rules whose limits hold for this recall."),
        ),
        Field(
            "initiated_by",
            _("Who recalls"),
            "choice",
            required=True,
            options=to_options(codes.choices(recall_words.INITIATORS, view.words)),
        ),
        Field("holder", _("Holder (partner code)"), help=_("May stay empty.")),
        Field("noticed_on", _("Notice received on"), "date", required=True),
        Field("materials", _("Materials (codes)"), required=True, help=_("Codes with blanks between them.")),
        Field(
            "scope",
            _("Batches, as the notice says it"),
            "textarea",
            required=True,
            help=_("Copy the text: it is read and put before you batch by batch, nothing of it is left out."),
        ),
        Field("reason", _("Reason"), "textarea", required=True, max_length=1000),
    ]
    return FormPage(
        _("New recall notice"),
        form("/recalls/new", _("Enter the notice"), fields, values, problems, cancel_href="/recalls"),
        back=Action(_("Recalls"), "/recalls"),
    )


@router.get("/recalls/{recall}")
async def show_room(recall: str, view: Reader) -> Response:
    """The recall room, which says how far we are, and goes on by itself while somebody watches."""
    document = await recall_view.find(view.platform, recall, actor=view.person)
    # How it stands first: what happens between the two reads is then heard of, not missed.
    stands = await recall_view.standing(view.platform, document)
    found = await recall_view.room(view.platform, str(document), actor=view.person)
    watched_ = stands if found.recall.state != "closed" else ""
    reading = RoomReading(view.in_zone(found.recall.time_zone), found, watched_)
    return reading.view.page(reading.page())


@router.get("/recalls/{recall}/events")
async def room_events(recall: str, view: Reader) -> Response:
    """Says that the room has changed."""
    document = await recall_view.find(view.platform, recall, actor=view.person)

    async def look() -> tuple[str, Callable[[], str]]:
        return await recall_view.standing(view.platform, document), lambda: "changed"

    return watched(view, "changed", look)


@router.get("/recalls/{recall}/report")
async def show_report(recall: str, view: Reader) -> Response:
    """The effectiveness report, to be printed."""
    found = await recall_view.room(view.platform, recall, actor=view.person)
    reading = RoomReading(view.in_zone(found.recall.time_zone), found)
    return reading.view.page(reading.report())


async def batch_section(view: View, batch_id: UUID) -> list[Section]:
    """The recalls of a batch, for its own page."""
    found = await recall_view.batch_recalls(view.platform, batch_id, actor=view.person)
    if not found:
        return []
    _ = view.words.gettext
    rows = [_row(view, row) for row in found]
    table = Table("recalls", _("Recalls"), _columns(view), rows, Empty(_("No recalls")))
    return [Section(_("Recalls"), table=table)]

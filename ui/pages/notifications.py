"""UI pages: messages to a person and the person's posts."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from services import notifications
from ui.answers import PageRoute
from ui.contexts.parts import Cell, Chip, Column, Empty, Form, Row, Section, Table
from ui.contexts.records import RecordPage
from ui.pages.listing import PAGE, after, next_href
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Person = Annotated[View, page_permission()]


@router.get("/notifications")
async def list_notifications(view: Person) -> Response:
    """Messages, the newest first."""
    _, pick = view.words.gettext, view.words.pick
    page = await notifications.list_notifications(
        view.platform, actor=view.person, after=after(view), limit=PAGE
    )
    rows = [
        Row(
            [
                Cell(
                    pick({"zh": n.title_zh, "en": n.title_en}),
                    href=n.link
                    or (f"/runs/{n.run_id}" if n.run_id else ""),  # the next step, before what led to it
                    sub=pick({"zh": n.body_zh, "en": n.body_en}),
                ),
                Cell(n.created_at, "instant"),
                Cell(Chip(_("read"), "check") if n.read_at else Chip(_("new"), "bell", "info"), "chip"),
            ],
            "neutral",
        )
        for n in page.items
    ]
    labels = [_("Message"), _("When"), _("State")]
    empty = Empty(_("No messages"), _("Reminders and escalations of your posts appear here."))
    table = Table(
        "messages", _("Messages"), [Column(label) for label in labels], rows, empty, next_href(view, page)
    )
    sections = [Section(_("Newest first"), table=table)]
    if any(n.read_at is None for n in page.items):
        mark_all = Form("/notifications/read", _("Mark all as read"), ())
        sections.insert(0, Section(_("There are unread messages"), form=mark_all))
    return view.page(RecordPage(_("Messages"), "", sections))


@router.post("/notifications/read")
async def mark_read(view: Person) -> Response:
    """Marks all messages as read."""
    await notifications.mark_read(view.platform, actor=view.person, request_id=view.request_id)
    return view.go("/notifications")

"""UI pages: the audit log - who did what to what, when and why, with before and after."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services import audit, audit_names
from services.audit_names import AuditNames
from services.permissions import Permission
from ui.answers import PageRoute
from ui.audit_changes import Told
from ui.audit_words import action_words, object_words
from ui.contexts.parts import Cell, Chip, Column, Empty, Field, Filter, Row, Table
from ui.contexts.records import ListPage
from ui.formats import zone_of
from ui.pages.listing import PAGE, after, asked, choice, next_href, search
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/audit")
async def list_events(view: Annotated[View, page_permission(Permission.AUDIT_READ)]) -> Response:
    """The log, newest first; looking at it is logged as well."""
    _ = view.words.gettext
    wanted = audit.AuditFilter(
        action=asked(view, "action"),
        object_type=asked(view, "object_type"),
        actor=asked(view, "actor"),
        since=_day(view, "since"),
        until=_day(view, "until", whole=True),
        refused={"yes": True, "no": False}.get(view.query("refused")),
        text=asked(view, "text"),
    )
    page = await audit.list_events(
        view.platform, actor=view.person, wanted=wanted, after=after(view), limit=PAGE
    )
    names = await audit_names.of_events(view.platform, page.items, actor=view.person)
    columns = [_("What"), _("Who"), _("When"), _("Object"), _("Reason"), _("Before and after")]
    table = Table(
        "events",
        _("Audit log"),
        [Column(label) for label in columns],
        [_row(event, names, view) for event in page.items],
        Empty(_("Nothing matches"), _("Widen the filter.")),
        next_href(view, page),
    )
    intro = _(
        "Everything that changed, and every attempt that was refused. Looking here is recorded as well."
    )
    return view.page(ListPage(_("Audit log"), intro, table, _filter(view)))


def _filter(view: View) -> Filter:
    _ = view.words.gettext
    answers = [("yes", _("refused only")), ("no", _("done only"))]
    return Filter(
        "/audit",
        "events",
        [
            search(view, _("Search")),
            Field("actor", _("Person"), value=view.query("actor")),
            Field("action", _("Action"), value=view.query("action")),
            Field("since", _("From day"), "date", view.query("since")),
            Field("until", _("To day"), "date", view.query("until")),
            choice(view, "refused", _("Refused"), answers),
        ],
    )


def _day(view: View, name: str, *, whole: bool = False) -> datetime | None:
    """The beginning (or end) of a day in the person's zone; what is no day does not filter."""
    try:
        at = datetime.fromisoformat(view.query(name)).replace(tzinfo=zone_of(view.zone))
    except ValueError:
        return None
    return (at + timedelta(days=1 if whole else 0)).astimezone(UTC)


def _row(event: audit.AuditRow, names: AuditNames, view: View) -> Row:
    _ = view.words.gettext
    after_words = dict(event.after or {})
    if event.refused:
        message = after_words.get("message_en" if view.language == "en" else "message_zh", "")
        said = f"{action_words(event.action, view.words)}: {message}"
        what = Cell(Chip(_("refused"), "alert", "bad"), "chip", sub=said)
    else:
        what = Cell(action_words(event.action, view.words))
    return Row(
        [
            what,
            Cell(event.actor_name, "who"),
            Cell(event.recorded_at, "evidence"),
            _object(event, names, view),
            Cell(view.words.own(event.reason or "")),
            Cell(_changed(event, names, view), "lines", raw=_raw(event)),
        ],
        "bad" if event.refused else "neutral",
    )


def _object(event: audit.AuditRow, names: AuditNames, view: View) -> Cell:
    """What was acted on, by its name, and the run in which; the way leads to the run."""
    href = f"/runs/{event.run_id}" if event.run_id else ""
    run = names.of(str(event.run_id), view.language) if event.run_id else None
    own = names.of(event.object_id, view.language)
    if own is None and not _is_id(event.object_id):
        own = event.object_id
    sub = " · ".join(dict.fromkeys(one for one in (own, run) if one))
    return Cell(object_words(event.object_type, view.words), href=href, sub=sub)


def _changed(event: audit.AuditRow, names: AuditNames, view: View) -> list[str]:
    after_ = None if event.refused else event.after
    told = Told(view.words, names, event.run_id, event.object_type)
    return told.lines(event.before, after_)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _raw(event: audit.AuditRow) -> str:
    """The event itself: what names stand for in the columns beside."""
    kept = {
        "action": event.action,
        "object": event.object_id,
        "run": event.run_id,
        "before": event.before,
        "after": event.after,
        "request": event.request_id,
    }
    given = {name: value for name, value in kept.items() if value not in (None, "")}
    return json.dumps(given, ensure_ascii=False, indent=1, default=str)

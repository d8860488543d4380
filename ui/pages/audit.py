"""UI pages: the audit log - who did what to what, when and why, with before and after."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from services import audit
from services.permissions import Permission
from ui.answers import PageRoute
from ui.audit_words import action_words, field_words, object_words
from ui.contexts.parts import Cell, Chip, Column, Empty, Field, Filter, Row, Table
from ui.contexts.records import ListPage
from ui.formats import zone_of
from ui.pages.listing import PAGE, after, asked, choice, next_href, search
from ui.session import page_permission
from ui.translation import Translations
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SHOWN = 400


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
    columns = [_("What"), _("Who"), _("When"), _("Object"), _("Reason"), _("Before and after")]
    table = Table(
        "events",
        _("Audit log"),
        [Column(label) for label in columns],
        [_row(event, view) for event in page.items],
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


def _row(event: audit.AuditRow, view: View) -> Row:
    _ = view.words.gettext
    after_words = dict(event.after or {})
    if event.refused:
        message = after_words.get("message_en" if view.language == "en" else "message_zh", "")
        said = f"{action_words(event.action, view.words)}: {message}"
        what = Cell(Chip(_("refused"), "alert", "bad"), "chip", sub=said)
    else:
        what = Cell(action_words(event.action, view.words), sub=event.action)
    href = f"/runs/{event.run_id}" if event.run_id else ""
    return Row(
        [
            what,
            Cell(event.actor_name, "who"),
            Cell(event.recorded_at, "evidence"),
            Cell(object_words(event.object_type, view.words), href=href, sub=event.object_id),
            Cell(view.words.own(event.reason or "")),
            Cell(changes(event.before, None if event.refused else event.after, view.words), "lines"),
        ],
        "bad" if event.refused else "neutral",
    )


def changes(
    before: Mapping[str, Any] | None, after_: Mapping[str, Any] | None, words: Translations
) -> list[str]:
    """What changed, a line per field: `field: before → after`."""
    old, new = before or {}, after_ or {}
    lines = []
    for name in [*old, *(n for n in new if n not in old)]:
        if name in old and name in new and old[name] == new[name]:
            continue
        shown = [_short(side[name], words) for side in (old, new) if name in side]
        lines.append(f"{field_words(name, words)}: {' → '.join(shown)}")
    return lines


def _short(value: Any, words: Translations) -> str:
    text = words.own(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

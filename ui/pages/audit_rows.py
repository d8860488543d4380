"""UI pages: an event of the audit log as a row of the page, and as a row of a file."""

import json
from typing import Any
from uuid import UUID

from services.audit import AuditRow
from services.audit_names import AuditNames
from ui import formats
from ui.audit_changes import Told
from ui.audit_links import place_of
from ui.audit_words import action_words, object_words
from ui.contexts.parts import Cell, Chip, Row
from ui.translation import Translations
from ui.view import View


def head(words: Translations) -> list[str]:
    """The columns of the page."""
    _ = words.gettext
    return [_("What"), _("Who"), _("When"), _("Object"), _("Reason"), _("Before and after")]


def file_head(words: Translations) -> list[str]:
    """The columns of a file: those of the page, and the codes and ids behind the words."""
    _ = words.gettext
    codes = [_("Action (code)"), _("Object (id)"), _("Run (id)"), _("Request"), _("As recorded")]
    return [
        _("When"),
        _("Zone"),
        _("Who"),
        _("What"),
        _("Refused"),
        _("Object"),
        _("Name"),
        *head(words)[4:],
        *codes,
    ]


def row_of(event: AuditRow, names: AuditNames, view: View) -> Row:
    """An event on the page; times are those of the site of its run."""
    _ = view.words.gettext
    if event.refused:
        said = f"{action_words(event.action, view.words)}: {_message(event, view.words)}"
        what = Cell(Chip(_("refused"), "alert", "bad"), "chip", sub=said)
    else:
        what = Cell(action_words(event.action, view.words))
    return Row(
        [
            what,
            Cell(event.actor_name, "who"),
            Cell(event.recorded_at, "evidence", unit=_zone(event, names, view)),
            _object(event, names, view),
            Cell(view.words.own(event.reason or "")),
            Cell(_changed(event, names, view.words), "lines", raw=_raw(event)),
        ],
        "bad" if event.refused else "neutral",
    )


def file_row(event: AuditRow, names: AuditNames, view: View) -> list[Any]:
    """An event in a file."""
    words, zone = view.words, _zone(event, names, view)
    changed = [_message(event, words)] if event.refused else _changed(event, names, words)
    return [
        formats.instant(event.recorded_at, zone, seconds=True),
        formats.offset(event.recorded_at, zone),
        event.actor_name,
        action_words(event.action, words),
        words.gettext("Yes") if event.refused else words.gettext("No"),
        object_words(event.object_type, words),
        _name(event, names, words),
        words.own(event.reason or ""),
        "; ".join(changed),
        event.action,
        event.object_id,
        event.run_id or "",
        event.request_id or "",
        _raw(event, indent=None),
    ]


def _zone(event: AuditRow, names: AuditNames, view: View) -> str:
    return names.zones.get(event.run_id, view.zone) if event.run_id else view.zone


def _message(event: AuditRow, words: Translations) -> str:
    said = dict(event.after or {})
    return str(said.get("message_en" if words.language == "en" else "message_zh", ""))


def _name(event: AuditRow, names: AuditNames, words: Translations) -> str:
    """What was acted on, by its name, and the run in which."""
    run = names.of(str(event.run_id), words.language) if event.run_id else None
    own = names.of(event.object_id, words.language)
    if own is None and not _is_id(event.object_id):
        own = event.object_id
    return " · ".join(dict.fromkeys(one for one in (own, run) if one))


def _object(event: AuditRow, names: AuditNames, view: View) -> Cell:
    """What was acted on, with the way to it; to its run where it has no page of its own."""
    href = place_of(event.object_type, event.object_id, view.may)
    if not href and event.run_id:
        href = place_of("run", str(event.run_id), view.may)
    return Cell(object_words(event.object_type, view.words), href=href, sub=_name(event, names, view.words))


def _changed(event: AuditRow, names: AuditNames, words: Translations) -> list[str]:
    after = None if event.refused else event.after
    return Told(words, names, event.run_id, event.object_type).lines(event.before, after)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _raw(event: AuditRow, indent: int | None = 1) -> str:
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
    return json.dumps(given, ensure_ascii=False, indent=indent, default=str)

"""UI pages: what was answered and computed before a task, as its page shows it."""

from collections.abc import Mapping
from typing import Any

from services.permissions import Permission
from ui import formats
from ui.contexts.parts import Cell, Upload
from ui.definition_forms import unit_word
from ui.view import View


def answer_cell(view: View, uploads: Mapping[str, Upload], entry: Mapping[str, Any]) -> Cell:
    """One answer: a document or batch to look at, words, files by name, or the value with its unit."""
    _, value = view.words.gettext, entry["value"]
    if entry.get("noun") == "document":
        may = entry.get("id") and view.may(Permission.DOCUMENT_READ)
        return Cell(value, href=f"/documents/{entry['id']}" if may else "")
    if entry.get("text"):
        said = view.words.pick(entry["text"])
        if entry.get("noun") == "batch":
            return Cell(said, href=f"/batches/{value}" if view.may(Permission.STOCK_READ) else "")
        return Cell(said, sub=str(value) if entry.get("noun") else "")
    if isinstance(value, bool):
        return Cell(_("Yes") if value else _("No"))
    if entry.get("type") == "attachment":
        ids = value if isinstance(value, list) else [value]
        names = [uploads[str(i)].name if str(i) in uploads else str(i)[:8] for i in ids]
        return Cell(", ".join(names), href=f"/attachments/{ids[0]}" if len(ids) == 1 else "")
    return _plain_cell(value, unit_word(entry.get("unit"), view.words))


def _plain_cell(value: Any, unit: str) -> Cell:
    if isinstance(value, str) and len(value) >= len("2026-11-24T08:00:00Z") and value[10:11] == "T":
        return Cell(value, "instant")
    if isinstance(value, list):
        return Cell([str(v) for v in value], "lines")
    return Cell(f"{value}{formats.NO_BREAK}{unit}" if unit else value)

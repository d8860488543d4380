"""UI pages: who has to be trained on a version before its tasks come."""

from __future__ import annotations

from services import training
from services.sop_catalogue import VersionRow
from ui.contexts.parts import Cell, Column, Empty, Row, Table
from ui.view import View

KNOWN_STATES = {"approved", "effective"}


async def untrained_of(view: View, row: VersionRow) -> Table | None:
    """Whose posts have work in an approved version that they are not trained on; None for other versions."""
    if row.state not in KNOWN_STATES:
        return None
    _ = view.words.gettext
    found = await training.missing(view.platform, row.id, actor=view.person)
    rows = [
        Row([Cell(one.name), Cell(one.since, "instant") if one.since else Cell(_("no date yet"))], "warn")
        for one in found
    ]
    empty = Empty(_("Everybody is trained on it"), icon="check")
    columns = [Column(_("Not trained yet")), Column(_("In force from"))]
    return Table("untrained", _("Not trained yet"), columns, rows, empty)


async def warning_of(view: View, row: VersionRow) -> str:
    """What is said before a version is put in force while people are not trained on it; '' when all are."""
    found = await training.missing(view.platform, row.id, actor=view.person)
    if not found:
        return ""
    separator = "、" if view.language == "zh" else ", "
    names = separator.join(dict.fromkeys(one.name for one in found))
    return view.words.gettext(
        "Not trained on it yet, and without tasks of it until they are: %(names)s. They have a message.",
        names=names,
    )

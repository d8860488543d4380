"""UI pages: who has submitted, sent back, approved a version and put it in force - with what was signed."""

from collections.abc import Sequence

from services.sop_catalogue import ApprovalRow
from ui.contexts.parts import Cell, Column, Empty, Row, Table
from ui.translation import mark
from ui.view import View

TRANSITIONS = {
    "submit": mark("Submitted for review"),
    "reject": mark("Sent back to the author"),
    "approve": mark("Approved"),
    "publish": mark("Put in force"),
    "withdraw": mark("Called off before it began"),
    "retire": mark("Retired"),
}


def approvals_table(view: View, approvals: Sequence[ApprovalRow]) -> Table:
    """The transitions of a version, first to last."""
    _ = view.words.gettext
    rows = []
    for one in approvals:
        meaning = view.words.pick({"zh": one.meaning_zh or "", "en": one.meaning_en or ""})
        signed = f"{one.printed_name} · {meaning}" if one.printed_name else (one.comment or "")
        word = _(TRANSITIONS[one.kind]) if one.kind in TRANSITIONS else one.kind
        rows.append(Row([Cell(word), Cell(one.actor, sub=signed), Cell(one.recorded_at, "evidence")]))
    labels = [_("What"), _("Who"), _("When")]
    return Table(
        "approvals",
        _("Who approved"),
        [Column(label) for label in labels],
        rows,
        Empty(_("Not reviewed yet")),
    )

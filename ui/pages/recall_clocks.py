"""UI pages: the time limits of a recall, as its room and its report show them."""

from services.recall_view import Clock, RecallRoom
from ui import words as codes
from ui.contexts.parts import Cell, Chip, Column, Empty, Row, Table
from ui.pages import recall_words
from ui.view import View


def clocks_table(view: View, room: RecallRoom) -> Table:
    """The time limits: by when, when it was met, by which clause."""
    _ = view.words.gettext
    labels = [_("Limit"), _("To be met by"), _("Met"), _("State"), _("Clause")]
    rows = [_clock(view, room, one) for one in room.clocks]
    return Table("clocks", _("Time limits"), [Column(one) for one in labels], rows, Empty(_("No limits")))


def _clock(view: View, room: RecallRoom, one: Clock) -> Row:
    _, late = view.words.gettext, one.late(room.now)
    if one.met_at is not None:
        chip = Chip(_("met late"), "alert", "warn") if late else Chip(_("met in time"), "check", "good")
    else:
        chip = Chip(_("overdue"), "alert", "bad") if late else Chip(_("running"), "clock", "info")
    return Row(
        [
            Cell(codes.word(recall_words.CLOCKS, one.name, view.words)),
            Cell(one.due_at, "instant"),
            Cell(one.met_at, "instant"),
            Cell(chip, "chip"),
            Cell(view.words.own(one.clause)),
        ],
        chip.tone,
    )

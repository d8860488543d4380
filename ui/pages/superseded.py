"""UI pages: of a signature over work that was sent back - that it counts no more, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.contexts.parts import Cell
from ui.pages.task_parts import stamp

if TYPE_CHECKING:
    from domain.superseded import Superseded
    from ui.view import View


def words(view: View, superseded: Superseded | None) -> str:
    """Since when it counts no more, and when the work was done again; '' of one that stands."""
    if superseded is None:
        return ""
    _, at = view.words.gettext, stamp(view, superseded.sent_back_at)
    if superseded.again_at is None:
        return _("Superseded: sent back %(at)s", at=at)
    again = stamp(view, superseded.again_at)
    return _("Superseded: sent back %(at)s, done again %(again)s", at=at, again=again)


def meaning(view: View, said: str, superseded: Superseded | None) -> Cell:
    """What the signature meant, and below it that it counts no more."""
    return Cell(said, sub=words(view, superseded))

"""UI pages: who has to be trained on a version before its tasks come."""

from __future__ import annotations

from services import training
from services.sop_catalogue import VersionRow
from ui.view import View

KNOWN_STATES = {"approved", "effective"}
NAMED = 6
"""So many people are named; the register names all."""


async def untrained_of(view: View, row: VersionRow) -> str:
    """Whose posts have work in an approved version that they are not trained on, told; empty for none."""
    if row.state not in KNOWN_STATES:
        return ""
    found = await training.missing(view.platform, row.id, actor=view.person)
    names = list(dict.fromkeys(one.name for one in found))
    if not names:
        return ""
    few = ("、" if view.language == "zh" else ", ").join(names[:NAMED])
    if len(names) > NAMED:
        few = view.words.gettext("%(names)s and others", names=few)
    return view.words.ngettext(
        "%(n)s person is not trained on it yet, and gets none of its tasks until then: %(names)s.",
        "%(n)s people are not trained on it yet, and get none of its tasks until then: %(names)s.",
        len(names),
        names=few,
    )

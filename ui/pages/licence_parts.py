"""UI pages: the licences of a partner, as a table and as the form that records one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.read_models import PartyRow
from ui.contexts.parts import (
    Cell,
    Column,
    Empty,
    Field,
    Form,
    Row,
    Table,
)
from ui.formats import remaining, zone_of
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import to_options
from ui.pages.reasons import reason_field
from ui.translation import mark
from ui.view import View

SCOPES = {
    "drug": mark("Medicine"),
    "device": mark("Medical device"),
    "cold_chain": mark("Cold chain"),
    "special_control": mark("Special control"),
}

Attempt = tuple[Mapping[str, Any], Problems]
"""What was entered, and what is wrong with it."""


def today(view: View) -> date:
    """Which day it is for the reader."""
    return view.now.astimezone(zone_of(view.zone)).date()


def licence_table(view: View, row: PartyRow) -> Table:
    """A partner's licences, what is over in red."""
    _ = view.words.gettext
    rows = []
    for one in row.licences:
        tone, left = remaining((one.valid_until - today(view)).days, view.words)
        if one.withdrawn:
            tone, left = "bad", _("withdrawn")
        scope = [_(SCOPES[s]) if s in SCOPES else s for s in one.scope]
        cells = [
            Cell(one.kind),
            Cell(one.number, "code"),
            Cell(scope, "lines"),
            Cell(one.valid_until, "date"),
            Cell((tone, left), "shelf_life"),
        ]
        rows.append(Row(cells, "bad" if tone == "bad" else "neutral"))
    labels = [_("Kind"), _("Licence number"), _("Scope"), _("Valid until"), _("Left")]
    return Table(
        "licences",
        _("Licences"),
        [Column(label) for label in labels],
        rows,
        Empty(_("No licence"), _("Nothing can be ordered from or received from this partner.")),
    )


def licence_form(view: View, row: PartyRow, attempt: Attempt | None) -> Form:
    """Adds a licence, or replaces the one of the same kind and number."""
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    yes_no = to_options([("true", _("Yes")), ("false", _("No"))])
    fields = [
        Field("kind", _("Kind"), required=True),
        Field("number", _("Licence number"), required=True),
        Field("valid_from", _("Valid from"), "date"),
        Field("valid_until", _("Valid until"), "date", required=True),
        Field(
            "scope",
            _("Scope"),
            "checks",
            [],
            required=True,
            options=to_options((k, _(w)) for k, w in SCOPES.items()),
        ),
        Field("withdrawn", _("Withdrawn"), "boolean", "false", required=True, options=yes_no),
        reason_field(view),
    ]
    return form(f"/admin/parties/{row.code}/licences", _("Record the licence"), fields, values, problems)

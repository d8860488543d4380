"""UI pages: the tables about retention - runs with the rule that keeps them, holds, tombstones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.retention import RetentionStanding
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Row, Table
from ui.pages.listing import address
from ui.view import View

Found = Mapping[str, Any]


def kinds(view: View) -> dict[str, str]:
    """What a hold can cover, in words."""
    _ = view.words.gettext
    return {
        "run": _("A run"),
        "batch": _("A batch"),
        "sop": _("A procedure"),
        "all": _("All records"),
    }


def due_table(view: View, found: RetentionStanding) -> Table:
    _ = view.words.gettext
    empty = Empty(
        _("Nothing may be deleted now"),
        _("Contents are kept for five years at least. What comes next stands below."),
    )
    more = address(view, after=found.more) if found.more else ""
    if more:
        said = _("None of those looked at so far may be deleted now")
        empty = Empty(said, _("What keeps them stands below."), more, _("Next page"))
    return _runs(view, "due", _("May be deleted now"), found.due, empty, more)


def kept_table(view: View, found: RetentionStanding) -> Table:
    _ = view.words.gettext
    return _runs(view, "kept", _("Kept still"), found.next, Empty(_("No further run is archived")))


def _runs(view: View, name: str, caption: str, rows: Any, empty: Empty, more: str = "") -> Table:
    _ = view.words.gettext
    labels = [_("Run"), _("Ended"), _("Kept until"), _("Kept longest because of"), _("Legal hold")]
    found = [_run_row(view, row) for row in rows]
    return Table(name, caption, [Column(label) for label in labels], found, empty, more)


def _run_row(view: View, row: Found) -> Row:
    _ = view.words.gettext
    until = _("for ever") if row["until"] is None else row["until"].isoformat()
    held = _("Yes") if row["holds"] else ""
    return Row(
        [
            _run_cell(view, row),
            Cell(row["ended_at"], "instant"),
            Cell(until),
            Cell(codes.chip(codes.RETENTION_RULES, row["rule"], view.words), "chip", sub=row["about"]),
            Cell(held),
        ],
        "warn" if row["holds"] else "neutral",
    )


def _run_cell(view: View, row: Found) -> Cell:
    title = view.words.pick({"zh": row["title_zh"], "en": row["title_en"]})
    return Cell(title, href=f"/runs/{row['run_id']}", sub=row["business_key"] or str(row["run_id"]))


def _deleted_cell(view: View, row: Found) -> Cell:
    """How many contents of the archive, and files that no other run uses."""
    ngettext, parts, files = view.words.ngettext, len(row["parts"]), len(row["attachments"] or ())
    archived = ngettext("%(n)s archived content", "%(n)s archived contents", parts) % {"n": parts}
    return Cell(archived, sub=ngettext("%(n)s file", "%(n)s files", files) % {"n": files} if files else "")


def _about(view: View, row: Found) -> str:
    title = view.words.pick({"zh": row["title_zh"] or "", "en": row["title_en"] or ""})
    said = row["business_key"] or row["batch"] or title or (str(row["run_id"]) if row["run_id"] else "")
    return f"{kinds(view)[row['kind']]} {said}".strip()


def holds_table(view: View, found: RetentionStanding, *, may_lift: bool) -> Table:
    _ = view.words.gettext
    labels = [_("Covers"), _("Reason"), _("Set by"), _("Since"), *([""] if may_lift else [])]
    rows = [
        Row(
            [
                Cell(_about(view, row)),
                Cell(row["reason"]),
                Cell(row["by"]),
                Cell(row["recorded_at"], "evidence"),
                *(
                    [Cell(_("Lift the hold"), href=f"/evidence/retention/holds/{row['id']}")]
                    if may_lift
                    else []
                ),
            ],
            "warn",
        )
        for row in found.holds
    ]
    empty = Empty(_("No legal hold is in force"))
    return Table("holds", _("Legal holds in force"), [Column(label) for label in labels], rows, empty)


def lifted_table(view: View, found: RetentionStanding) -> Table:
    _ = view.words.gettext
    labels = [_("Covers"), _("Reason"), _("Set by"), _("Lifted by"), _("Lifted")]
    rows = [
        Row(
            [
                Cell(_about(view, row)),
                Cell(row["reason"], sub=row["lifted_why"]),
                Cell(row["by"]),
                Cell(row["lifted_by"]),
                Cell(row["lifted_at"], "evidence"),
            ]
        )
        for row in found.lifted
    ]
    return Table("lifted", _("Holds that were lifted"), [Column(label) for label in labels], rows, Empty(""))


def tombstones_table(view: View, found: RetentionStanding) -> Table:
    _ = view.words.gettext
    labels = [_("Run"), _("Deleted"), _("What was deleted"), _("Kept until")]
    labels += [_("Asked for, approved, witnessed"), _("Reason")]
    rows = [
        Row(
            [
                _run_cell(view, row),
                Cell(row["recorded_at"], "evidence", href=f"/runs/{row['destruction_run_id']}"),
                _deleted_cell(view, row),
                Cell(
                    row["kept_until"].isoformat(),
                    sub=codes.chip(codes.RETENTION_RULES, row["rule"], view.words).word,
                ),
                Cell([row[f"{name}_name"] for name in ("asked", "approved", "witnessed")], "lines"),
                Cell(row["reason"]),
            ]
        )
        for row in found.tombstones
    ]
    empty = Empty(_("Nothing has been deleted yet"))
    return Table("tombstones", _("Deleted under retention"), [Column(label) for label in labels], rows, empty)

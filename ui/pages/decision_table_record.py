"""UI pages: the record of a decision table - versions, who uses it, what changed, what can be done next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services import decision_tables
from services.decision_tables import TableRow, TableView
from services.permissions import Permission
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Field, Form, Row, Table
from ui.contexts.sop_changes import ChangeGroup, ChangeLine, ChangesPart
from ui.pages.filling import NONE, Problems, form
from ui.pages.names import read_names
from ui.pages.reasons import reason_field
from ui.pages.sop_changes import risk_chip
from ui.pages.sop_placing import placed, shown
from ui.view import View

LIST = "/decision-tables"
Attempt = tuple[str, Mapping[str, Any], Problems]


def title_of(view: View, row: TableRow) -> str:
    """What a table is called."""
    return view.words.pick({"zh": row.title_zh, "en": row.title_en})


def version_name(view: View, row: TableRow) -> str:
    """A version by its number; a draft by whose it is."""
    _ = view.words.gettext
    if row.number:
        return _("v%(n)s", n=row.number)
    return _("Draft of %(person)s", person=row.author)


def version_href(row: TableRow) -> str:
    """The address of a version: by number once it has one."""
    return f"{LIST}/{row.key}/versions/{row.number or row.id}"


def is_written_here(view: View, row: TableRow) -> bool:
    """Whether the person may write on it: a draft of one's own house."""
    return row.state == "draft" and row.origin == "local" and view.may(Permission.SOP_DRAFT)


def control_forms(view: View, found: TableView, attempt: Attempt | None) -> list[tuple[str, str, Form]]:
    """What can be done next with the version, by its state and the person's posts."""
    _, row = view.words.gettext, found.row
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    comment = Field("comment", _("Comment"), "textarea", max_length=500)
    reason = reason_field(view)
    offered: list[tuple[str, str, Permission, list[Field], str, str]] = []
    one = f"{LIST}/{row.key}/versions/{row.id}"
    if row.state == "draft":
        hint = _("A second person reads what has changed and signs.")
        offered.append(
            ("submit", _("Submit for review"), Permission.SOP_DRAFT, [comment], hint, f"{one}/submit")
        )
    if row.state == "in_review":
        hint = _("Approved by a second person; the author may not approve.")
        seen = Field("revision", "", "hidden", value=str(row.revision))
        fields = [seen, comment, password]
        if view.person.person_id not in found.authors or (attempt and attempt[0] == "approve"):
            offered.append(
                ("approve", _("Approve and sign"), Permission.SOP_APPROVE, fields, hint, f"{one}/approve")
            )
        offered.append(
            (
                "reject",
                _("Send back to the author"),
                Permission.SOP_APPROVE,
                [reason],
                "",
                f"{one}/reject",
            )
        )
    if not is_written_here(view, row):
        hint = _("The draft begins as a copy; this version stays as it is.")
        offered.append(("copy", _("New version"), Permission.SOP_DRAFT, [], hint, f"{one}/edit"))
    made = []
    for name, label, permission, listed, hint, action in offered:
        if not view.may(permission):
            continue
        values, problems = (attempt[1], attempt[2]) if attempt and attempt[0] == name else ({}, NONE)
        made.append((name, label, form(action, label, listed, values, problems, hint=hint)))
    return made


def facts_of(view: View, found: TableView) -> list[Fact]:
    """The record of a version."""
    _, row = view.words.gettext, found.row
    clauses = found.data.get("clauses")
    listed = [codes.clause(str(one), view.words) for one in clauses] if isinstance(clauses, list) else []
    origin = _("local") if row.origin == "local" else _("vendor v%(n)s", n=row.vendor_version)
    return [
        Fact(_("Clauses"), Cell(listed, "lines") if listed else Cell("")),
        Fact(_("Author"), Cell(row.author)),
        Fact(_("Written"), Cell(row.created_at, "instant")),
        Fact(_("Origin"), Cell(origin)),
        Fact(_("Key"), Cell(row.key, "code")),
        Fact("SHA-256", Cell(row.sha256 or "", "hash")),
    ]


def versions_table(view: View, found: TableView) -> Table:
    """All versions with who wrote and who approved them."""
    _ = view.words.gettext
    labels = [_("Version"), _("State"), _("Author"), _("Written"), _("Approved by"), _("Approved at")]
    rows = [
        Row(
            [
                Cell(version_name(view, one), href=version_href(one)),
                Cell(codes.chip(codes.VERSION_STATES, one.state, view.words), "chip"),
                Cell(one.author),
                Cell(one.created_at, "instant"),
                Cell(one.approved_by or ""),
                Cell(one.approved_at or "", "evidence" if one.approved_at else "text"),
            ]
        )
        for one in found.versions
    ]
    return Table(
        "versions", _("Versions"), [Column(label) for label in labels], rows, Empty(_("No versions"))
    )


async def uses_table(view: View, found: TableView) -> Table:
    """Which version of which procedure uses which version of the table, and where it is in force."""
    _ = view.words.gettext
    names = await read_names(view, "site")
    used = await decision_tables.uses(view.platform, found.row.key, actor=view.person)
    rows = []
    for use, periods in used:
        href = f"/sops/{use.sop}/versions/{use.version or use.sop_version_id}"
        pinned = _("v%(n)s", n=use.pinned) if use.pinned else _("the newest approved one")
        told = [placed(view, one, names) for one in shown(periods)]
        rows.append(
            Row(
                [
                    Cell(view.words.pick({"zh": use.title_zh, "en": use.title_en}), href=href),
                    Cell(_("v%(n)s", n=use.version) if use.version else _("Draft")),
                    Cell(codes.chip(codes.VERSION_STATES, use.state, view.words), "chip"),
                    Cell(
                        pinned, sub=_("a newer one is approved") if _behind(use.pinned, found.newest) else ""
                    ),
                    Cell(told, "lines") if told else Cell(""),
                ]
            )
        )
    labels = [_("Procedure"), _("Version"), _("State"), _("Decides by"), _("In force")]
    return Table(
        "uses",
        _("Where it is used"),
        [Column(label) for label in labels],
        rows,
        Empty(_("No procedure uses it"), _("A step of the kind “decision” chooses it in the designer.")),
    )


def _behind(pinned: int | None, newest: int) -> bool:
    return pinned is not None and pinned < newest


async def changes_of(view: View, found: TableView) -> ChangesPart | None:
    """What changed since the approved version before it; None where there is none."""
    _ = view.words.gettext
    told = await decision_tables.difference(view.platform, found.row.key, found.row.id, actor=view.person)
    if told.since is None:
        return None
    since = version_name(view, told.since)
    if found.looked.table is None:
        note = _("The draft is incomplete: what changed can be told when it can be read.")
        return ChangesPart(since, note=note)
    if not told.changes:
        return ChangesPart(since, note=_("The two say the same."))
    lines = [
        ChangeLine(risk_chip(view, one.risk), view.words.pick(one.sentence), view.words.pick(one.why))
        for one in told.changes
    ]
    return ChangesPart(since, groups=[ChangeGroup(title_of(view, found.row), lines)])

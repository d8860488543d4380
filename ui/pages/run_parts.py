"""UI pages: parts of the page of a run - where it is now, and who signed."""

from dataclasses import replace
from datetime import datetime

from services.permissions import Permission
from services.run_lines import SIGNATURES, RunLines
from services.runs import RunView
from ui import formats
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Table
from ui.pages import superseded
from ui.pages.documents import document_table
from ui.view import View

DOCUMENTS = 15
"""Documents that the page shows; all of them stand in the list of documents."""
OPEN_TASKS = {"open", "claimed", "awaiting_signature"}


def deleted_fact(view: View, found: RunView) -> list[Fact]:
    """That the archived contents were deleted, when, and who signed for it; nothing where they are there."""
    told = found.deleted
    if told is None:
        return []
    _ = view.words.gettext
    at = datetime.fromisoformat(told["at"])
    said = _("Deleted under retention on %(at)s", at=formats.instant(at, view.zone))
    who = _(
        "asked for by %(asked)s, approved by %(approved)s, witnessed by %(witnessed)s",
        asked=told["asked"],
        approved=told["approved"],
        witnessed=told["witnessed"],
    )
    return [Fact(_("Archived contents"), Cell(said, href=f"/runs/{told['run']}", sub=who), wide=True)]


def current_steps(view: View, found: RunView, outcome: str) -> list[tuple[str, str, str, str]]:
    """What is open, with whom, until when, and the way to it; of a run that is over, how it ended."""
    _, pick = view.words.gettext, view.words.pick
    may = view.may(Permission.TASK_WORK) or view.may(Permission.TASK_READ)
    shown = []
    for task in found.tasks:
        if task.state not in OPEN_TASKS:
            continue
        _tone, due = formats.due(task.due_at, view.now, view.words)
        post = pick({"zh": task.post_zh, "en": task.post_en})
        state = codes.word(codes.TASK_STATES, task.state, view.words)
        who = " · ".join(filter(None, (post, task.assignee, state)))
        title = pick({"zh": task.title_zh, "en": task.title_en})
        shown.append((title, who, due, f"/tasks/{task.id}" if may else ""))
    if not shown:
        shown = [(pick(step.title), _("the system is at it"), "", "") for step in found.current]
    if not shown and found.row.state == "running":
        shown = [(_("Next step"), _("the system is at it"), "", "")]
    if not shown and found.row.outcome:
        shown = [(_("Outcome"), outcome, "", "")]
    return shown


def signatures_table(view: View, lines: RunLines) -> Table:
    """Who signed what when; the first ones, and where all of them are."""
    _, pick = view.words.gettext, view.words.pick
    rows = [
        Row(
            [
                Cell(s.printed_name, sub=pick(s.post)),
                superseded.meaning(view, pick(s.meaning), s.superseded),
                Cell(s.at, "evidence"),
                Cell(s.content_sha256, "hash"),
            ],
            "warn" if s.superseded else "neutral",
        )
        for s in lines.signatures
    ]
    if len(rows) >= SIGNATURES:
        more = Cell(_("All of them are in the printed record"), href=f"/runs/{lines.head.row.id}/note")
        rows.append(Row([more, Cell(""), Cell(""), Cell("")]))
    labels = [_("Who"), _("Meaning"), _("When"), _("Content")]
    empty = Empty(_("Nothing signed yet"))
    return Table("signatures", _("Signatures"), [Column(label) for label in labels], rows, empty)


def documents_table(view: View, found: RunView) -> Table:
    """What the run wrote and worked on; the first ones, and where all of them are."""
    _ = view.words.gettext
    table = document_table(view, found.documents[:DOCUMENTS], "documents", Empty(_("No documents")))
    if len(found.documents) <= DOCUMENTS:
        return table
    href = f"/documents?run={found.row.id}" if view.may(Permission.DOCUMENT_READ) else ""
    every = Row([Cell(_("All documents of the run"), href=href), *(Cell("") for _n in table.columns[1:])])
    return replace(table, rows=[*table.rows, every])

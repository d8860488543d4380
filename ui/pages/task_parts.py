"""UI pages: the parts of a task that its page, its lines and its commands share - buttons, scale, files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services import document_notes
from services.documents import DocumentRow
from services.tasks import TaskView
from ui import formats
from ui import words as codes
from ui.contexts.parts import Cell, Fact, Field, Form, Group, Option, Section, Tone, Upload
from ui.contexts.work import (
    OutcomeButton,
    WorkProgress,
)
from ui.view import View

DONE = "done"
SHIPMENT = "shipment"


MARKS = 60


"""The scale of a work list has at most this many marks; one mark then stands for several lines."""


def pass_of(path: str) -> int:
    """Which pass of its step a task is: `inspect#2` is the second, after a send-back."""
    digits = path.rpartition("#")[2]
    length = next((i for i, sign in enumerate(digits) if not sign.isdigit()), len(digits))
    return int(digits[:length] or 1)


def stamp(view: View, at: Any) -> str:
    """An instant as evidence: with seconds and zone."""
    return f"{formats.instant(at, view.zone, seconds=True)} {formats.offset(at, view.zone)}" if at else ""


def outcome_buttons(view: View, outcomes: Mapping[str, Any], *, signs: bool) -> list[OutcomeButton]:
    """Outcomes as buttons that name their consequence; the keys 1 to 9 press them."""
    buttons = []
    for index, (value, outcome) in enumerate(outcomes.items()):
        tone: Tone = "bad" if outcome.get("reason") == "required" else "good"
        consequence = outcome.get("consequence") or outcome.get("leads_to")
        buttons.append(
            OutcomeButton(
                value=value,
                label=view.words.pick(outcome["label"])
                if outcome.get("label")
                else view.words.gettext("Done"),
                consequence=view.words.pick(consequence) if consequence else "",
                tone=tone,
                confirm=signs or bool(outcome.get("reason")),
                key=str(index + 1) if index < 9 else "",  # noqa: PLR2004 # keys 1 to 9
            )
        )
    return buttons


def papers(view: View, found: Sequence[DocumentRow]) -> list[Section]:
    """The documents that travel with the goods, and the note to print as soon as it has all it needs."""
    _ = view.words.gettext
    facts = []
    for row in found:
        label = _("Print the note") if row.kind == SHIPMENT else _("Print the record")
        facts.append(
            Fact(
                codes.word(codes.DOCUMENT_KINDS, row.kind, view.words),
                Cell(row.number, "code", f"/documents/{row.id}"),
            )
        )
        if document_notes.printable(row):
            facts.append(Fact(_("To go with the goods"), Cell(label, href=f"/documents/{row.id}/note")))
    return [Section(_("Papers"), facts=facts)] if facts else []


def progress(view: View, totals: Any) -> WorkProgress:
    """The scale and the numbers of a work list."""
    _ = view.words.gettext
    count = min(totals.lines, MARKS)
    filled = totals.done * count // totals.lines if totals.lines else 0
    part = 1 if filled < count and totals.done * count % max(totals.lines, 1) else 0
    marks = ["done"] * filled + ["part"] * part + [""] * (count - filled - part)
    shown = [
        (_("Lines scanned"), str(totals.scanned_lines)),
        (_("Checked by scan"), formats.quantity(totals.scanned_quantity)),
    ]
    return WorkProgress(totals.done, totals.lines, marks, shown if totals.scanned_lines else [])


def send_back_form(
    view: View, found: TaskView, values: Mapping[str, str] | None = None, problem: str = ""
) -> Form:
    """The form of the send-back dialog."""
    _ = view.words.gettext
    given = values or {}
    options = [Option(str(one["step"]), view.words.pick(one["title"])) for one in found.send_back]
    chosen = given.get("to") or (options[0].value if len(options) == 1 else "")
    fields_ = [
        Field("to", _("To which step"), "choice", chosen, required=True, options=options),
        Field("reason", _("Reason"), "textarea", given.get("reason", ""), required=True, max_length=500),
    ]
    return Form(
        f"/tasks/{found.task.id}/send-back", _("Send back"), [Group(fields_)], problem=problem, tone="bad"
    )


def uploads_of(found: Iterable[Any]) -> dict[str, Upload]:
    """Attachments by id, as fields show them."""
    return {str(one.id): Upload(str(one.id), one.file_name, size_words(one.size)) for one in found}


def size_words(size: int) -> str:
    """A size in KiB or MiB."""
    mib = 1024 * 1024
    return f"{size / mib:.1f} MiB" if size >= mib else f"{max(1, size // 1024)} KiB"


def missing_words(
    view: View, missing: Sequence[Mapping[str, Any]], posts: Mapping[str, str] | None = None
) -> str:
    """The signatures that are still missing, in words, each with the post that gives it."""
    words = []
    for one in missing:
        if one.get("meaning"):
            post = "" if one.get("person_id") else (posts or {}).get(one.get("post") or "", "")
            words.append(
                f"{view.words.pick(one['meaning'])} · {post}" if post else view.words.pick(one["meaning"])
            )
    return ", ".join(words)

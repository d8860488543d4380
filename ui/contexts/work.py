"""UI contexts: the inbox, a task, a work list with its scans."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Action, Chip, Empty, Fact, Field, Filter, Form, Section, Tone


@dataclass(frozen=True)
class InboxItem:
    """One task in one line: procedure and step, object, place, due in."""

    id: str
    title: str
    object: str
    place: str
    due_tone: str
    due: str
    chip: Chip
    claimable: bool = False
    holder: str = ""


@dataclass(frozen=True)
class InboxList(Context):
    """The list part of the inbox, which live counts refresh."""

    template = "inbox/_list.html"
    items: Sequence[InboxItem]
    empty: Empty
    address: str
    can_pick: bool = False
    next_href: str = ""


@dataclass(frozen=True)
class InboxPage(Context):
    """The page that answers: what must I do now."""

    template = "inbox/inbox.html"
    title: str
    tabs: Sequence[tuple[str, str, int, bool]]
    filter: Filter
    list: InboxList
    finder_error: str = ""
    commands_href: str = ""


@dataclass(frozen=True)
class OutcomeButton:
    """An outcome with its consequence; `confirm` when a reason or a signature is asked first."""

    value: str
    label: str
    consequence: str
    tone: Tone
    confirm: bool
    key: str


@dataclass(frozen=True)
class Signer:
    """A signature that is asked for, and who gave it."""

    meaning: str
    who: str
    at: str
    given: bool
    refused: bool = False


@dataclass(frozen=True)
class PassedStep:
    """Who did what before; `lines_href` leads to what was found line by line."""

    text: str
    meta: str
    tone: Tone = "neutral"
    lines_href: str = ""


@dataclass(frozen=True)
class Confirmation(Context):
    """The dialog before an outcome counts: repeats what is signed, asks for reason and password.

    `content_sha256` is the digest that will be recorded, '' while it cannot be known; `digest_note` says why.
    """

    template = "tasks/_confirmation.html"
    action: str
    title: str
    consequence: str
    meaning: str
    facts: Sequence[Fact]
    submit: str
    content_sha256: str
    fields: Sequence[Field]
    outcome: str
    signer: str
    danger: bool = False
    note: str = ""
    digest_note: str = ""
    grounds: Sequence[Fact] = ()


@dataclass(frozen=True)
class WorkProgress:
    """How far a work list is. `marks` is one state per line (or per group of lines)."""

    done: int
    total: int
    marks: Sequence[str]
    totals: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class CommandDialog(Context):
    """What is asked before something is done with a task besides answering it; no form: nobody to choose."""

    template = "tasks/_command.html"
    title: str
    intro: str
    form: Form | None


@dataclass(frozen=True)
class TaskPage(Context):
    """Am I doing it right? Instruction and data on one side, form and outcomes on the other."""

    template = "tasks/task.html"
    title: str
    eyebrow: str
    object: str
    chips: Sequence[Chip]
    due_tone: str
    due: str
    instruction: str
    data: Sequence[Section]
    before: Sequence[PassedStep]
    run: Action
    address: str
    epoch: int
    draft: bool
    form: Form | None
    outcomes: Sequence[OutcomeButton]
    signers: Sequence[Signer]
    may_claim: bool
    may_release: bool
    may_complete: bool
    may_sign: bool
    submission_id: str
    why_not: str = ""
    waits_for: str = ""
    send_back: Form | None = None
    commands: Sequence[Action] = ()
    command: CommandDialog | None = None
    notes: Sequence[str] = ()
    lines: WorkProgress | None = None
    lines_href: str = ""
    lines_label: str = ""
    confirmation: Confirmation | None = None
    saved: str = ""
    watched: str = ""


@dataclass(frozen=True)
class TaskFormPart(TaskPage):
    """The form alone, swapped in with what is wrong with it."""

    template = "tasks/_form.html"


@dataclass(frozen=True)
class DraftState(Context):
    """When the entries were last kept, or why they were not."""

    template = "tasks/_draft.html"
    saved: str
    problem: str = ""


@dataclass(frozen=True)
class PendingPage(Context):
    """A command that is on its way: the page asks until its verdict is known."""

    template = "tasks/pending.html"
    title: str
    address: str
    back_href: str
    submission: str


@dataclass(frozen=True)
class Verdict:
    """The last scan: word, reason, code; `line`: what is to be said of the line that was left.

    `undo_asks` is said before a command code takes back another scan than the one on the screen.
    """

    tone: str
    word: str
    why: str
    code: str
    line: str = ""
    undo_href: str = ""
    undo_label: str = ""
    undo_asks: str = ""
    fresh: bool = False


@dataclass(frozen=True)
class LineItem:
    """A line in the list of a work list."""

    number: int
    title: str
    code: str
    detail: str
    chips: Sequence[Chip]
    href: str
    tone: str
    open: bool = False


@dataclass(frozen=True)
class LinePanel:
    """One line with its data, form and outcome buttons."""

    number: int
    title: str
    code: str
    facts: Sequence[Fact]
    form: Form
    outcomes: Sequence[OutcomeButton]
    result_id: str
    epoch: int
    result: str = ""
    by_itself: bool = False
    seen: str = ""
    """The result that stands, '' for none: it is replaced only where the person says so."""
    recorded: Sequence[Fact] = ()
    replaces: bool = False
    replace_problem: str = ""
    still: str = ""
    """What has to be scanned or counted still, before the line can be said to be there."""


@dataclass(frozen=True)
class LineList(Context):
    """The lines of a work list, paged."""

    template = "tasks/_lines.html"
    items: Sequence[LineItem]
    address: str
    only_open: bool
    empty: Empty
    next_href: str = ""


@dataclass(frozen=True)
class ScanPart(Context):
    """What a scan or a line result changes: verdict, totals, the line at hand."""

    template = "tasks/_scan_answer.html"
    verdict: Verdict
    progress: WorkProgress
    panel: LinePanel | None
    address: str
    lines: LineList
    scans_href: str = ""
    may_work: bool = True
    next_line: LineItem | None = None


@dataclass(frozen=True)
class ScanPage(Context):
    """The page that answers: which line is next."""

    template = "tasks/scan.html"
    title: str
    eyebrow: str
    address: str
    epoch: int
    scan_id: str
    part: ScanPart
    can_scan: bool
    may_work: bool
    why_not: str = ""
    chips: Sequence[Chip] = ()
    additions_href: str = ""

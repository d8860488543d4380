"""UI contexts: a run with its time line, a procedure version read as steps."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ui.contexts import Context
from ui.contexts.flowchart import Picture
from ui.contexts.parts import Action, Chip, Fact, Filter, Form, Table, Tone
from ui.contexts.sop_changes import ChangesPart


@dataclass(frozen=True)
class TimelineMark:
    """One event in a sentence; data and engine events on demand. `lines_href`: its results line by line."""

    number: int
    at: str
    zone: str
    text: str
    actor: str
    tone: Tone = "neutral"
    step: str = ""
    signature: str = ""
    data: str = ""
    events: str = ""
    lines_href: str = ""
    waited: Sequence[str] = ()
    """How long nothing happened after it, and for whom the run waited."""
    outages: Sequence[str] = ()
    """When the system did not answer after it."""


@dataclass(frozen=True)
class RunLive(Context):
    """The part of a run that changes while somebody watches."""

    template = "runs/_live.html"
    address: str
    running: bool
    last: int
    chips: Sequence[Chip]
    current: Sequence[tuple[str, str, str, str]]
    marks: Sequence[TimelineMark]
    filter: Filter | None = None
    kept: str = ""
    """The filter as the rest of an address."""
    older_href: str = ""
    newest_href: str = ""


@dataclass(frozen=True)
class RunChange(Context):
    """What a watched page exchanges when something happened: all that tells of the run, no dialog."""

    template = "runs/_change.html"
    live: RunLive
    facts: Sequence[Fact]
    signatures: Table
    documents: Table
    moves: Table
    called: Table | None = None
    flowchart: Picture | None = None


@dataclass(frozen=True)
class RunPage(Context):
    """The page that answers: what happened."""

    template = "runs/run.html"
    title: str
    eyebrow: str
    chips: Sequence[Chip]
    facts: Sequence[Fact]
    live: RunLive
    signatures: Table
    documents: Table
    moves: Table
    back: Action
    actions: Sequence[Action] = ()
    commands: Sequence[tuple[str, str, str, Form]] = ()
    reopened: str = ""
    called: Table | None = None
    flowchart: Picture | None = None
    certificate: str = ""
    """Where what came of its replay is printed, once it is over."""


@dataclass(frozen=True)
class StepCard:
    """A step of a definition as read: who, what, by when, where it leads; inner steps below it."""

    id: str
    title: str
    kind: Chip
    tone: str
    sentences: Sequence[str]
    instruction: str = ""
    clauses: str = ""
    inner: Sequence[tuple[str, Sequence["StepCard"]]] = field(default=())


@dataclass(frozen=True)
class SopVersionPage(Context):
    """The page that answers: what it says, who approved it, since when it is in force."""

    template = "sops/version.html"
    title: str
    eyebrow: str
    subtitle: str
    chips: Sequence[Chip]
    facts: Sequence[Fact]
    approvals: Table
    steps: Sequence[tuple[str, Sequence[StepCard]]]
    yaml: str
    back: Action
    actions: Sequence[Action] = ()
    forms: Sequence[tuple[str, str, Form]] = ()
    opened: str = ""
    changes: ChangesPart | None = None
    comments: Table | None = None
    untrained: str = ""
    """Who has to be trained before it counts, in a sentence."""
    newer_tables: Sequence[Action] = ()
    """Sentences that a decision table has a newer approved version, each with the way to it."""

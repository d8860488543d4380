"""UI contexts: the pattern page - every component in every state."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Chip, Empty, Form, Section, Table, Tone
from ui.contexts.runs import StepCard, TimelineMark
from ui.contexts.work import InboxItem, LinePanel, OutcomeButton, Signer, Verdict, WorkProgress


@dataclass(frozen=True)
class PatternPage(Context):
    """What screenshots look at; demo mode only."""

    template = "patterns/patterns.html"
    title: str
    chips: Sequence[Chip]
    notices: Sequence[tuple[str, Tone]]
    form: Form
    plain: Form
    table: Table
    nothing: Table
    empty: Empty
    items: Sequence[InboxItem]
    verdicts: Sequence[Verdict]
    progress: WorkProgress
    panel: LinePanel
    outcomes: Sequence[OutcomeButton]
    signers: Sequence[Signer]
    marks: Sequence[TimelineMark]
    steps: Sequence[StepCard]
    facts: Section
    address: str = "/-/patterns"
    can_pick: bool = True

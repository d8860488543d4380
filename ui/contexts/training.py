"""UI contexts: a version that is read and signed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Action, Chip, Form
from ui.contexts.runs import StepCard
from ui.contexts.sop_changes import ChangesPart


@dataclass(frozen=True)
class TrainingPage(Context):
    """What a person reads before its tasks come.

    `mine` are the cards of the person's posts, `changes` what is different from the version before.
    """

    template = "training/read.html"
    title: str
    eyebrow: str
    subtitle: str
    chips: Sequence[Chip]
    back: Action
    actions: Sequence[Action]
    mine: Sequence[StepCard]
    changes: ChangesPart | None
    steps: Sequence[tuple[str, Sequence[StepCard]]]
    form: Form | None

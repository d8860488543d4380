"""UI contexts: what changed between two versions of a procedure, in sentences with their risk."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.flowchart import Picture
from ui.contexts.parts import Action, Chip, Form


@dataclass(frozen=True)
class ChangeLine:
    """One change: its risk as a chip, the sentence, why the risk is what it is."""

    risk: Chip
    sentence: str
    why: str


@dataclass(frozen=True)
class ChangeGroup:
    """The changes of one step, or of the procedure as a whole."""

    where: str
    lines: Sequence[ChangeLine]


@dataclass(frozen=True)
class ChangesPart:
    """All changes of a version; `since` is what they are counted from, '' when there is nothing earlier."""

    since: str
    chips: Sequence[Chip] = ()
    groups: Sequence[ChangeGroup] = ()
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class SopChangesPage(Context):
    """The page that answers: what is different from the version that it would replace."""

    template = "sops/changes.html"
    title: str
    eyebrow: str
    intro: str
    part: ChangesPart
    choice: Form
    back: Action
    texts: Sequence[tuple[str, str]] = ()
    flowcharts: Sequence[tuple[str, Picture]] = ()

"""UI contexts: an evidence package - what it would hold, and the button that makes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Action, Fact, Form


@dataclass(frozen=True)
class EvidencePackagePage(Context):
    """What is chosen, in words, and how many runs that is; `form` makes the package when there are any.

    `choice` is another choice; `note` says what is wrong with this one.
    """

    template = "evidence/package.html"
    title: str
    intro: str
    choice: Form
    facts: Sequence[Fact] = ()
    form: Form | None = None
    note: str = ""
    back: Action | None = None

"""UI contexts: evidence - how far it is sealed and archived, and a verification as it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Action, Chip, Fact, Form, Table


@dataclass(frozen=True)
class Verification:
    """A verification so far. `state` is what the next step goes on with; without it all is done.

    `done` of `total` is how far it is; `levels` are the levels with what each has found, in words and tone.
    """

    about: str
    done: int
    total: int
    levels: Sequence[tuple[str, Chip]]
    counted: Sequence[Fact]
    findings: Sequence[tuple[str, str]] = ()
    """Those of this step: the level, and the finding in words."""
    found: int = 0
    state: Sequence[tuple[str, str]] = ()
    windows: Sequence[str] = ()
    """What no seal, no exported head, no archive covers yet: said at the end."""
    certificate: str = ""
    """Where the run that was verified is printed with what came of its replay."""


@dataclass(frozen=True)
class EvidencePage(Context):
    """The page that answers: is everything as it was recorded, and who says so."""

    template = "evidence/page.html"
    title: str
    intro: str
    facts: Sequence[Fact]
    keys: Table
    choice: Form
    earlier: Table
    verification: Verification | None = None
    note: str = ""
    actions: Sequence[Action] = ()


@dataclass(frozen=True)
class VerificationPart(Context):
    """The same, one step further, swapped in on its own."""

    template = "evidence/part.html"
    verification: Verification

"""UI contexts: the cases of a version - what came of each, what they leave out, one as a form."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.flowchart import Picture
from ui.contexts.parts import Action, Chip, Form


@dataclass(frozen=True)
class CaseLine:
    """A case: its verdict, what was not as expected, the path in words; `edit` is '' where it cannot be."""

    number: int
    name: str
    chip: Chip
    findings: Sequence[str] = ()
    path: str = ""
    end: str = ""
    seen: str = ""
    edit: str = ""


@dataclass(frozen=True)
class SopCasesPage(Context):
    """The page that answers: does this version do what its examples say, and what do they leave out."""

    template = "sops/cases.html"
    title: str
    eyebrow: str
    intro: str
    back: Action
    address: str
    revision: int
    lines: Sequence[CaseLine]
    empty: str
    chips: Sequence[Chip] = ()
    actions: Sequence[Action] = ()
    problems: Sequence[str] = ()
    counted: Sequence[str] = ()
    steps_missing: Sequence[str] = ()
    ways_missing: Sequence[str] = ()
    flowchart: Picture | None = None
    flow_title: str = ""
    changeable: bool = False


@dataclass(frozen=True)
class SopCasePage(Context):
    """One case as a form: what goes in, what people answer, what must come of it."""

    template = "sops/case.html"
    title: str
    eyebrow: str
    intro: str
    back: Action
    address: str
    revision: int
    form: Form
    expected: str
    walked: str = ""
    findings: Sequence[str] = ()
    notes: Sequence[str] = ()

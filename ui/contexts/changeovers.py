"""UI contexts: runs under way by older versions, and an order that moves them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Action, Chip, Field, Form, Section, Table


@dataclass(frozen=True)
class RunLine:
    """A run by an older version that can go over; `chosen` unless somebody has taken it out."""

    id: str
    title: str
    sub: str
    href: str
    chosen: bool = True


@dataclass(frozen=True)
class RunningPage(Context):
    """The page that answers: which runs go by older versions, and which of them can go over."""

    template = "sops/running.html"
    title: str
    eyebrow: str
    intro: str
    back: Action
    address: str
    fitting: Sequence[RunLine]
    unfit: Table
    orders: Table
    more: str = ""
    untrained: str = ""
    """Who could not go on with the work that is open."""
    reason: Field | None = None
    problem: str = ""
    """What was wrong with the last try as a whole."""


@dataclass(frozen=True)
class ChangeoverPage(Context):
    """An order: what it says, what was decided, what became of each run; it fills itself meanwhile."""

    template = "sops/changeover.html"
    title: str
    eyebrow: str
    back: Action
    chips: Sequence[Chip]
    sections: Sequence[Section]
    address: str
    filling: bool = False
    untrained: str = ""
    forms: Sequence[tuple[str, str, Form]] = ()
    opened: str = ""

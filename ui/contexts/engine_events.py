"""UI contexts: the engine's own events of a run."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Action


@dataclass(frozen=True)
class EventShown:
    """One event of the engine: its sentence, and beside it the event as it is. `odd`: of an unknown type."""

    number: str
    at: str
    zone: str
    text: str
    type: str
    fields: str
    odd: bool = False
    begins: int = 0
    """The number of the execution that begins with it, where the run has more than one."""


@dataclass(frozen=True)
class EngineEventsPage(Context):
    """The raw events, oldest first; `whole_href` leads from some of them to all."""

    template = "runs/engine.html"
    title: str
    eyebrow: str
    back: Action
    events: Sequence[EventShown]
    count: int
    earlier_href: str = ""
    later_href: str = ""
    whole_href: str = ""

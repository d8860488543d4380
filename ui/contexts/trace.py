"""UI contexts: the trace page - what was asked, where every unit is, the way as a picture and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.flowchart import Picture
from ui.contexts.parts import Action, Chip, Empty, Field, Table


@dataclass(frozen=True)
class Moments:
    """The moments at which something happened: which is shown, and the ways to those before and after it."""

    said: str
    earlier: str = ""
    later: str = ""
    now: str = ""


@dataclass(frozen=True)
class TraceFound:
    """What a trace has found: account, places, picture (None: nothing went anywhere), the way as a table."""

    where: str
    account: Table
    places: Table
    way: Table
    picture: Picture | None
    notes: Sequence[str] = ()
    moments: Moments | None = None


@dataclass(frozen=True)
class TracePage(Context):
    """Where goods came from, went, are; or what may be meant, or why there is nothing."""

    template = "trace/trace.html"
    title: str
    eyebrow: str
    fields: Sequence[Field]
    intro: str = ""
    mono: bool = False
    chips: Sequence[Chip] = ()
    actions: Sequence[Action] = ()
    found: TraceFound | None = None
    choices: Table | None = None
    empty: Empty | None = None

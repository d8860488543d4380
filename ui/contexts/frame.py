"""UI contexts: the frame around every page - who is logged in, where one can go, what was just done."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts.parts import Tone


@dataclass(frozen=True)
class NavItem:
    """A place in the navigation. `badge` is the id of a live number, '' for none."""

    href: str
    label: str
    icon: str
    current: bool = False
    badge: str = ""


@dataclass(frozen=True)
class Flash:
    """What just happened, said once on the next page."""

    message: str
    tone: Tone = "good"


@dataclass(frozen=True)
class Person:
    """The person who is logged in, as shown."""

    name: str
    username: str
    posts: str


@dataclass(frozen=True)
class Frame:
    """Known to every template as `page`."""

    language: str
    path: str
    return_to: str
    csrf: str
    zone: str
    demo: bool
    person: Person | None = None
    nav: Sequence[NavItem] = ()
    flash: Flash | None = None
    todo: int | None = None
    late: int = 0
    drill: str = ""
    """What time it is in the drill; empty in a live installation."""

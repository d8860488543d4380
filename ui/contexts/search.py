"""UI contexts: what a search found, by sort, with the text marked where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Chip, Empty

Marked = Sequence[tuple[str, bool]]
"""A text in pieces; those that are what was looked for are marked."""


@dataclass(frozen=True)
class Found:
    """One thing: its name with the text marked, what it is, and the way to it."""

    href: str
    title: Marked
    detail: Marked
    chip: Chip | None = None
    at: str = ""


@dataclass(frozen=True)
class FoundGroup:
    """What was found of a sort; `more_href` leads to all of them, '' when these are all."""

    title: str
    items: Sequence[Found]
    more_href: str = ""


@dataclass(frozen=True)
class SearchPage(Context):
    """One field for everything, and what was found."""

    template = "search/search.html"
    title: str
    text: str
    said: str
    groups: Sequence[FoundGroup]
    empty: Empty | None = None

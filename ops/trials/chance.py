"""Room `ops`, trials: invented facts that are the same at every run, drawn from the names of things. Pure."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def number(below: int, *names: object) -> int:
    """A number from 0 to `below` - 1 that depends on the names alone."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % below


def one_of(items: Sequence[Item], *names: object) -> Item:
    """One of the items, by the names."""
    return items[number(len(items), *names)]


def in_percent(percent: int, *names: object) -> bool:
    """True for about so many percent of all names."""
    return number(100, *names) < percent

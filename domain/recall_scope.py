"""Domain: the scope of a recall, read out of a notice's text. Knows no table and no clock.

`4087202-4087203、4087207、全部批号` becomes parts that together are the whole text: numbers, ranges, "all",
spans of dates, what was stated beside them, and what was not understood. Nothing is dropped: the parts put
together are the text again. A person confirms the scope against the batches in the books (GSP 117-118).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.recall_parts import PATTERNS, SCOPE_KINDS, Part

__all__ = ["Part", "Scope", "read_scope"]

_STRETCH = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)


@dataclass(frozen=True)
class Scope:
    """A scope as it was read; `problems` says in codes what a person has to settle first."""

    text: str
    parts: tuple[Part, ...]

    @property
    def terms(self) -> tuple[Part, ...]:
        """What names batches."""
        return tuple(part for part in self.parts if part.kind in SCOPE_KINDS)

    @property
    def unread(self) -> tuple[Part, ...]:
        """What was not understood."""
        return tuple(part for part in self.parts if part.kind == "unknown")

    @property
    def problems(self) -> tuple[str, ...]:
        """`empty`, `not_understood`, `open_list`, `count_differs`, and the doubts of the parts."""
        found = [] if self.terms else ["empty"]
        found += ["not_understood"] if self.unread else []
        found += ["open_list"] if any(part.kind == "open" for part in self.parts) else []
        found += ["count_differs"] if _counts_differ(self.parts) else []
        found += [part.doubt for part in self.parts if part.doubt]
        return tuple(dict.fromkeys(found))

    @property
    def understood(self) -> bool:
        """Everything was read, in one way only."""
        return not self.problems


def read_scope(text: str) -> Scope:
    """Read a scope text; digits and signs of full width count as the others."""
    plain = unicodedata.normalize("NFKC", text)
    parts: list[Part] = []
    at = 0
    while at < len(plain):
        part = _next(plain, at)
        if part.kind == "unknown" and parts and parts[-1].kind == "unknown":
            parts[-1] = replace(parts[-1], text=parts[-1].text + part.text)
        else:
            parts.append(part)
        at += len(part.text)
    return Scope(plain, tuple(_settled(parts)))


def _next(text: str, at: int) -> Part:
    for pattern, reading in PATTERNS:
        found = pattern.match(text, at)
        if found and found[0]:
            part = reading(found)
            if part is not None:
                return part
    stretch = _STRETCH.match(text, at)
    return Part("unknown", stretch[0] if stretch else text[at])


def _settled(parts: Iterable[Part]) -> list[Part]:
    """Expiry dates are the scope where nothing else is; blanks between unknown words belong to them."""
    settled = list(parts)
    if not any(part.kind in SCOPE_KINDS for part in settled):
        settled = [
            replace(part, kind="dates", basis="expiry") if part.kind == "expiry" else part for part in settled
        ]
    return settled


def _counts_differ(parts: Iterable[Part]) -> bool:
    """Whether a stated number of batches differs from what was read since the last statement."""
    named, dated = 0, False
    for part in parts:
        if part.kind == "lot":
            named += 1
        elif part.span is not None:
            named += part.span.size or 0
            dated = dated or part.span.size is None
        elif part.kind in ("all", "dates"):
            dated = True
        elif part.kind == "count":
            if part.count != named and not dated:
                return True
            named, dated = 0, False
    return False

"""Domain: a recall's scope against the batches in the books. Knows no table.

What cannot be decided by number or date is put before a person as doubtful, never left out: numbers that
look alike (KBOU16H, KB0U16H), batches without the date that the notice asks for, dates of distribution, and
every range that was read with a doubt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from domain.recall_numbers import alike, same
from domain.recall_parts import Part
from domain.recall_scope import Scope

Because = Literal["listed", "in_range", "all", "by_date", "looks_alike", "doubtful"]
CERTAIN: frozenset[Because] = frozenset({"listed", "in_range", "all", "by_date"})


@dataclass(frozen=True)
class KnownBatch:
    """A batch of the recalled material as the books have it."""

    id: UUID
    number: str
    produced_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class FoundBatch:
    """A batch that the scope names, why, and the part of the text that named it."""

    batch: KnownBatch
    because: Because
    part: Part

    @property
    def certain(self) -> bool:
        """Whether the text names it in one way only."""
        return self.because in CERTAIN


@dataclass(frozen=True)
class Matched:
    """Every batch that the scope names or may name, once; the terms that name none; what was not read."""

    found: tuple[FoundBatch, ...]
    absent: tuple[Part, ...]
    unread: tuple[Part, ...]


def match_scope(scope: Scope, batches: Iterable[KnownBatch]) -> Matched:
    """Look for every term among the batches. A surer reason comes before a doubtful one."""
    books = list(batches)
    best: dict[UUID, FoundBatch] = {}
    absent: list[Part] = []
    for part in scope.terms:
        hits = _hits(part, books)
        if not hits:
            absent.append(part)
        for hit in hits:
            held = best.get(hit.batch.id)
            if held is None or (hit.certain and not held.certain):
                best[hit.batch.id] = hit
    ordered = tuple(best[batch.id] for batch in books if batch.id in best)
    return Matched(ordered, tuple(absent), _unread(scope))


def _unread(scope: Scope) -> tuple[Part, ...]:
    """What was not understood, an open end of a list, and a stated number of batches that does not fit.

    A text that names nothing at all (`部分批号`) is not understood as a whole.
    """
    kinds = {"unknown", "open"} | ({"count"} if "count_differs" in scope.problems else set())
    found = tuple(part for part in scope.parts if part.kind in kinds)
    if found or scope.terms:
        return found
    whole = "".join(part.text for part in scope.parts)
    return (Part("unknown", whole),) if whole.strip() else ()


def _hits(part: Part, books: Sequence[KnownBatch]) -> list[FoundBatch]:
    if part.kind == "all":
        return [FoundBatch(batch, "all", part) for batch in books]
    found = []
    for batch in books:
        because = _by_dates(part, batch) if part.kind == "dates" else _by_number(part, batch)
        if because is not None:
            found.append(FoundBatch(batch, because, part))
    return found


def _by_number(part: Part, batch: KnownBatch) -> Because | None:
    sure: bool = part.doubt is None
    if part.span is not None:
        if same(part.text) == same(batch.number):
            return "listed"  # a number with a hyphen after all
        if part.span.holds(batch.number):
            return "in_range" if sure else "doubtful"
        return None
    number = part.number or ""
    if same(number) == same(batch.number):
        return "listed"
    if part.doubt == "blank" and same(batch.number) in {same(half) for half in number.split()}:
        return "doubtful"
    return "looks_alike" if alike(number) == alike(batch.number) else None


def _by_dates(part: Part, batch: KnownBatch) -> Because | None:
    day = {"expiry": batch.expires_on, "production": batch.produced_on}.get(part.basis or "")
    if day is None:
        return "doubtful"
    if part.from_day is not None and day < part.from_day:
        return None
    if part.to_day is not None and day > part.to_day:
        return None
    return "by_date"

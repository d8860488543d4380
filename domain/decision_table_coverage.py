"""Domain: whether a decision table answers every value, and which of its rows - by classes of values.

A cell only tells values apart that it mentions: all values between two mentioned ones mean the same to every
row. So a finite number of representatives stands for all values, and nothing is missed. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from itertools import product
from math import prod
from operator import and_
from typing import Any

from domain.decision_table import Column, ColumnType, DecisionTable, boundaries, matches

MANY = 100_000
"""More combinations of classes than this are not looked at: nothing is said of such a table."""
SHOWN = 3
"""So many examples of one kind are given; a person puts one right and asks again."""
OTHER_TEXT = "\N{WHITE SQUARE}"
LEAST = Decimal("1e-18")
"""The smallest difference that a decimal can have (`domain/decimals`)."""
Values = dict[str, Any]
Point = tuple[int | None, ...]
"""A class of each column, by the rows that it fits (a bit each); None where any will do."""


@dataclass(frozen=True)
class Overlap:
    """Values for which several rows apply at once, whatever the other columns are; rows count from 1."""

    rows: tuple[int, ...]
    values: Values


@dataclass(frozen=True)
class Coverage:
    """What the rows of a table leave out; columns that make no difference stand in no example.

    `idle` rows are never the one that counts, whatever the values. `whole` is False when the table has more
    combinations than are looked at: then nothing else is known.
    """

    gaps: Sequence[Values] = ()
    overlaps: Sequence[Overlap] = ()
    idle: Sequence[int] = ()
    whole: bool = True


def coverage(table: DecisionTable) -> Coverage:
    """Gaps, for `unique` overlaps (the first few of each), and rows that never count."""
    classes = [_classes(table, name) for name in table.inputs]
    if prod(len(one) for one in classes) > MANY:
        return Coverage(whole=False)
    gaps: list[Point] = []
    overlaps: dict[int, Point] = {}
    counting = 0
    unique, every = table.hit_policy == "unique", (1 << len(table.rows)) - 1
    for point in product(*classes):
        hits = reduce(and_, point, every)
        counting |= hits if unique else hits & -hits
        if not hits and len(gaps) < SHOWN and not any(_within(point, known) for known in gaps):
            gaps.append(_gap(classes, point))
        elif unique and hits & (hits - 1) and hits not in overlaps and len(overlaps) < SHOWN:
            overlaps[hits] = tuple(
                None if all(hits & ~mask == 0 for mask in one) else at
                for one, at in zip(classes, point, strict=True)
            )
    idle = [number for number in range(1, len(table.rows) + 1) if not counting >> (number - 1) & 1]
    return Coverage(
        [_values(table, classes, point) for point in gaps],
        [Overlap(_rows(hits), _values(table, classes, point)) for hits, point in overlaps.items()],
        idle,
    )


def uncovered(table: DecisionTable) -> Iterator[tuple[str, Values]]:
    """Values without a row ("gap"), and for `unique` with several ("overlap"), the first of each."""
    found = coverage(table)
    yield from (("gap", values) for values in found.gaps[:1])
    yield from (("overlap", one.values) for one in found.overlaps[:1])


def _gap(classes: Sequence[Mapping[int, Any]], point: Sequence[int]) -> Point:
    """A gap without the columns that make no difference to it: whatever they are, no row applies."""
    found: list[int | None] = list(point)
    for column in range(len(found)):
        tried = [*found[:column], None, *found[column + 1 :]]
        left = [[at] if at is not None else list(one) for one, at in zip(classes, tried, strict=True)]
        if not any(reduce(and_, other) for other in product(*left)):
            found = tried
    return tuple(found)


def _within(point: Sequence[int], known: Point) -> bool:
    return all(at is None or at == mask for mask, at in zip(point, known, strict=True))


def _values(table: DecisionTable, classes: Sequence[Mapping[int, Any]], point: Point) -> Values:
    named = zip(table.inputs, classes, point, strict=True)
    return {name: one[mask] for name, one, mask in named if mask is not None}


def _rows(hits: int) -> tuple[int, ...]:
    return tuple(number + 1 for number in range(hits.bit_length()) if hits >> number & 1)


def _classes(table: DecisionTable, name: str) -> dict[int, Any]:
    """By the rows that a value fits in this column (a bit each): the first such value."""
    column = table.inputs[name]
    found: dict[int, Any] = {}
    for value in _representatives(table, name):
        mask = 0
        for number, row in enumerate(table.rows):
            if name not in row.when or matches(column, row.when[name], value):
                mask |= 1 << number
        found.setdefault(mask, value)
    return found


def _representatives(table: DecisionTable, name: str) -> list[Any]:
    """A value of every class of the column, absence last."""
    column = table.inputs[name]
    absent: list[Any] = [None] if column.optional else []
    if column.type == "bool":
        return [True, False, *absent]
    if column.options:
        return [*column.options, *absent]
    named = {text for row in table.rows for text in boundaries(column, row.when.get(name))}
    return [*_between(column, named), *absent]


def _between(column: Column, named: set[str]) -> list[Any]:
    """Every value that is named, one between each two neighbours, one below all and one above."""
    if column.type == "string":
        return [*sorted(named), OTHER_TEXT]
    at = sorted({_number(column.type, text) for text in named}) or [_number(column.type, "")]
    step = _step(column.type, named)
    found = [_moved(at[0], -step)]
    for low, high in zip(at, [*at[1:], None], strict=True):
        after = _moved(low, step)
        if after is not None and high is not None and after >= high:
            after = (low + high) / 2 if column.type == "decimal" and step > LEAST else None
        found += [low, after]
    return [_written(value) for value in found if value is not None]


def _moved(value: Any, by: Any) -> Any:
    """The neighbour of a value, None beyond the calendar's end."""
    try:
        return value + by
    except OverflowError:
        return None


def _number(type_: ColumnType, text: str) -> Any:
    if type_ == "int":
        return int(text or 0)
    if type_ == "date":
        return date.fromisoformat(text or "2026-01-01")
    return Decimal(text or 0)


def _step(type_: ColumnType, named: set[str]) -> Any:
    """The least difference that people would write: of a decimal one unit of its longest scale."""
    if type_ == "date":
        return timedelta(days=1)
    if type_ == "int":
        return 1
    digits = max((len(text.partition(".")[2]) for text in named), default=0)
    return Decimal(1).scaleb(-digits)


def _written(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value

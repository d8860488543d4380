"""Domain: whether a decision table answers every value, and which of its rows - by classes of values.

A cell only tells values apart that it mentions: all values between two mentioned ones mean the same to every
row. So a finite number of representatives stands for all values, and nothing is missed. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from domain.decision_table import Column, ColumnType, DecisionTable, boundaries, matches

MANY = 200_000
"""More combinations of classes than this are not looked at: nothing is said of such a table."""
SHOWN = 3
"""So many examples of one kind are given; a person puts one right and asks again."""
OTHER_TEXT = "\N{WHITE SQUARE}"
LEAST = Decimal("1e-18")
"""The smallest difference that a decimal can have (`domain/decimals`)."""
Values = dict[str, Any]


@dataclass(frozen=True)
class Overlap:
    """Values for which several rows apply at once; rows are counted from 1."""

    rows: tuple[int, ...]
    values: Values


@dataclass(frozen=True)
class Coverage:
    """What the rows of a table leave out. `idle` rows are never the one that counts, whatever the values.

    `whole` is False when the table has more combinations than are looked at: then nothing else is known.
    """

    gaps: Sequence[Values] = ()
    overlaps: Sequence[Overlap] = ()
    idle: Sequence[int] = ()
    whole: bool = True


def coverage(table: DecisionTable) -> Coverage:
    """Gaps, for `unique` overlaps (the first few of each), and rows that never count."""
    classes = {name: _classes(table, name) for name in table.inputs}
    if prod(len(one) for one in classes.values()) > MANY:
        return Coverage(whole=False)
    gaps: list[Values] = []
    overlaps: dict[int, Values] = {}
    counting = 0
    unique = table.hit_policy == "unique"
    for point in product(*(one.items() for one in classes.values())):
        hits = -1
        for mask, _value in point:
            hits &= mask
        hits &= (1 << len(table.rows)) - 1
        counting |= hits if unique else hits & -hits
        if not hits and len(gaps) < SHOWN:
            gaps.append(_values(classes, point))
        elif unique and hits & (hits - 1) and hits not in overlaps and len(overlaps) < SHOWN:
            overlaps[hits] = _values(classes, point)
    idle = [number for number in range(1, len(table.rows) + 1) if not counting >> (number - 1) & 1]
    return Coverage(gaps, [Overlap(_rows(hits), values) for hits, values in overlaps.items()], idle)


def uncovered(table: DecisionTable) -> Iterator[tuple[str, Values]]:
    """Values without a row ("gap"), and for `unique` with several ("overlap"), the first of each."""
    found = coverage(table)
    yield from (("gap", values) for values in found.gaps[:1])
    yield from (("overlap", one.values) for one in found.overlaps[:1])


def _values(classes: Mapping[str, Any], point: Sequence[tuple[int, Any]]) -> Values:
    return {name: value for name, (_mask, value) in zip(classes, point, strict=True)}


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

"""Domain: decision tables - rows that a QA head can read, evaluated exactly.

A row's `when` names the columns it asks about: a column left out is not asked, `-` is any given value, an
empty cell is "not given", otherwise a literal, a list of literals, a comparison (`<= 8.0`) or an inclusive
range (`2.0..8.0`). Numbers and dates compare exactly, never as floats. It knows nothing of steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from domain.decimals import order_key
from domain.errors import Refusal
from domain.sop_definition import Key, Part, Text

Scalar = bool | int | str
Cell = Scalar | list[Scalar] | None
ColumnType = Literal["string", "int", "bool", "decimal", "date"]
_COMPARISON = re.compile(r"^(<=|>=|<|>)\s*(\S+)$")
_RANGE = re.compile(r"^(\S+?)\s*\.\.\s*(\S+)$")
_ANY = "-"
_ORDERED = {"int", "decimal", "date"}


class NoRowApplies(Refusal):
    """The table has no row for these values."""

    code = "no_row_applies"
    kind = "invalid"
    zh = "决策表“{table}”没有适用的行：{given}"
    en = "No row of the decision table `{table}` applies to {given}"


class RowsOverlap(Refusal):
    """A table of policy `unique` has several rows for these values."""

    code = "rows_overlap"
    kind = "invalid"
    zh = "决策表“{table}”的第 {rows} 行同时适用"
    en = "Rows {rows} of the decision table `{table}` apply at once"


class ValueOfAnotherType(Refusal):
    """A value is not of its column's type."""

    code = "value_of_another_type"
    kind = "invalid"
    zh = "决策表“{table}”的输入类型不符：{reason}"
    en = "An input of the decision table `{table}` has another type: {reason}"


class NotOfItsType(ValueError):
    """A literal is not of its column's type."""

    code = "not_of_its_type"


class NotAnOption(ValueError):
    """A literal is none of its column's options."""

    code = "not_an_option"


class Column(Part):
    """An input or output. `options` are the values it can have, `words` what people call them.

    An `optional` input may be absent.
    """

    type: ColumnType
    label: Text
    options: list[str] = Field(default=[])
    words: dict[str, Text] = Field(default={})
    optional: bool = False

    @model_validator(mode="after")
    def _words_are_of_options(self) -> Column:
        if unknown := sorted(self.words.keys() - set(self.options)):
            raise ValueError(f"words for what is no option: {', '.join(unknown)}")
        return self


class Row(Part):
    """One rule."""

    when: dict[Key, Cell] = Field(default={})
    then: dict[Key, Scalar]


class TableTest(Part):
    """An example that the table must satisfy before it can be approved."""

    given: dict[Key, Scalar | None]
    expect: dict[Key, Scalar]


class Hit(Part):
    """The row that applied, counted from 1, and its outputs."""

    row: int
    outputs: dict[str, Scalar]


class DecisionTable(Part):
    """A versioned table. `first`: the first applying row counts; `unique`: exactly one may apply.

    `value` is the output that a decision's `value` and `routes` mean. Left out, it is the one that the author
    wrote first; with several outputs it is kept by name, because keys have no order in canonical form.
    """

    key: Key
    version: Annotated[int, Field(ge=1)]
    title: Text
    clauses: list[str] = Field(default=[])
    inputs: Annotated[dict[Key, Column], Field(min_length=1)]
    outputs: Annotated[dict[Key, Column], Field(min_length=1)]
    value: Key | None = None
    hit_policy: Literal["first", "unique"] = "first"
    rows: Annotated[list[Row], Field(min_length=1)]
    tests: list[TableTest] = Field(default=[])

    @model_validator(mode="before")
    @classmethod
    def _value_by_name(cls, data: Any) -> Any:
        outputs = data.get("outputs") if isinstance(data, dict) else None
        if isinstance(outputs, dict) and len(outputs) > 1:
            return {**data, "value": data.get("value") or next(iter(outputs))}
        return data

    @model_validator(mode="after")
    def _cells_fit(self) -> DecisionTable:
        if self.value is not None and self.value not in self.outputs:
            raise ValueError(f"value: {self.value} is not an output")
        for number, row in enumerate(self.rows, 1):
            for name, cell in row.when.items():
                if name not in self.inputs:
                    raise ValueError(f"row {number}: {name} is not an input")
                _told(number, name, self.inputs[name], check_cell, cell)
            if row.then.keys() != self.outputs.keys():
                raise ValueError(f"row {number}: `then` must give exactly {', '.join(self.outputs)}")
            for name, value in row.then.items():
                _told(number, name, self.outputs[name], check_literal, value)
        return self

    @property
    def deciding_output(self) -> str:
        """The output that `value` and `routes` mean."""
        return self.value or next(iter(self.outputs))


def evaluate(table: DecisionTable, values: Mapping[str, Any]) -> Hit:
    """The row for these values (missing or None is absent); NoRowApplies, RowsOverlap, ValueOfAnotherType."""
    try:
        hits = [n for n, row in enumerate(table.rows, 1) if _applies(table, row, values)]
    except (ValueError, TypeError) as error:
        raise ValueOfAnotherType(table=table.key, reason=str(error)) from None
    if not hits:
        shown = ", ".join(f"{name}={values.get(name)}" for name in table.inputs)
        raise NoRowApplies(table=table.key, given=shown)
    if table.hit_policy == "unique" and len(hits) > 1:
        raise RowsOverlap(table=table.key, rows=", ".join(map(str, hits)))
    return Hit(row=hits[0], outputs=dict(table.rows[hits[0] - 1].then))


def failing_tests(table: DecisionTable) -> Iterator[tuple[int, str]]:
    """The numbers of the table's own tests that fail, with what came instead."""
    for number, test in enumerate(table.tests, 1):
        try:
            got: object = evaluate(table, test.given).outputs
        except Refusal as refused:
            got = refused.code
        if got != dict(test.expect):
            yield number, str(got)


def _applies(table: DecisionTable, row: Row, values: Mapping[str, Any]) -> bool:
    return all(matches(table.inputs[name], cell, values.get(name)) for name, cell in row.when.items())


def matches(column: Column, cell: Cell, value: Any) -> bool:
    """Whether a value (None: absent) fits a cell; ValueError if it is not of the column's type."""
    if value is None or cell is None or cell == "":
        return value is None and (cell is None or cell == "")
    if isinstance(cell, list):
        return any(matches(column, item, value) for item in cell)
    at = _key(column.type, value) if cell != _ANY else None
    if column.type in _ORDERED and isinstance(cell, str) and cell != _ANY:
        compared, between = _COMPARISON.match(cell), _RANGE.match(cell)
        if compared:
            return _compares(compared[1], at, _key(column.type, compared[2]))
        if between:
            return bool(_key(column.type, between[1]) <= at <= _key(column.type, between[2]))
    return cell == _ANY or bool(at == _key(column.type, cell))


def _compares(sign: str, left: Any, right: Any) -> bool:
    if sign == "<":
        return bool(left < right)
    if sign == "<=":
        return bool(left <= right)
    return bool(left > right) if sign == ">" else bool(left >= right)


def _key(type_: ColumnType, value: Any) -> Any:
    """The value in a form that compares; ValueError if it is not one of the type."""
    if type_ in {"decimal", "string", "date"} and not isinstance(value, str):
        raise ValueError("not a text")
    if type_ == "decimal":
        return order_key(value)
    if type_ == "int":
        if isinstance(value, bool):
            raise ValueError("not a number")
        return int(value)
    if type_ == "date":
        return date.fromisoformat(value)
    if type_ == "bool" and not isinstance(value, bool):
        raise ValueError("not a bool")
    return value


def check_cell(column: Column, cell: Cell) -> None:
    """NotOfItsType, NotAnOption for a cell of `when` that the column does not take."""
    for literal in _literals(column, cell):
        check_literal(column, literal)


def check_literal(column: Column, value: Scalar) -> None:
    """NotOfItsType, NotAnOption for a value that the column does not have."""
    try:
        _key(column.type, value)
    except ValueError:
        raise NotOfItsType(value) from None
    if column.options and value not in column.options:
        raise NotAnOption(value)


def boundaries(column: Column, cell: Cell) -> list[str]:
    """The values that a cell mentions, as they are written."""
    return [str(one) for one in _literals(column, cell)]


def _literals(column: Column, cell: Cell) -> list[Scalar]:
    if cell is None or cell in ("", _ANY):
        return []
    found: list[Scalar] = []
    for item in cell if isinstance(cell, list) else [cell]:
        compared, between = None, None
        if column.type in _ORDERED and isinstance(item, str):
            compared, between = _COMPARISON.match(item), _RANGE.match(item)
        found += [compared[2]] if compared else [between[1], between[2]] if between else [item]
    return found


def _told(number: int, name: str, column: Column, check: Callable[[Column, Any], None], value: Any) -> None:
    """The check of a cell with the row and column in its words."""
    try:
        check(column, value)
    except NotAnOption as fault:
        raise ValueError(f"row {number}: {name} is not one of its options: {fault.args[0]!r}") from None
    except NotOfItsType as fault:
        raise ValueError(f"row {number}: {name} is not a {column.type}: {fault.args[0]!r}") from None

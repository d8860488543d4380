"""Db: statements that are compiled once and then run on the driver's own cursor (decision 0017).

SQLAlchemy says what a statement is; for one that runs a thousand times it need not be asked a thousand times.
It knows no transaction: `db.session` runs what is kept here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

from db.changes import changed_by, changed_inside

_DIALECT: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
Processor = Callable[[Any], Any]
Row = Mapping[str, Any]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Connection = psycopg.AsyncConnection[Any]
Cursor = psycopg.AsyncCursor[tuple[Any, ...]]


class Kept:
    """A statement ready to run: its text, and how the values of a call become its parameters.

    A call gives a value for every `bindparam` without one, by name; the statement's other values are part of
    it. What the types of its columns and values do to them is done here as SQLAlchemy does it.
    """

    def __init__(self, statement: sa.SelectBase | UpdateBase) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.prefetch, "SQLAlchemy makes values of its own at each call"
        given = {name: bind.key for bind, name in compiled.bind_names.items() if bind.required}
        state = compiled.construct_expanded_state(dict.fromkeys(given.values()), escape_names=False)
        processors = {name: _writer(bind) for bind, name in compiled.bind_names.items()}
        processors |= cast("dict[str, Processor]", state.processors)  # of the values of an IN
        self.text = state.statement
        self.changes = changed_by(statement) or changed_inside(compiled)
        self._parameters: list[tuple[str | None, Any, Processor | None]] = []
        for name in state.positiontup or ():
            processor = processors.get(name)
            if name in given:
                self._parameters.append((given[name], None, processor))
            else:
                value = state.parameters[name]
                self._parameters.append((None, processor(value) if processor else value, None))
        self._readers = _readers(statement)
        self._names: tuple[str, ...] | None = None

    def parameters(self, params: Mapping[str, Any]) -> list[Any]:
        """The parameters of a call, in the order of the text; KeyError names one that is missing."""
        return [
            constant if name is None else params[name] if process is None else process(params[name])
            for name, constant, process in self._parameters
        ]

    def names(self, cursor: Cursor) -> tuple[str, ...]:
        """The names of the columns that it gives, the same at every call."""
        if self._names is None:
            self._names = tuple(column.name for column in cursor.description or ())
        return self._names

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        """A row with the values as their types have them."""
        if not self._readers:
            return row
        values = list(row)
        for index, process in self._readers:
            values[index] = process(values[index])
        return values


Call = tuple[Kept, Parameters]
"""A statement and the values that it is given."""


def _writer(bind: sa.BindParameter[Any]) -> Processor | None:
    """What the type of a value does to it before it is sent; most leave it to the driver."""
    return bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _readers(statement: sa.SelectBase | UpdateBase) -> list[tuple[int, Processor]]:
    """What the types of the columns do to their values, by position; most leave them to the driver."""
    found: list[tuple[int, Processor]] = []
    for index, column in enumerate(statement.exported_columns):
        process = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
        if process is not None:
            found.append((index, process))
    return found


async def sent(driver: Connection, calls: Sequence[Call], *, commit: bool = False) -> list[Cursor]:
    """Runs the calls in their order and commits on demand; waits once for all, not once for each."""
    if len(calls) == 1 and not commit:
        return [await _begun(driver, *calls[0])]
    async with driver.pipeline():
        cursors = [await _begun(driver, kept, params) for kept, params in calls]
        if commit:
            await driver.commit()
    return cursors


async def _begun(driver: Connection, kept: Kept, params: Parameters) -> Cursor:
    assert params is None or isinstance(params, Mapping)
    cursor = psycopg.AsyncRawCursor(driver)
    return await cursor.execute(kept.text, kept.parameters(params or {}), prepare=True)


async def rows_of(kept: Kept, cursor: Cursor) -> list[Row]:
    """What a call gave, as mappings by column name."""
    names = kept.names(cursor)
    return [dict(zip(names, kept.read(row), strict=True)) for row in await cursor.fetchall()]


def as_alchemy(error: psycopg.Error, statements: Sequence[Kept], *, lost: bool) -> DBAPIError:
    """The driver's error as SQLAlchemy raises it, without the values; `lost`: the connection is gone."""
    text = "\n".join(kept.text for kept in statements)
    made = DBAPIError.instance(
        text, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=lost, dialect=_DIALECT
    )
    assert isinstance(made, DBAPIError)
    return made

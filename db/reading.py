"""Db: a transaction that may only look, and how statements are sent in any transaction."""

from collections.abc import Sequence
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

from db.kept import Call, Cursor, Kept, Parameters, Row, as_alchemy, rows_of, sent
from db.refusals import refusal_of

Statement = sa.Executable | Kept


class Reader:
    """A transaction that may only look. Rows are mappings by column name."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._driver: psycopg.AsyncConnection[Any] | None = None
        self._later: list[Call] = []

    async def execute(self, statement: sa.Executable, params: Parameters = None) -> sa.CursorResult[Any]:
        """Run a statement; a guard's refusal comes out as the domain's (InsufficientStock ...).

        A statement that is always the same is best made once, with `bindparam`, and given its `params` here;
        one that runs at every hop is `Kept`, and run by the methods below.
        """
        if self._later:
            await self._send(())
        try:
            return await self.connection.execute(statement, params)
        except DBAPIError as error:
            refused = refusal_of(error)
            if refused is None:
                raise
            raise refused from error

    async def rows(self, statement: Statement, params: Parameters = None) -> list[Row]:
        if isinstance(statement, Kept):
            return await rows_of(statement, await self.run(statement, params))
        result = await self.execute(statement, params)
        names = tuple(result.keys())  # mappings would look up each value by its name again
        return [dict(zip(names, row, strict=True)) for row in result.all()]

    async def one(self, statement: Statement, params: Parameters = None) -> Row:
        found = await self.one_or_none(statement, params)
        if found is None:
            raise NoResultFound
        return found

    async def one_or_none(self, statement: Statement, params: Parameters = None) -> Row | None:
        rows = await self.rows(statement, params)
        if len(rows) > 1:
            raise MultipleResultsFound
        return rows[0] if rows else None

    async def scalar(self, statement: Statement, params: Parameters = None) -> Any:
        """The first column of the first row, or None."""
        if isinstance(statement, Kept):
            row = await (await self.run(statement, params)).fetchone()
            return None if row is None else statement.read(row)[0]
        return (await self.execute(statement, params)).scalar()

    async def run(self, kept: Kept, params: Parameters = None) -> Cursor:
        """Run a statement that is kept, on the driver's cursor; refusals and errors are as `execute`'s."""
        return (await self._send([(kept, params)]))[0]

    async def together(self, *calls: Call) -> list[list[Row]]:
        """Run kept statements one after the other with one wait for all; each sees what went before."""
        cursors = await self._send(calls)
        return [await rows_of(kept, cursor) for (kept, _), cursor in zip(calls, cursors, strict=True)]

    async def _send(self, calls: Sequence[Call], *, commit: bool = False) -> list[Cursor]:
        """Sends what was put off and the calls, in this order; the cursors of the calls."""
        every, self._later = [*self._later, *calls], []
        if self._driver is None:  # in the transaction that SQLAlchemy has begun
            pooled = await self.connection.get_raw_connection()
            self._driver = cast("psycopg.AsyncConnection[Any]", pooled.driver_connection)
        try:
            cursors = await sent(self._driver, every, commit=commit)
        except psycopg.Error as error:
            if (refused := refusal_of(error)) is not None:
                raise refused from error
            if lost := self._driver.closed:
                await self.connection.invalidate()
            raise as_alchemy(error, [kept for kept, _ in every], lost=lost) from error
        return cursors[len(every) - len(calls) :]

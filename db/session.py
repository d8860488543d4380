"""Db: transactions. Reading and writing are different types, and no change commits without its audit event.

It knows SQL and the guards' states; permission and meaning are the services'.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.refusals import refusal_of
from db.tables import audit_event

if TYPE_CHECKING:
    from sqlalchemy.sql.base import Executable

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 10_000


class UnauditedWrite(Exception):
    """A transaction changed rows and said nothing to the audit log: it is rolled back."""

    code = "unaudited_write"


@dataclass(frozen=True)
class ActorRef:
    """Who is acting, as the audit log names them."""

    id: UUID | None
    name: str


SYSTEM = ActorRef(None, "system")


class Reader:
    """A read-only transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Executes a statement; a guard's refusal is raised as the domain's."""
        try:
            return await self._connection.execute(statement, parameters)
        except DBAPIError as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            raise refusal from error

    async def rows(self, statement: Executable, parameters: Any = None) -> Sequence[Mapping[str, Any]]:
        """All rows as mappings."""
        return (await self.execute(statement, parameters)).mappings().all()

    async def one_or_none(
        self, statement: Executable, parameters: Any = None
    ) -> Mapping[str, Any] | None:
        """The only row, or None."""
        return (await self.execute(statement, parameters)).mappings().one_or_none()

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of the first row, None without rows."""
        return (await self.execute(statement, parameters)).scalar()


class Transaction(Reader):
    """A writing transaction with its actor."""

    def __init__(self, connection: AsyncConnection, actor: ActorRef, request_id: str | None) -> None:
        super().__init__(connection)
        self.actor = actor
        self.request_id = request_id or None
        self._changed: set[str] = set()
        self._audited = False

    async def execute(self, statement: Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Executes a statement and remembers that it changes something."""
        if isinstance(statement, sa.Insert | sa.Update | sa.Delete):
            table = getattr(statement, "table", None)
            name = getattr(table, "name", "?")
            if name != audit_event.name:
                self._changed.add(name)
        return await super().execute(statement, parameters)

    async def audit(
        self,
        action: str,
        object_type: str,
        object_id: str,
        *,
        before: Any = None,
        after: Any = None,
        reason: str | None = None,
        refused: bool = False,
        run_id: UUID | None = None,
        actor: tuple[UUID | None, str | None] | None = None,
    ) -> None:
        """Writes the audit event of what this transaction does; `actor` overrides who is named."""
        actor_id, actor_name = actor or (self.actor.id, self.actor.name)
        if actor_name is None and actor_id is not None:
            actor_name = await self._name_of(actor_id)
        self._audited = True
        await super().execute(
            sa.insert(audit_event).values(
                actor_id=actor_id,
                actor_name=actor_name or "",
                action=action,
                object_type=object_type,
                object_id=object_id,
                before=before,
                after=after,
                reason=reason,
                request_id=self.request_id,
                run_id=run_id,
                refused=refused,
            )
        )

    async def _name_of(self, actor_id: UUID) -> str:
        from db.tables import person

        return str(await self.scalar(sa.select(person.c.name).where(person.c.id == actor_id)) or "")

    def audited_elsewhere(self, why: str) -> None:
        """Says why this transaction needs no audit event of its own; the sentence stands in the code."""
        if not why:
            raise UnauditedWrite("a reason is needed")
        self._audited = True

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone; the transaction goes on."""
        async with self._connection.begin_nested():
            yield

    def check_audited(self) -> None:
        """UnauditedWrite if rows changed and nothing was said about it."""
        if self._changed and not self._audited:
            raise UnauditedWrite(", ".join(sorted(self._changed)))


class Database:
    """The pool of connections of one process, as the application role."""

    def __init__(self, url: str, *, pool_size: int = 10, max_overflow: int = 20) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_pre_ping=True,
            connect_args={
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
                " -c timezone=UTC"
            },
            json_serializer=lambda value: json.dumps(value, ensure_ascii=False),
        )

    @asynccontextmanager
    async def write(
        self, actor: ActorRef | None = None, request_id: str | None = None
    ) -> AsyncIterator[Transaction]:
        """One transaction: commits at the end, rolls back on any exception or unaudited change."""
        async with self._engine.connect() as connection, connection.begin():
            tx = Transaction(connection, actor or SYSTEM, request_id)
            yield tx
            tx.check_audited()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """One read-only transaction."""
        async with self._engine.connect() as connection, connection.begin():
            await connection.execute(sa.text("SET TRANSACTION READ ONLY"))
            yield Reader(connection)

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()

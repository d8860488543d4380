"""Db: the one way to the database - a read or a write transaction. Knows no table but the audit log.

Leaving a write without an exception commits, with one rolls back. A write that changed something and left no
audit event is refused at commit: no silent write. A read cannot change anything, and is another type.
"""

import select
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection, IsolationLevel
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.changes import changes
from db.kept import Call, Cursor, Kept, Parameters, Row
from db.reading import Reader
from db.refusals import refusal_of
from db.tables import audit_event

__all__ = ["ActorRef", "Database", "Reader", "Row", "Transaction", "UnauditedWrite"]

STATEMENT_TIMEOUT_S = 30
"""An activity's start-to-close time-out is longer, so that PostgreSQL gives up before the engine does."""
LOCK_TIMEOUT_S = 10
IDLE_TIMEOUT_S = 60
OPTIONS = (
    f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_S}s -c lock_timeout={LOCK_TIMEOUT_S}s"
    f" -c idle_in_transaction_session_timeout={IDLE_TIMEOUT_S}s"
)
_AUDIT = sa.insert(audit_event)


@dataclass(frozen=True)
class ActorRef:
    """Who acts: an id for the record and the name as it is printed today."""

    person_id: UUID
    name: str


class UnauditedWrite(Exception):
    """Rows were changed without an audit event: the transaction was rolled back. A defect, not a refusal."""

    code = "unaudited_write"


class Transaction(Reader):
    """A transaction that may write, on behalf of `actor` (None: nobody is logged in yet)."""

    def __init__(self, connection: AsyncConnection, actor: ActorRef | None, request_id: str | None) -> None:
        super().__init__(connection)
        self.actor = actor
        self.request_id = request_id
        self.audited = False
        self.changed: list[str] = []

    async def execute(self, statement: sa.Executable, params: Parameters = None) -> sa.CursorResult[Any]:
        result = await super().execute(statement, params)
        if changed := changes(statement, result):
            self.changed.append(changed)
        return result

    async def later(self, kept: Kept, params: Parameters = None) -> None:
        """Put a change off until the next statement or the commit, which then go with it in one message.

        What is wrong with it comes out there: only for changes whose refusal nobody waits for in between.
        """
        self._later.append((kept, params))
        self._note([kept])

    async def commit(self) -> None:
        """What was put off and the commit, in one message; without the former SQLAlchemy commits."""
        if self._later:
            await self._send((), commit=True)

    async def _send(self, calls: Sequence[Call], *, commit: bool = False) -> list[Cursor]:
        cursors = await super()._send(calls, commit=commit)
        self._note([kept for kept, _ in calls])
        return cursors

    def _note(self, statements: Sequence[Kept]) -> None:
        self.changed += [kept.changes for kept in statements if kept.changes]

    async def audit(
        self,
        action: str,
        object_type: str,
        object_id: object,
        *,
        before: Any = None,
        after: Any = None,
        reason: str | None = None,
        refused: bool = False,
        run_id: UUID | None = None,
        as_id: UUID | None = None,
    ) -> None:
        """Record who did what (`claim.task`) to which object, with the data before and after.

        `as_id` is the event's id: a command that is repeated finds it and does nothing again.
        """
        event = self.event(
            action, object_type, object_id, before=before, after=after, reason=reason, run_id=run_id
        )
        own_id = {"id": as_id} if as_id else {}
        await super().execute(_AUDIT, {**event, **own_id, "refused": refused})
        self.audited = True

    def event(
        self,
        action: str,
        object_type: str,
        object_id: object,
        *,
        before: Any = None,
        after: Any = None,
        reason: str | None = None,
        run_id: UUID | None = None,
    ) -> dict[str, Any]:
        """An audit event by its columns, for a statement that writes it together with the change."""
        actor = self.actor
        return {
            "actor_id": actor.person_id if actor else None,
            "actor_name": actor.name if actor else "",
            "action": action,
            "object_type": object_type,
            "object_id": str(object_id),
            "before": before,
            "after": after,
            "reason": reason,
            "request_id": self.request_id or None,
            "run_id": run_id,
            "refused": False,
        }

    def audited_elsewhere(self, why: str) -> None:
        """Leave without an audit event: infrastructure rows, or rows that are evidence themselves."""
        assert why
        self.audited = True

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What an exception inside undoes alone; the transaction goes on."""
        if self._later:
            await self._send(())
        changed, audited = len(self.changed), self.audited
        try:
            async with self.connection.begin_nested():
                yield
                if self._later:
                    await self._send(())
        except BaseException:
            self._later.clear()
            del self.changed[changed:]
            self.audited = audited
            raise

    def check_audited(self) -> None:
        if self.changed and not self.audited:
            raise UnauditedWrite(", ".join(dict.fromkeys(self.changed)))


class Database:
    """The application's pool of connections to one database; `url` is `postgresql+psycopg://...`."""

    def __init__(self, url: str, *, pool_size: int = 10, max_overflow: int = 10) -> None:
        self.url = url
        self.pool_size, self.max_overflow = pool_size, max_overflow
        self.engine = self._engine(OPTIONS)
        # At "read committed" each statement sees what is committed when it begins, in a transaction or not:
        # readers do without BEGIN and COMMIT, two of three round trips. The server refuses their writes.
        self.reading = self._engine(f"{OPTIONS} -c default_transaction_read_only=on", "AUTOCOMMIT")

    def _engine(self, options: str, isolation_level: IsolationLevel = "READ COMMITTED") -> AsyncEngine:
        engine = create_async_engine(
            self.url,
            pool_size=self.pool_size,
            max_overflow=self.max_overflow,
            isolation_level=isolation_level,
            hide_parameters=True,  # a fault in the log tells the statement, not what people wrote
            connect_args={"options": options, "application_name": "xunji"},
        )
        sa.event.listen(engine.sync_engine, "checkout", _replace_if_ended)
        return engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """Looks only: a change is refused by the server."""
        async with self.reading.connect() as connection:
            yield Reader(connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """Looks only, and all statements see the same moment: figures that have to agree with each other."""
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with connection.begin():
                yield Reader(connection)

    @asynccontextmanager
    async def write(
        self, actor: ActorRef | None = None, request_id: str | None = None
    ) -> AsyncIterator[Transaction]:
        """A write transaction; deferred guards speak at its end, as refusals like the others."""
        async with self.engine.connect() as connection:
            try:
                async with connection.begin():
                    transaction = Transaction(connection, actor, request_id)
                    yield transaction
                    transaction.check_audited()
                    await transaction.commit()
            except (DBAPIError, psycopg.Error) as error:
                refused = refusal_of(error)
                if refused is None:
                    raise
                raise refused from error

    async def close(self) -> None:
        await self.engine.dispose()
        await self.reading.dispose()

    @asynccontextmanager
    async def listen(self, *channels: str) -> AsyncIterator[AsyncIterator[psycopg.Notify]]:
        """Notifications of `channels` on a connection of its own, from now on."""
        plain = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await psycopg.AsyncConnection.connect(plain, autocommit=True)
        try:
            for channel in channels:
                await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
            yield connection.notifies()
        finally:
            await connection.close()


def _replace_if_ended(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
    """The pool's check before use, without a round trip: an idle server speaks only when it ends it."""
    raw = getattr(connection, "driver_connection").pgconn  # noqa: B009 - psycopg's, beneath the adapter
    ears = select.poll()
    ears.register(raw.socket, select.POLLIN)
    if raw.status != psycopg.pq.ConnStatus.OK or ears.poll(0):
        raise DisconnectionError

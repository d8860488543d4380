"""A stockroom whose runs ended long ago, with the application's and the owner's ways in to delete them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Database, Transaction
from tests import aged
from tests.aged import Asking
from tests.db.stockroom import MATERIAL, Stockroom, make_stockroom
from tests.servers import TestDatabase

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=365 * 30)


@dataclass
class House:
    """A stockroom with a third person, a procedure, and the application's and the owner's ways in."""

    app: Database
    owner: Database
    room: Stockroom
    manager: UUID
    version: tuple[UUID, UUID]

    @asynccontextmanager
    async def arranged(self) -> AsyncIterator[Transaction]:
        async with self.owner.write() as tx:
            yield tx
            tx.audited_elsewhere("the test's own world")

    async def run(self, ended_at: datetime | None = LONG_AGO, **more: Any) -> UUID:
        given = {"site": self.room.east, "version": self.version, **more}
        async with self.arranged() as tx:
            made = await aged.ended_run(tx, person=self.room.keeper, ended_at=ended_at, **given)
            if ended_at is not None:
                await aged.kept(tx, made)
        return made

    async def asking(self, *runs: UUID, persons: tuple[UUID, ...] = (), **more: Any) -> Asking:
        three = persons or (self.room.keeper, self.room.checker, self.manager)
        async with self.arranged() as tx:
            return await aged.asking(
                tx, site=self.room.east, version=self.version, persons=three, runs=runs, **more
            )

    async def delete(self, run: UUID, by: Asking | None = None) -> None:
        by = by or await self.asking(run)
        async with self.app.write() as tx:
            await tx.scalar(aged.deletion(run, by))
            tx.audited_elsewhere("a tombstone is evidence itself")

    async def batch(self, expires_on: date | None, **material: Any) -> UUID:
        made = new_id()
        async with self.arranged() as tx:
            row = {**MATERIAL, "id": made, "code": made.hex[-12:], "manufacturer_id": self.room.maker}
            await tx.execute(sa.insert(t.material).values(**{**row, **material}))
            batch = {"id": made, "material_id": made, "manufacturer_id": self.room.maker, "number": "B1"}
            await tx.execute(sa.insert(t.batch).values(**batch, expires_on=expires_on))
        return made

    async def hold(self, kind: str = "all", **about: Any) -> UUID:
        made = new_id()
        async with self.app.write() as tx:
            row = {"id": made, "kind": kind, "reason": "诉讼", "actor_id": self.room.checker, **about}
            await tx.execute(sa.insert(t.legal_hold).values(**row))
            tx.audited_elsewhere("a hold is evidence itself")
        return made

    async def bodies(self, run: UUID) -> int:
        counted = (
            sa.select(sa.func.count())
            .select_from(t.archive.join(t.archive_body))
            .where(t.archive.c.run_id == run)
        )
        async with self.app.read() as tx:
            return int(await tx.scalar(counted))

    async def attach(self, content: bytes, run: UUID | None = None) -> UUID:
        async with self.app.write() as tx:
            made = await aged.attach(tx, content, person=self.room.keeper, run=run)
            tx.audited_elsewhere("an attachment is evidence itself")
        return made

    async def has(self, content: bytes) -> bool:
        """Whether the bytes are there."""
        digest = hashlib.sha256(content).hexdigest()
        async with self.app.read() as tx:
            there = sa.select(sa.exists().where(t.attachment_body.c.sha256 == digest))
            return bool(await tx.scalar(there))

    async def end(self, run: UUID) -> tuple[str, date | None]:
        async with self.app.read() as tx:
            row = await tx.one(sa.text("SELECT rule, until FROM retention_end(:run)"), {"run": run})
        return row["rule"], row["until"]


@asynccontextmanager
async def open_house(module_database: TestDatabase) -> AsyncIterator[House]:
    """The house of a module's database; a hold on everything outlives no test."""
    app, owner = (Database(url, pool_size=3) for url in (module_database.app_url, module_database.owner_url))
    room = await _room(module_database)
    manager = new_id()
    made = House(app, owner, room, manager, (manager, manager))
    async with made.arranged() as tx:
        name = {"username": f"m{manager.hex[-8:]}", "name": "赵主任"}
        await tx.execute(sa.insert(t.person).values(id=manager, **name))
        made.version = await aged.procedure(tx, room.keeper)
    yield made
    async with made.arranged() as tx:
        lifted = sa.select(t.legal_hold.c.lifts_id).where(t.legal_hold.c.lifts_id.is_not(None))
        everything = sa.select(t.legal_hold.c.id).where(
            t.legal_hold.c.kind == "all", t.legal_hold.c.id.not_in(lifted)
        )
        for row in await tx.rows(everything):
            lift = {"kind": "lift", "lifts_id": row["id"], "reason": "x", "actor_id": room.keeper}
            await tx.execute(sa.insert(t.legal_hold).values(**lift))
    await app.close()
    await owner.close()


_rooms: dict[str, Stockroom] = {}


async def _room(database: TestDatabase) -> Stockroom:
    if database.name not in _rooms:
        _rooms[database.name] = await make_stockroom(database)
    return _rooms[database.name]

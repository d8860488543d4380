"""What a house has from before files were deleted too: its floors, uses and tombstones after the upgrade."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command

from db import tables as t
from db.migrations import config, upgrade
from db.row_hash import FIELDS, row_hash
from ops.embedded_postgres import SUPERUSER, EmbeddedPostgres
from ops.postgres_roles import APP, OWNER, create_database
from tests import aged
from tests.db.retention_house import NOW, House, open_house
from tests.servers import TestDatabase

NAME, BEFORE = "of_before", "0032"


@pytest.fixture
def of_before(postgres_server: EmbeddedPostgres) -> Iterator[TestDatabase]:
    """A database as the release before left it."""
    with postgres_server.connect() as session:
        create_database(session, NAME)
    urls = [postgres_server.url(role, NAME) for role in (APP, OWNER, SUPERUSER)]
    engine = sa.create_engine(urls[1], poolclass=sa.NullPool)
    with engine.connect() as connection:
        made = config()
        made.attributes["connection"] = connection
        command.upgrade(made, BEFORE)
        connection.commit()
    yield TestDatabase(NAME, *urls)
    with postgres_server.connect() as session:
        session.execute(f"DROP DATABASE {NAME} WITH (FORCE)".encode())


@pytest.fixture
async def house(of_before: TestDatabase) -> AsyncIterator[House]:
    async with open_house(of_before) as made:
        yield made


async def test_what_was_there_before_is_kept_and_deleted_by_the_same_rules(
    house: House, of_before: TestDatabase
) -> None:
    special = await house.batch(datetime(2000, 1, 1, tzinfo=UTC).date(), special_control=True)
    gone, old, user = await house.run(), await house.run(batches=[special]), await house.run(NOW)
    await house.delete(gone)
    photo = await house.attach(b"named", old)
    await house.attach(b"loose", old)
    async with house.arranged() as tx:
        row = {"kind": "task", "run_id": user, "actor_id": house.room.keeper, "content_hash": aged.DIGEST}
        await tx.execute(sa.insert(t.submission).values(**row, data={"photos": [str(photo)]}))
    wanted = await house.end(old)
    await asyncio.to_thread(upgrade, of_before.owner_url)
    assert await house.end(old) == wanted
    async with house.app.read() as tx:
        stone = await tx.one(sa.select(t.tombstone))
        floors = {row["run_id"]: row for row in await tx.rows(sa.select(t.retention_floor))}
        uses = await tx.rows(sa.select(t.attachment_use))
        kept_as = await tx.scalar(sa.select(t.material.c.kept_as).where(t.material.c.id == special))
    assert {run for run, row in floors.items() if row["gone"]} == {gone}
    assert (floors[old]["rule"], floors[old]["until"]) == wanted
    assert floors[old]["batch_ids"] == [special] and set(floors) == {gone, old, user}
    assert [(use["attachment_id"], use["run_id"]) for use in uses] == [(photo, user)]
    assert kept_as == ["drug", "special_control"]
    assert (stone["hash_version"], stone["attachments"]) == (1, None)
    assert bytes(stone["row_hash"]) == row_hash("tombstone", stone) and max(FIELDS["tombstone"]) == 2
    await house.delete(old)
    assert await house.has(b"named") and not await house.has(b"loose")

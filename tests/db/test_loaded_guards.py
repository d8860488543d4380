"""The database's own guards of loaded history: documents and holds have the past only in the owner's window."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Database
from domain.batches import IdentityIsImmutable
from domain.evidence import LoadingClosed
from ops.loading_window import loading_window
from tests.db.postings import on_shelf
from tests.db.stockroom import Stockroom
from tests.servers import TestDatabase

PAST = datetime(2025, 3, 1, 9, tzinfo=UTC)


async def document(app: Database, room: Stockroom, **more: Any) -> UUID:
    values = {"id": new_id(), "kind": "stocktake", "site_id": room.east, "legal_entity_id": room.entity}
    values |= {"number": new_id().hex, "created_by": room.keeper, **more}
    async with app.write(room.actor) as tx:
        await tx.execute(sa.insert(t.document).values(**values))
        await tx.audit("open.document", "document", values["id"])
    return UUID(str(values["id"]))


async def hold(app: Database, room: Stockroom, batch: UUID, **more: Any) -> dict[str, Any]:
    values = {"id": new_id(), "batch_id": batch, "kind": "quality", "reason": "x", "opened_by": room.keeper}
    async with app.write(room.actor) as tx:
        await tx.execute(sa.insert(t.hold).values(**values, **more))
        await tx.audit("open.hold", "hold", values["id"])
    async with app.read() as tx:
        return dict(await tx.one(sa.select(t.hold).where(t.hold.c.id == values["id"])))


async def test_a_document_is_loaded_only_while_the_window_is_open(
    app: Database, database: TestDatabase, room: Stockroom
) -> None:
    with pytest.raises(LoadingClosed):
        await document(app, room, loaded=True, occurred_at=PAST)
    with loading_window(database.owner_url):
        made = await document(app, room, loaded=True, occurred_at=PAST)
        with pytest.raises(LoadingClosed):
            await document(app, room, loaded=True, occurred_at=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(LoadingClosed):
        await document(app, room, loaded=True, occurred_at=PAST)
    for document_id, loaded in ((made, False), (await document(app, room), True)):
        with pytest.raises(IdentityIsImmutable):
            await _say_loaded(app, room, document_id, loaded=loaded)


async def _say_loaded(app: Database, room: Stockroom, document_id: UUID, *, loaded: bool) -> None:
    change = sa.update(t.document).where(t.document.c.id == document_id).values(loaded=loaded)
    async with app.write(room.actor) as tx:
        await tx.execute(change)
        await tx.audit("change.document", "document", document_id)


async def test_the_windows_end_shuts_it_though_nobody_closed_it(
    app: Database, database: TestDatabase, room: Stockroom
) -> None:
    with loading_window(database.owner_url, minutes=0), pytest.raises(LoadingClosed):
        await document(app, room, loaded=True, occurred_at=PAST)


async def test_the_application_does_not_open_the_window(app: Database, room: Stockroom) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with app.write(room.actor) as tx:
            await tx.execute(sa.update(t.clock_setting).values(loading_until=sa.func.now()))


async def test_a_hold_opens_and_closes_by_the_databases_clock(app: Database, room: Stockroom) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    found = await hold(app, room, await on_shelf(app, room), opened_at=PAST)
    assert found["opened_at"] > before
    async with app.write(room.actor) as tx:
        closing = {"closed_at": PAST, "closed_by": room.keeper, "closed_reason": "x"}
        await tx.execute(sa.update(t.hold).where(t.hold.c.id == found["id"]).values(**closing))
        await tx.audit("close.hold", "hold", found["id"])
    async with app.read() as reader:
        closed_at = await reader.scalar(sa.select(t.hold.c.closed_at).where(t.hold.c.id == found["id"]))
    assert closed_at > before


async def test_a_loaded_hold_is_over(app: Database, database: TestDatabase, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    over = {"loaded": True, "opened_at": PAST, "closed_by": room.keeper, "closed_reason": "x"}
    with pytest.raises(LoadingClosed):
        await hold(app, room, batch, **over, closed_at=PAST)
    with loading_window(database.owner_url):
        found = await hold(app, room, batch, **over, closed_at=PAST + timedelta(days=1))
        assert (found["opened_at"], found["closed_at"]) == (PAST, PAST + timedelta(days=1))
        for closed_at in (PAST - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)):
            with pytest.raises(LoadingClosed):
                await hold(app, room, batch, **over, closed_at=closed_at)
        with pytest.raises(LoadingClosed):
            await hold(app, room, batch, loaded=True, opened_at=PAST)

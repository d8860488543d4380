"""Postings as the ledger's tests make them: goods on a shelf, a hold, what is where."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.session import Database
from domain.stock import Posting
from tests.db.stockroom import Stockroom, new_batch


async def posted(app: Database, room: Stockroom, posting: Posting) -> UUID:
    async with app.write(room.actor) as tx:
        made = await ledger.post(tx, posting)
        await tx.audit("posting.made", "posting", made)
    return made


async def on_shelf(
    app: Database, room: Stockroom, quantity: int = 10, expires_on: date | None = date(2090, 1, 1)
) -> UUID:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, f"B{new_id().hex[-6:]}", expires_on)
    await posted(app, room, room.receipt(batch, quantity))
    await posted(app, room, room.accepted(batch, quantity))
    return batch


async def balances(app: Database, batch: UUID) -> dict[str, int]:
    async with app.read() as tx:
        rows = await tx.rows(sa.select(t.balance).where(t.balance.c.batch_id == batch))
    return {row["status"]: row["quantity"] for row in rows if row["quantity"]}


async def open_hold(app: Database, room: Stockroom, batch: UUID, site: UUID | None = None) -> UUID:
    async with app.write(room.actor) as tx:
        hold_id = new_id()
        row = {"id": hold_id, "batch_id": batch, "kind": "quality", "scope_site_id": site}
        await tx.execute(sa.insert(t.hold).values(**row, reason="质量待查", opened_by=room.keeper))
        await tx.audit("hold.opened", "hold", hold_id)
    return hold_id

"""Two clients that allocate the same ten materials at once: every unit is promised once, and none is lost."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from benchmarks._warehouse.stock import Ground, new_batches, post, received
from db import tables as t
from db.ids import new_id
from db.session import Database
from domain.batches import PostingKind
from domain.reservations import Reserved, StockReserved
from domain.stock import Move
from services import reservations
from services.reservations import Taker

BATCHES = 10
EACH = 20
"""Units of each batch: as many as both clients ask for together."""


async def measure(database: Database, where: Ground) -> dict[str, Any]:
    """Both ask for one of each of ten batches, ten times; then one more, which nobody may get."""
    batches = await _stocked(database, where)
    lines = await _order(database, where, batches)
    taker = Taker(where.actor_id, None, None)

    async def client(turns: int) -> tuple[int, int]:
        got = refused = 0
        for turn in range(turns):
            order = batches if turn % 2 else list(reversed(batches))
            goods = [Reserved(lines[batch], batch, where.shelf, 1) for batch in order]
            try:
                async with database.write(where.actor) as tx:
                    tx.audited_elsewhere("a benchmark arranges its world")
                    await reservations.reserve(tx, goods, by=taker)
                got += 1
            except StockReserved:
                refused += 1
        return got, refused

    began = time.perf_counter()
    answers = await asyncio.gather(client(EACH // 2), client(EACH // 2))
    seconds = time.perf_counter() - began
    extra = await client(1)
    b = t.balance.c
    async with database.read() as tx:
        reserved = await tx.scalar(
            sa.select(sa.func.sum(b.reserved)).where(b.batch_id.in_(batches), b.status == "qualified")
        )
    lost = EACH - sum(got for got, _ in answers)
    return {
        "allocations": EACH,
        "lost": lost,
        "refused_when_empty": extra[1],
        "reserved": int(reserved),
        "ms_per_allocation": round(1000 * seconds / EACH, 1),
        "ok": lost == 0 and extra == (0, 1) and reserved == BATCHES * EACH,
    }


async def _stocked(database: Database, where: Ground) -> list[UUID]:
    async with database.write(where.actor) as tx:
        tx.audited_elsewhere("a benchmark arranges its world")
        batches = await new_batches(tx, where, BATCHES)
    await post(database, where, PostingKind.RECEIPT, [received(where, batch, EACH) for batch in batches])
    stored = [Move(batch, EACH, where.waiting, where.shelf) for batch in batches]
    await post(database, where, PostingKind.PUT_AWAY, stored)
    return batches


async def _order(database: Database, where: Ground, batches: list[UUID]) -> dict[UUID, UUID]:
    """A sales order with a line for each batch; batch -> line."""
    order, lines = new_id(), {batch: new_id() for batch in batches}
    async with database.write(where.actor) as tx:
        tx.audited_elsewhere("a benchmark arranges its world")
        await tx.execute(
            sa.insert(t.document).values(
                id=order,
                kind="sales_order",
                number="BENCH",
                party_id=where.customers[0],
                site_id=where.shelf.site_id,
                legal_entity_id=where.shelf.owner_id,
                created_by=where.actor_id,
            )
        )
        rows = [
            {
                "id": line,
                "document_id": order,
                "line_no": number,
                "material_id": where.material,
                "quantity": EACH,
            }
            for number, line in enumerate(lines.values(), 1)
        ]
        await tx.execute(sa.insert(t.document_line), rows)
    return lines

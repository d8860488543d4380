"""The trace of a batch with twenty consignees: what it reads, and how that grows with the ledger."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from benchmarks._warehouse.stock import AT_ONCE, Ground, new_batches, post, received
from db import tables as t
from db.queries import trace
from db.session import Database
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move

REPEATS = 15
RECURSIVE = sa.text("""
WITH RECURSIVE walk AS (
  SELECT m.id, m.to_kind, m.quantity, m.to_location_id, m.to_status, m.party_id, 1 AS depth
  FROM move m WHERE m.batch_id = :batch AND m.from_kind = 'supplier'
  UNION ALL
  SELECT m.id, m.to_kind, m.quantity, m.to_location_id, m.to_status, m.party_id, w.depth + 1
  FROM walk w JOIN move m ON m.batch_id = :batch AND m.from_location_id = w.to_location_id
    AND m.from_status = w.to_status AND m.id > w.id
)
SELECT party_id, sum(quantity) FROM walk WHERE to_kind = 'customer' GROUP BY party_id""")
"""The bare walk along the moves of one batch."""


async def measure(
    database: Database, owner_url: str, where: Ground, sizes: tuple[int, ...]
) -> dict[str, Any]:
    """Blocks and time of the trace at each size of the ledger, in moves; the batch is the same.

    Statistics are brought up to date at each size, as autovacuum does in its own time.
    """
    batch_id = await traced(database, where)
    found = {}
    for size in sizes:
        seconds = await _fill(database, where, size)
        await analyse(owner_url)
        ours = trace.statement([batch_id])
        bare = RECURSIVE.bindparams(sa.bindparam("batch", batch_id, sa.Uuid))
        rows, blocks, plan_ms = await explained(database, ours)
        _, recursive_blocks, _ = await explained(database, bare)
        found[str(size)] = {
            "filled_in_s": round(seconds, 1),
            "rows": rows,
            "blocks": blocks,
            "bound": 8 * rows + 50,
            "recursive_blocks": recursive_blocks,
            "plan_ms": plan_ms,
            "trace_ms": await _median(database, ours),
            "recursive_ms": await _median(database, bare),
        }
    first, last = found[str(sizes[0])], found[str(sizes[-1])]
    growth = {
        "ms": round(last["trace_ms"] / first["trace_ms"], 2),
        "blocks": round(last["blocks"] / first["blocks"], 2),
        "recursive_blocks": round(last["recursive_blocks"] / first["recursive_blocks"], 2),
    }
    fits = all(one["blocks"] <= one["bound"] for one in found.values())
    return {
        "loaded": "posted by db.ledger, ten moves to a posting, as the application role with all guards on",
        "sizes": found,
        "growth": growth,
        "ok": fits and growth["ms"] <= 1.5 and growth["blocks"] <= 1.5,
    }


async def analyse(owner_url: str) -> None:
    owner = Database(owner_url, pool_size=1)
    async with owner.write() as tx:
        tx.audited_elsewhere("statistics only")
        await tx.execute(sa.text("SET LOCAL statement_timeout = 0"))
        await tx.execute(sa.text("ANALYZE"))
    await owner.close()


async def traced(database: Database, where: Ground) -> UUID:
    """A batch that was received, put away and sold to twenty customers."""
    async with database.write(where.actor) as tx:
        tx.audited_elsewhere("a benchmark arranges its world")
        (batch_id,) = await new_batches(tx, where, 1)
    await post(database, where, PostingKind.RECEIPT, [received(where, batch_id, 1000)])
    put = Move(batch_id, 1000, where.waiting, where.shelf)
    await post(database, where, PostingKind.PUT_AWAY, [put])
    for customer in where.customers:
        sold = Move(batch_id, 10, where.shelf, PlaceKind.CUSTOMER, party_id=customer)
        await post(database, where, PostingKind.ISSUE, [sold], customer)
    return batch_id


async def _fill(database: Database, where: Ground, size: int) -> float:
    """Other batches until the ledger has so many moves: received and put away."""
    began = time.perf_counter()
    async with database.read() as tx:
        there: int = await tx.scalar(sa.select(sa.func.count()).select_from(t.move))
    while there < size:
        async with database.write(where.actor) as tx:
            tx.audited_elsewhere("a benchmark arranges its world")
            batches = await new_batches(tx, where, AT_ONCE)
        moves = [received(where, batch, 5) for batch in batches]
        await post(database, where, PostingKind.RECEIPT, moves)
        shelf = where.shelf
        assert shelf.status is Status.QUALIFIED
        stored = [Move(batch, 5, where.waiting, shelf) for batch in batches]
        await post(database, where, PostingKind.PUT_AWAY, stored)
        there += 2 * AT_ONCE
    return time.perf_counter() - began


async def explained(database: Database, statement: sa.Select[Any] | sa.TextClause) -> tuple[int, int, float]:
    """Rows returned, blocks touched, and milliseconds of the plan, warm."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    text = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explain = sa.text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}".replace(":", r"\:"))
    for _ in range(3):
        async with database.read() as tx:
            answer = await tx.scalar(explain)
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]
    top = plan["Plan"]
    blocks = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return int(top["Actual Rows"]), blocks, plan["Execution Time"]


async def _median(database: Database, statement: sa.Executable) -> float:
    seconds = []
    for _ in range(REPEATS):
        async with database.read() as tx:
            began = time.perf_counter()
            await tx.rows(statement)
            seconds.append(time.perf_counter() - began)
    return round(1000 * statistics.median(seconds), 2)

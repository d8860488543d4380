"""What a trace costs: blocks and time of its statement beside the bare recursion, and the whole answer."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from benchmarks._trace.filling import SOLD_EACH
from benchmarks._warehouse.stock import CONSIGNEES
from benchmarks._warehouse.tracing import RECURSIVE, explained
from db import tables as t
from db.queries import actors
from db.queries import trace as queries
from db.session import Database
from services import trace
from services.auth import load_actor
from services.platform import Actor, Platform
from services.trace import Start

REPEATS = 15
"""Of so many the quickest counts: what it costs when nobody else has the processor."""
ROWS = CONSIGNEES + 1


async def measure(platform: Platform, actor: Actor, batch_id: UUID) -> dict[str, Any]:
    """A batch with twenty consignees: its statement, the bare one, and the whole answer."""
    database, ours = platform.database, queries.statement([batch_id])
    bare = RECURSIVE.bindparams(sa.bindparam("batch", batch_id, sa.Uuid))
    rows, blocks, plan_ms = await explained(database, ours)
    _, recursive_blocks, _ = await explained(database, bare)
    found = await trace.trace(platform, Start(batch=str(batch_id)), actor=actor)
    (account,) = found.accounts
    return {
        "rows": rows,
        "blocks": blocks,
        "bound": 8 * rows + 50,
        "recursive_blocks": recursive_blocks,
        "plan_ms": plan_ms,
        "trace_ms": await _statement(database, ours),
        "recursive_ms": await _statement(database, bare),
        "answer_ms": await _answer(platform, actor, Start(batch=str(batch_id))),
        "at_customers": account.at_customers,
        "difference": account.difference,
    }


async def starts(platform: Platform, actor: Actor, batch_id: UUID) -> dict[str, float]:
    """Milliseconds of the first page from a partner, a person, a document: some have very many batches."""
    async with platform.database.read() as tx:
        m, p = t.move.c, t.posting.c
        rows = await tx.rows(
            sa.select(m.party_id, m.to_kind, p.document_id, p.actor_id)
            .join(t.posting, p.id == m.posting_id)
            .where(m.batch_id == batch_id, m.party_id.is_not(None))
            .order_by(m.id)
        )
    supplier, customer = str(rows[0]["party_id"]), str(rows[-1]["party_id"])
    wanted = {
        "supplier": Start(party=supplier),
        "customer": Start(party=customer),
        "document": Start(document=str(rows[-1]["document_id"])),
        "person": Start(person=str(rows[0]["actor_id"])),
    }
    return {name: await _answer(platform, actor, start, 3) for name, start in wanted.items()}


async def reader(database: Database) -> Actor:
    """Somebody who sees all sites."""
    async with database.read() as tx:
        ids = await tx.rows(sa.select(t.person.c.id).where(t.person.c.kind == "person"))
        for row in ids:
            known = await actors.person(tx, row["id"])
            if known is None:
                continue
            actor = await load_actor(tx, known)
            if any(one.post == "auditor" and one.site_id is None for one in actor.assignments):
                return actor
    raise LookupError("nobody of the company is an auditor")


def fits(found: dict[str, Any]) -> bool:
    """Whether it read few enough blocks, told all rows, and accounted for every unit."""
    sold = CONSIGNEES * SOLD_EACH
    return bool(
        found["blocks"] <= found["bound"]
        and (found["rows"], found["at_customers"], found["difference"]) == (ROWS, sold, 0)
    )


async def _answer(platform: Platform, actor: Actor, start: Start, repeats: int = REPEATS) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        await trace.trace(platform, start, actor=actor, limit=200)
        seconds.append(time.perf_counter() - began)
    return round(1000 * min(seconds), 2)


async def _statement(database: Database, statement: sa.Executable) -> float:
    seconds = []
    for _ in range(REPEATS):
        async with database.read() as tx:
            began = time.perf_counter()
            await tx.rows(statement)
            seconds.append(time.perf_counter() - began)
    return round(1000 * min(seconds), 2)

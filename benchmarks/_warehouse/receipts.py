"""Posting a receipt of ten lines, beside raw inserts of the same rows into tables without a guard."""

from __future__ import annotations

import statistics
import time
from typing import Any

import sqlalchemy as sa

from benchmarks._warehouse.stock import Ground, new_batches, received
from db import ledger
from db.ids import new_id
from db.session import Database
from domain.batches import PostingKind
from domain.stock import Posting

LINES = 10
COLUMNS = {
    "bench_posting": "id uuid PRIMARY KEY, kind text, actor_id uuid, at timestamptz",
    "bench_move": "id uuid PRIMARY KEY, posting_id uuid, line_no int, batch_id uuid, quantity bigint,"
    " to_site_id uuid, to_location_id uuid, to_status text, to_owner_id uuid, party_id uuid",
    "bench_balance": "batch_id uuid PRIMARY KEY, location_id uuid, status text, quantity bigint",
}


async def measure(database: Database, owner_url: str, where: Ground, pairs: int) -> dict[str, Any]:
    """Medians of alternating pairs: the ledger with its guards, and the bare rows, a transaction each."""
    owner = Database(owner_url, pool_size=1)
    try:
        async with owner.write() as tx:
            tx.audited_elsewhere("a benchmark arranges its world")
            for table, columns in COLUMNS.items():
                await tx.execute(sa.text(f"CREATE TABLE {table} ({columns})"))
        ours, bare = [], []
        for _ in range(pairs):
            async with database.write(where.actor) as tx:
                tx.audited_elsewhere("a benchmark arranges its world")
                batches = await new_batches(tx, where, LINES)
            moves = [received(where, batch, 5) for batch in batches]
            began = time.perf_counter()
            async with database.write(where.actor) as tx:
                posting = await ledger.post(tx, Posting(PostingKind.RECEIPT, where.actor_id, moves))
                await tx.audit("post.receipt", "posting", posting)
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            await _raw(owner, where, batches)
            bare.append(time.perf_counter() - began)
    finally:
        await owner.close()
    ratio = statistics.median(ours) / statistics.median(bare)
    return {
        "pairs": pairs,
        "ms_median": {
            "ours": round(1000 * statistics.median(ours), 2),
            "bare": round(1000 * statistics.median(bare), 2),
        },
        "ratio": round(ratio, 2),
        "ok": ratio <= 10,
    }


async def _raw(owner: Database, where: Ground, batches: list[Any]) -> None:
    """One posting, ten moves, ten balances: a statement for each row, as a program without a ledger would."""
    posting = new_id()
    async with owner.write() as tx:
        tx.audited_elsewhere("the floor of a benchmark")
        await tx.execute(
            sa.text("INSERT INTO bench_posting VALUES (:id, 'receipt', :actor, now())"),
            {"id": posting, "actor": where.actor_id},
        )
        to = where.waiting
        for line, batch in enumerate(batches, 1):
            await tx.execute(
                sa.text(
                    "INSERT INTO bench_move VALUES (:id, :posting, :line, :batch, 5, :site, :place,"
                    " 'quarantine', :owner, :party)"
                ),
                {
                    "id": new_id(),
                    "posting": posting,
                    "line": line,
                    "batch": batch,
                    "site": to.site_id,
                    "place": to.location_id,
                    "owner": to.owner_id,
                    "party": where.supplier,
                },
            )
            await tx.execute(
                sa.text("INSERT INTO bench_balance VALUES (:batch, :place, 'quarantine', 5)"),
                {"batch": batch, "place": to.location_id},
            )

"""A ledger of any length, written by the server in a throw-away database, and batches to be traced in it.

The rows in between are of a distributor: each batch is received, put away and sold to four customers, with
balances that agree. They are inserted by the superuser with triggers off; what is traced is posted by the
product's own ledger, its moves scattered over the whole length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from benchmarks._warehouse.stock import Ground, new_batches, post, received
from db import ledger
from db import tables as t
from db.queries import seals
from db.session import Database
from domain.batches import PlaceKind, PostingKind
from domain.stock import Move, Posting

MOVES_OF_A_BATCH = 6
BATCHES_AT_ONCE = 10_000
BETWEEN = 100
"""Moves between two of a traced batch: more than stand on one page."""
SETTLES_WITHIN_S = 900
SOLD_EACH = 10
RECEIVED = 100
"""Units of a batch that are received, and that each of its customers gets."""

BATCHES = """
INSERT INTO batch (material_id, manufacturer_id, number, expires_on)
SELECT :material, :maker, 'FILL-' || (:first + n), DATE '2090-01-01' FROM generate_series(1, :count) n
"""
DOCUMENTS = """
INSERT INTO document (kind, number, party_id, site_id, legal_entity_id, state, created_by)
SELECT CASE step WHEN 0 THEN 'receipt' WHEN 1 THEN 'put_away' ELSE 'shipment' END,
  'FILL-' || (:first + n) || '-' || step,
  CASE step WHEN 0 THEN :supplier WHEN 1 THEN NULL
    ELSE (CAST(:customers AS uuid[]))[1 + (:first + n * 4 + step) % :parties] END,
  :site, :owner, 'closed', :actor
FROM generate_series(1, :count) n, generate_series(0, 5) step
"""
POSTINGS = """
INSERT INTO posting (kind, document_id, actor_id, occurred_at, tx, recorded_at, row_hash, hash_version)
SELECT CASE d.kind WHEN 'shipment' THEN 'issue' ELSE d.kind END, d.id, :actor, clock_timestamp(),
  pg_current_xact_id(), clock_timestamp(), decode(repeat('00', 32), 'hex'), 1
FROM document d WHERE d.number LIKE 'FILL-%' AND d.id > :after ORDER BY d.id
"""
MOVES = """
INSERT INTO move (posting_id, line_no, batch_id, quantity, from_kind, from_site_id, from_location_id,
  from_status, from_owner_id, to_kind, to_site_id, to_location_id, to_status, to_owner_id, party_id,
  tx, recorded_at, row_hash, hash_version)
SELECT p.id, 1, b.id, CASE p.kind WHEN 'issue' THEN :sold ELSE :received END,
  CASE p.kind WHEN 'receipt' THEN 'supplier' ELSE 'internal' END,
  CASE p.kind WHEN 'receipt' THEN NULL ELSE CAST(:site AS uuid) END,
  CASE p.kind WHEN 'receipt' THEN NULL WHEN 'put_away' THEN CAST(:waiting AS uuid)
    ELSE CAST(:shelf AS uuid) END,
  CASE p.kind WHEN 'receipt' THEN NULL WHEN 'put_away' THEN 'quarantine' ELSE 'qualified' END,
  CASE p.kind WHEN 'receipt' THEN NULL ELSE CAST(:owner AS uuid) END,
  CASE p.kind WHEN 'issue' THEN 'customer' ELSE 'internal' END,
  CASE p.kind WHEN 'issue' THEN NULL ELSE CAST(:site AS uuid) END,
  CASE p.kind WHEN 'issue' THEN NULL WHEN 'receipt' THEN CAST(:waiting AS uuid)
    ELSE CAST(:shelf AS uuid) END,
  CASE p.kind WHEN 'issue' THEN NULL WHEN 'receipt' THEN 'quarantine' ELSE 'qualified' END,
  CASE p.kind WHEN 'issue' THEN NULL ELSE CAST(:owner AS uuid) END,
  d.party_id, pg_current_xact_id(), clock_timestamp(), decode(repeat('00', 32), 'hex'), 1
FROM posting p JOIN document d ON d.id = p.document_id
JOIN batch b ON b.number = 'FILL-' || split_part(d.number, '-', 2) AND b.material_id = :material
WHERE d.number LIKE 'FILL-%' AND d.id > :after ORDER BY p.id
"""
BALANCES = """
INSERT INTO balance (site_id, location_id, batch_id, status, owner_id, quantity)
SELECT :site, :shelf, b.id, 'qualified', :owner, :received - 4 * :sold
FROM batch b WHERE b.material_id = :material AND b.number LIKE 'FILL-%' AND b.id > :after_batch
"""


@dataclass(frozen=True)
class Filler:
    """Writes moves as the superuser; `first` counts the batches written so far."""

    superuser: Database
    where: Ground

    async def fill(self, moves: int, first: int) -> int:
        """About so many moves more, in whole batches; how many batches there are then."""
        last = first + max(0, moves // MOVES_OF_A_BATCH)
        for at in range(first, last, BATCHES_AT_ONCE):
            await self._chunk(at, min(BATCHES_AT_ONCE, last - at))
        return last

    async def _chunk(self, first: int, count: int) -> None:
        where = self.where
        async with self.superuser.write() as tx:
            tx.audited_elsewhere("a benchmark fills a database that is thrown away")
            for setting in ("statement_timeout = 0", "session_replication_role = replica"):
                await tx.execute(sa.text(f"SET LOCAL {setting}"))
            after: UUID = await tx.scalar(sa.text("SELECT uuidv7()"))
            asked = {
                "first": first,
                "count": count,
                "after": after,
                "after_batch": after,
                "material": where.material,
                "maker": where.manufacturer,
                "supplier": where.supplier,
                "customers": [str(one) for one in where.customers],
                "parties": len(where.customers),
                "site": where.shelf.site_id,
                "owner": where.shelf.owner_id,
                "waiting": where.waiting.location_id,
                "shelf": where.shelf.location_id,
                "actor": where.actor_id,
                "received": RECEIVED,
                "sold": SOLD_EACH,
            }
            for statement in (BATCHES, DOCUMENTS, POSTINGS, MOVES, BALANCES):
                text = sa.text(statement)
                await tx.execute(text, {name: asked[name] for name in text.compile().params})


async def grow(
    database: Database, filler: Filler, size: int, there: int, first: int
) -> tuple[UUID, int, float]:
    """A batch of twenty consignees, its moves scattered while the ledger grows; how long it took."""
    where = filler.where
    steps: Sequence[UUID] = where.customers
    began = time.perf_counter()
    async with database.write(where.actor) as tx:
        tx.audited_elsewhere("a benchmark arranges its world")
        (batch_id,) = await new_batches(tx, where, 1)
    await post(database, where, PostingKind.RECEIPT, [received(where, batch_id, 1_000)])
    await post(database, where, PostingKind.PUT_AWAY, [Move(batch_id, 1_000, where.waiting, where.shelf)])
    each = max(0, size - there) // len(steps)
    for customer in steps:
        first = await filler.fill(each - BETWEEN, first)
        await _others(database, where)
        sold = Move(batch_id, SOLD_EACH, where.shelf, PlaceKind.CUSTOMER, party_id=customer)
        await post(database, where, PostingKind.ISSUE, [sold], customer)
    return batch_id, first, time.perf_counter() - began


async def _others(database: Database, where: Ground) -> None:
    """Other batches received in between by the same session: what is traced stands on pages of its own."""
    async with database.write(where.actor) as tx:
        tx.audited_elsewhere("a benchmark arranges its world")
        batches = await new_batches(tx, where, BETWEEN)
        postings = [
            Posting(PostingKind.RECEIPT, where.actor_id, [received(where, one, 5)]) for one in batches
        ]
        await ledger.post_all(tx, postings)


async def settled(database: Database) -> None:
    """Wait until the sealer has caught up with what was written: it would be measured otherwise."""
    until = time.monotonic() + SETTLES_WITHIN_S
    while time.monotonic() < until:
        async with database.read() as tx:
            last = await seals.last_block(tx)
            left, _ = await seals.count_after(tx, int(last["until_tx"]) if last else 0)
        if not left:
            return
        await asyncio.sleep(1)


async def moves_there(database: Database) -> int:
    """How many moves the ledger has."""
    async with database.read() as tx:
        found: int = await tx.scalar(sa.select(sa.func.count()).select_from(t.move))
    return found

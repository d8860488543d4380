"""Db queries: what an evidence package is made of - runs of a scope, the blocks that seal rows, contents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.evidence_scope import EvidenceScope, runs_in
from db.session import Reader
from db.tables._metadata import Xid8

_B = t.seal_block.c


async def runs(
    tx: Reader, scope: EvidenceScope, sites: Collection[UUID] | None, most: int
) -> list[Mapping[str, Any]]:
    """Runs of the scope at these sites (None: all), the oldest first."""
    r = t.run.c
    chosen = (
        sa.select(r.id, r.site_id, r.archived_at, r.started_at, r.sop_version_id, r.sha256)
        .where(r.id.in_(runs_in(scope)))
        .order_by(r.started_at, r.id)
        .limit(most)
    )
    return list(await tx.rows(chosen if sites is None else chosen.where(r.site_id.in_(sites))))


async def count_runs(tx: Reader, scope: EvidenceScope, sites: Collection[UUID] | None) -> tuple[int, int]:
    """How many runs the scope has at these sites, and how many in all."""
    r = t.run.c
    there = sa.true() if sites is None else r.site_id.in_(sites)
    found = await tx.one(
        sa.select(sa.func.count().filter(there).label("there"), sa.func.count().label("every"))
        .select_from(t.run)
        .where(r.id.in_(runs_in(scope)))
    )
    return found["there"], found["every"]


async def batch_name(tx: Reader, batch_id: UUID) -> Mapping[str, Any] | None:
    """Number and material of a batch."""
    m, b = t.material.c, t.batch.c
    return await tx.one_or_none(
        sa.select(b.number, m.code, m.name_zh, m.name_en)
        .select_from(t.batch.join(t.material, m.id == b.material_id))
        .where(b.id == batch_id)
    )


async def person_name(tx: Reader, person_id: UUID) -> Mapping[str, Any] | None:
    p = t.person.c
    return await tx.one_or_none(sa.select(p.name, p.username).where(p.id == person_id))


async def legal_entity(tx: Reader) -> Mapping[str, Any] | None:
    """The name of the house: that of its first legal entity."""
    e = t.legal_entity.c
    return await tx.one_or_none(sa.select(e.name_zh, e.name_en).order_by(e.code).limit(1))


async def blocks_of(
    tx: Reader, transactions: Collection[int], known: Collection[int]
) -> Sequence[Mapping[str, Any]]:
    """The blocks that cover these transactions, with their lists, but for those known by number."""
    texts = sa.cast([str(one) for one in sorted(transactions)], sa.ARRAY(sa.Text))
    number = sa.select(sa.cast(sa.func.unnest(texts), Xid8).label("tx")).subquery()
    block = (
        sa.select(_B.number, _B.from_tx)
        .where(_B.until_tx > number.c.tx)
        .order_by(_B.until_tx)
        .limit(1)
        .lateral("block")
    )
    numbers = sa.select(block.c.number).select_from(number.join(block, block.c.from_tx <= number.c.tx))
    return await tx.rows(
        sa.select(t.seal_block).where(_B.number.in_(numbers), _B.number.not_in(known)).order_by(_B.number)
    )


async def attachment_bodies(tx: Reader, digests: Collection[str]) -> dict[str, bytes]:
    """The contents of attachments by their digests."""
    b = t.attachment_body.c
    rows = await tx.rows(sa.select(b.sha256, b.bytes).where(b.sha256.in_(digests)))
    return {row["sha256"]: bytes(row["bytes"]) for row in rows}


async def audit_event(tx: Reader, event_id: UUID) -> Mapping[str, Any] | None:
    return await tx.one_or_none(sa.select(t.audit_event).where(t.audit_event.c.id == event_id))

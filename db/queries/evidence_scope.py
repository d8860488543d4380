"""Db queries: which archives and which blocks a verification is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


@dataclass(frozen=True)
class EvidenceScope:
    """A run with those that it called, a batch, a person, a period [since, until) - or everything."""

    run_id: UUID | None = None
    batch_id: UUID | None = None
    person_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def whole(self) -> bool:
        return self == EvidenceScope()


def runs_in(scope: EvidenceScope) -> sa.Select[Any]:
    """The ids of the runs."""
    r = t.run.c
    chosen = sa.select(r.id)
    if scope.run_id is not None:
        tree = sa.select(r.id).where(r.id == scope.run_id).cte("tree", recursive=True)
        called = t.run.alias("called")
        tree = tree.union(sa.select(called.c.id).join(tree, called.c.called_by == tree.c.id))
        chosen = chosen.where(r.id.in_(sa.select(tree.c.id)))
    if scope.batch_id is not None:
        moved = (
            sa.select(t.posting.c.run_id)
            .join(t.move, t.move.c.posting_id == t.posting.c.id)
            .where(t.move.c.batch_id == scope.batch_id, t.posting.c.run_id.is_not(None))
        )
        said = sa.select(t.recall_record.c.run_id).where(
            t.recall_record.c.batch_id == scope.batch_id, t.recall_record.c.run_id.is_not(None)
        )
        chosen = chosen.where(r.batch_ids.contains([scope.batch_id]) | r.id.in_(moved) | r.id.in_(said))
    if scope.person_id is not None:
        acted = sa.select(t.submission.c.run_id).where(t.submission.c.actor_id == scope.person_id)
        chosen = chosen.where((r.started_by == scope.person_id) | r.id.in_(acted))
    if scope.since is not None:
        chosen = chosen.where(r.ended_at >= scope.since)
    if scope.until is not None:
        chosen = chosen.where(r.ended_at < scope.until)
    return chosen


async def archives(
    tx: Reader, scope: EvidenceScope, after: UUID | None, limit: int
) -> list[Mapping[str, Any]]:
    """Headers of the archives in the order of their ids, behind `after`."""
    a = t.archive.c
    chosen = sa.select(t.archive).order_by(a.id).limit(limit)
    if not scope.whole:
        chosen = chosen.where(a.run_id.in_(runs_in(scope)))
    return list(await tx.rows(chosen if after is None else chosen.where(a.id > after)))


async def count(tx: Reader, scope: EvidenceScope) -> tuple[int, int]:
    """How many archives there are, and how many runs of the scope have none (yet)."""
    a, r = t.archive.c, t.run.c
    chosen = sa.select(sa.func.count()).select_from(t.archive)
    without = sa.select(sa.func.count()).select_from(t.run).where(r.archived_at.is_(None))
    if not scope.whole:
        chosen = chosen.where(a.run_id.in_(runs_in(scope)))
        without = without.where(r.id.in_(runs_in(scope)))
    return int(await tx.scalar(chosen)), int(await tx.scalar(without))


async def blocks(tx: Reader, scope: EvidenceScope) -> set[int] | None:
    """The blocks that seal the evidence rows of the scope's runs; None: all of them."""
    if scope.whole:
        return None
    b = t.seal_block.c
    chosen = sa.select(b.number)
    if scope.run_id is None and scope.batch_id is None and scope.person_id is None:
        if scope.since is not None:
            chosen = chosen.where(b.sealed_at >= scope.since)
        if scope.until is not None:
            chosen = chosen.where(b.sealed_at < scope.until)
        return {row["number"] for row in await tx.rows(chosen)}
    numbers = _transactions(scope).subquery()
    block = (
        sa.select(b.number, b.from_tx)
        .where(b.until_tx > numbers.c.tx)
        .order_by(b.until_tx)
        .limit(1)
        .lateral("block")
    )
    found = sa.select(block.c.number).select_from(numbers.join(block, block.c.from_tx <= numbers.c.tx))
    return {row["number"] for row in await tx.rows(found.distinct())}


def _transactions(scope: EvidenceScope) -> sa.CompoundSelect[Any]:
    runs = runs_in(scope).cte("runs")
    of_runs = sa.select(runs.c.id)
    tasks = sa.select(t.task.c.id).where(t.task.c.run_id.in_(of_runs))
    parts: list[sa.Select[Any]] = []
    for table in t.EVIDENCE:
        if "run_id" in table.c:
            parts.append(sa.select(table.c.tx).where(table.c.run_id.in_(of_runs)))
        elif "task_id" in table.c:
            parts.append(sa.select(table.c.tx).where(table.c.task_id.in_(tasks)))
    return sa.union(*parts)

"""Db queries: what the sweeps look for - debts of starts, open runs, what was settled after an advance."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

OPEN_STATES = ("running", "suspended", "incident")


async def starts_owed(tx: Reader, older_than_s: float, limit: int = 100) -> list[UUID]:
    """Runs whose workflow has not been started yet, the oldest first."""
    r = t.run.c
    age = sa.func.make_interval(0, 0, 0, 0, 0, 0, older_than_s)
    rows = await tx.rows(
        sa.select(r.id)
        .where(
            r.engine_started_at.is_(None),
            r.state.in_(OPEN_STATES),
            r.started_at < sa.func.clock_timestamp() - age,
        )
        .order_by(r.id)
        .limit(limit)
    )
    return [row["id"] for row in rows]


async def started_runs(tx: Reader, after: UUID | None, limit: int, *, ended_too: bool) -> list[UUID]:
    """Started runs that have not ended - or only within the last hour - in the order of their ids."""
    r = t.run.c
    looked_at: sa.ColumnElement[bool] = r.state.in_(OPEN_STATES)
    if ended_too:
        looked_at = looked_at | (r.ended_at > sa.func.clock_timestamp() - sa.text("interval '1 hour'"))
    query = sa.select(r.id).where(looked_at, r.engine_started_at.is_not(None))
    if after is not None:
        query = query.where(r.id > after)
    rows = await tx.rows(query.order_by(r.id).limit(limit))
    return [row["id"] for row in rows]


async def settled_after(tx: Reader, run_id: UUID, seq: int) -> list[UUID]:
    """Submissions that advances from this effect number on have settled, in their order."""
    e, r = t.effect.c, t.run.c
    rows = await tx.rows(
        sa.select(e.path)
        .join(t.run, r.workflow_id == e.workflow_id)
        .where(r.id == run_id, e.kind.in_(("settle", "command")), e.seq >= seq)
        .order_by(e.seq)
    )
    return [UUID(row["path"].rpartition("/")[2]) for row in rows]

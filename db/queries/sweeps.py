"""Db queries: what the sweeps look for - debts of starts, open runs, runs that the engine may lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader, Transaction

OPEN_STATES = ("running", "suspended", "incident")


CALLED_PATIENCE = 12
"""Runs that were called by the hundred are started one after another: they are owed so many times later."""


async def starts_owed(tx: Reader, older_than_s: float, limit: int = 100) -> list[UUID]:
    """Runs whose workflow has not been started yet, the oldest first; by the clock that a drill moves."""
    r = t.run.c
    patience = sa.case((r.called_by.is_(None), older_than_s), else_=older_than_s * CALLED_PATIENCE)
    age = sa.func.make_interval(0, 0, 0, 0, 0, 0, patience)
    rows = await tx.rows(
        sa.select(r.id)
        .where(
            r.engine_started_at.is_(None),
            r.state.in_(OPEN_STATES),
            r.started_at < sa.select(sa.func.clock_now()).scalar_subquery() - age,
        )
        .order_by(r.id)
        .limit(limit)
    )
    return [row["id"] for row in rows]


@dataclass(frozen=True)
class RunToCompare:
    """A started run that the engine has not been seen to close; `ended_long_ago` in the database."""

    id: UUID
    ended_long_ago: bool = False


async def runs_to_compare(
    tx: Reader, after: UUID | None, limit: int, *, whole: bool, long_ago_s: float
) -> list[RunToCompare]:
    """Runs that are open or that ended long ago - `whole`: or ended at all - in the order of their ids."""
    r = t.run.c
    age = sa.func.make_interval(0, 0, 0, 0, 0, 0, long_ago_s)
    ended_long_ago = sa.func.coalesce(
        r.ended_at < sa.select(sa.func.clock_now()).scalar_subquery() - age, sa.false()
    )
    query = sa.select(r.id, ended_long_ago.label("ended_long_ago")).where(
        r.engine_closed_at.is_(None), r.engine_started_at.is_not(None)
    )
    if not whole:
        query = query.where(r.state.in_(OPEN_STATES) | ended_long_ago)
    if after is not None:
        query = query.where(r.id > after)
    rows = await tx.rows(query.order_by(r.id).limit(limit))
    return [RunToCompare(**row) for row in rows]


async def mark_closed(tx: Transaction, runs: Sequence[UUID]) -> None:
    """Notes that the engine has closed these runs as well."""
    r = t.run.c
    await tx.execute(
        sa.update(t.run)
        .where(r.id.in_(runs), r.engine_closed_at.is_(None))
        .values(engine_closed_at=sa.func.clock_timestamp())
    )


async def settled(tx: Reader, run_id: UUID) -> list[UUID]:
    """The submissions that advances of a run have settled, in their order."""
    e, r = t.effect.c, t.run.c
    rows = await tx.rows(
        sa.select(e.path)
        .join(t.run, r.workflow_id == e.workflow_id)
        .where(r.id == run_id, e.kind.in_(("settle", "command")))
        .order_by(e.seq)
    )
    return [UUID(row["path"].rpartition("/")[2]) for row in rows]


async def shown_open(tx: Reader, task_id: UUID, epoch: int) -> bool:
    """Whether the database shows a task as still to do, with that content."""
    k = t.task.c
    found = await tx.scalar(
        sa.select(k.id).where(
            k.id == task_id, k.epoch == epoch, k.state.in_(("open", "claimed", "awaiting_signature"))
        )
    )
    return found is not None

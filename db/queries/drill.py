"""Db queries: what a drill's clock concerns - the runs under way and the next deadline."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.sweeps import OPEN_STATES
from db.queries.tasks import OPEN
from db.session import Reader


async def open_runs(tx: Reader) -> list[UUID]:
    """The runs that the engine has under way."""
    r = t.run.c
    rows = await tx.rows(
        sa.select(r.id).where(r.state.in_(OPEN_STATES), r.engine_started_at.is_not(None)).order_by(r.id)
    )
    return [row["id"] for row in rows]


async def next_due(tx: Reader) -> datetime | None:
    """The next deadline of an open task that still lies ahead."""
    k = t.task.c
    found: datetime | None = await tx.scalar(
        sa.select(sa.func.min(k.due_at)).where(k.state.in_(OPEN), k.due_at > sa.func.clock_now())
    )
    return found

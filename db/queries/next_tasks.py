"""Db queries: what is to do next in a run, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.tasks import is_open
from db.session import Reader


@dataclass(frozen=True)
class NextTask:
    """A task that is open now: its title and the post that it waits for, in both languages."""

    title_zh: str
    title_en: str
    post_zh: str
    post_en: str


async def of_run(tx: Reader, run_id: UUID, limit: int) -> list[NextTask]:
    """The open tasks of a run, those opened last first."""
    k, p = t.task.c, t.post.c
    rows = await tx.rows(
        sa.select(k.title_zh, k.title_en, p.name_zh.label("post_zh"), p.name_en.label("post_en"))
        .join(t.post, p.id == k.post_id)
        .where(k.run_id == run_id, is_open())
        .order_by(k.opened_at.desc(), k.id)
        .limit(limit)
    )
    return [NextTask(**row) for row in rows]


async def has_ended(tx: Reader, run_id: UUID) -> bool:
    """Whether the run is over."""
    state = await tx.scalar(sa.select(t.run.c.state).where(t.run.c.id == run_id))
    return state not in t.OPEN_STATES

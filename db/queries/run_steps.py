"""Db queries: the steps that a run went through - of people with who performed them, of the system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

MOST = 500


async def of_people(tx: Reader, run_id: UUID) -> list[Mapping[str, Any]]:
    """The tasks of a run with the names of their performers and what was entered last, oldest first."""
    k, s, v, p = t.task.c, t.submission.c, t.submission_verdict.c, t.person.c
    accepted = t.submission.join(t.submission_verdict, sa.and_(v.submission_id == s.id, v.accepted))
    names = (
        sa.select(sa.func.array_agg(p.name.distinct()))
        .select_from(accepted.join(t.person, p.id == s.actor_id))
        .where(s.task_id == k.id, s.kind.in_(("complete", "sign")))
        .scalar_subquery()
    )
    data = (
        sa.select(s.data)
        .select_from(accepted)
        .where(s.task_id == k.id, s.kind == "complete")
        .order_by(s.recorded_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = ("path", "title_zh", "title_en", "outcome", "opened_at", "claimed_at", "closed_at")
    query = sa.select(*(k[name] for name in columns), names.label("performers"), data.label("data"))
    rows = await tx.rows(
        query.where(k.run_id == run_id, k.kind != "notice").order_by(k.opened_at, k.id).limit(MOST)
    )
    return list(rows)


async def of_system(tx: Reader, workflow_id: str) -> list[Mapping[str, Any]]:
    """The actions and decisions of a run, oldest first."""
    c = t.effect.c
    query = sa.select(c.path, c.kind, c.action, c.result, c.recorded_at).where(
        c.workflow_id == workflow_id, c.kind.in_(("action", "decision"))
    )
    return list(await tx.rows(query.order_by(c.seq).limit(MOST)))

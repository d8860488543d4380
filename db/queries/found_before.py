"""Db queries: what was found line by line before a step - which lists, and which lines have a reason."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from db import tables as t
from db.queries.work_lists import current_result
from db.session import Reader
from domain.submissions import REOPENED


async def lists(tx: Reader, run_id: UUID, path: str, limit: int) -> list[UUID]:
    """The tasks of the finished lists that are not blind, of this and the enclosing scopes, the latest first.

    The last pass of each step alone.
    """
    k = t.task.c
    own_scope = sa.func.regexp_replace(k.path, "[^.]*$", "")
    last = (
        sa.select(k.id, k.closed_at)
        .ext(distinct_on(k.step_id))
        .where(
            k.run_id == run_id,
            k.state == "done",
            k.kind == "step",
            k.line_set_id.is_not(None),
            ~k.content["lines"].has_key("blind"),
            sa.func.starts_with(sa.literal(path), own_scope),
        )
        .order_by(k.step_id, k.closed_at.desc())
        .subquery()
    )
    rows = await tx.rows(sa.select(last.c.id).order_by(last.c.closed_at.desc()).limit(limit))
    return [row["id"] for row in rows]


async def with_a_reason(tx: Reader, task_id: UUID, limit: int) -> list[int]:
    """The numbers of the lines whose result was given with a reason, in their order."""
    r = t.line_result.c
    rows = await tx.rows(
        sa.select(r.line_no)
        .where(
            r.task_id == task_id,
            current_result(),
            r.outcome != REOPENED,
            sa.func.coalesce(r.data["reason"].astext, "") != "",
        )
        .order_by(r.line_no)
        .limit(limit)
    )
    return [row["line_no"] for row in rows]

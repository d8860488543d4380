"""Db queries: what the page of a run says beside its time line, in one statement: of the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import changeovers, superseded
from db.queries._one_statement import lists
from db.session import Reader
from domain.timeline_words import ACTS, EFFECTS

PASSES = r"#\d+(\[[^\]]*\])?(~\d+)?"
"""Which pass of a step it was, of which line: for the picture every pass is the same way."""


async def beside(
    tx: Reader, run_id: UUID, workflow_id: str, signatures: int, tasks: sa.Select[Any]
) -> Mapping[str, list[dict[str, Any]]]:
    """The first signatures, the ways that were gone, who acted, what posts are called; and these tasks.

    Also which versions were left, and the steps by which signatures are known that count no more.
    """
    return await lists(
        tx,
        {
            "tasks": tasks,
            "signatures": _signatures(run_id, signatures),
            "ways": _ways(run_id, workflow_id),
            "people": _people(run_id),
            "posts": sa.select(t.post.c.code, t.post.c.name_zh, t.post.c.name_en),
            "left": changeovers.left(run_id),
            "steps": superseded.steps(superseded.this(run_id)),
        },
    )


def _signatures(run_id: UUID, limit: int) -> sa.Select[Any]:
    s, g = t.submission.c, t.signature.c
    names = ("printed_name", "post_name_zh", "post_name_en", "meaning_zh", "meaning_en", "content_sha256")
    return (
        sa.select(*(g[name] for name in names), g.recorded_at, t.task.c.path)
        .select_from(
            t.submission.join(t.signature, g.id == s.signature_id).outerjoin(t.task, t.task.c.id == s.task_id)
        )
        .where(s.run_id == run_id)
        .order_by(s.recorded_at)
        .limit(limit)
    )


def _ways(run_id: UUID, workflow_id: str) -> sa.CompoundSelect[Any]:
    def way(path: Any) -> Any:
        return sa.func.regexp_replace(path, PASSES, "#1", "g").label("path")

    shown = t.effect.c.kind.in_(sorted(EFFECTS))
    return sa.union(
        sa.select(way(t.effect.c.path)).where(t.effect.c.workflow_id == workflow_id, shown),
        sa.select(way(t.task.c.path)).where(t.task.c.run_id == run_id),
    )


def _people(run_id: UUID) -> sa.Select[Any]:
    s, a, p = t.submission.c, t.audit_event.c, t.person.c
    acted = sa.or_(a.action.in_(sorted(ACTS)), a.refused)
    who = sa.union(
        sa.select(s.actor_id.label("id")).where(s.run_id == run_id),
        sa.select(a.actor_id).where(a.run_id == run_id, acted),
    ).subquery()
    return sa.select(p.id, p.name).join(who, who.c.id == p.id).order_by(p.name)

"""Db queries: what the page of a run says beside its time line, in one statement: of the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.timeline_words import ACTS, EFFECTS

PASSES = r"#\d+(\[[^\]]*\])?(~\d+)?"
"""Which pass of a step it was, of which line: for the picture every pass is the same way."""

TASK_INSTANTS = ("opened_at", "claimed_at", "closed_at")


async def beside(
    tx: Reader, run_id: UUID, workflow_id: str, signatures: int, tasks: sa.Select[Any]
) -> Mapping[str, Any]:
    """The first signatures, the ways that were gone, who acted, what posts are called; and these tasks."""
    found = await tx.one(
        sa.select(
            _list(tasks).label("tasks"),
            _list(_signatures(run_id, signatures)).label("signatures"),
            _list(_ways(run_id, workflow_id)).label("ways"),
            _list(_people(run_id)).label("people"),
            _list(sa.select(t.post.c.code, t.post.c.name_zh, t.post.c.name_en)).label("posts"),
        )
    )
    return {**found, "tasks": [_with_instants(row) for row in found["tasks"]]}


def _with_instants(row: Mapping[str, Any]) -> dict[str, Any]:
    """A task of JSON with the types of the table."""
    given = {name: row[name] for name in TASK_INSTANTS if row[name]}
    return {**row, **{name: datetime.fromisoformat(at) for name, at in given.items()}}


def _list(query: Any) -> sa.ScalarSelect[Any]:
    rows = query.subquery("one")
    every = sa.func.jsonb_agg(sa.func.to_jsonb(sa.literal_column("one")))
    none: Any = sa.literal_column("'[]'::jsonb")
    found = sa.func.coalesce(every, none, type_=t.submission.c.data.type)
    return sa.select(found).select_from(rows).scalar_subquery()


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

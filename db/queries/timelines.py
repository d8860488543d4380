"""Db queries: all rows of a run that its time line is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import changeovers, superseded
from db.session import Reader
from domain.outages import AT_ONCE
from domain.sop_definition import Text
from domain.timeline_entries import RunFacts
from domain.timeline_words import TASK_COMMANDS

MOST = 5000
"""Rows of a kind that a time line shows; a run of thousands of lines keeps its lines in line sets."""


async def facts(tx: Reader, run_id: UUID) -> RunFacts:
    """The run, its tasks, submissions with verdicts and signatures, effects and audit events."""
    run = await _run(tx, run_id)
    submissions = await _submissions(tx, run_id)
    return RunFacts(
        run=run,
        tasks=await _tasks(tx, run_id),
        submissions=submissions,
        chosen=await _chosen(tx, submissions),
        effects=await _effects(tx, run["workflow_id"]),
        audit=await _audit(tx, run_id),
        changeovers=await changeovers.left_by(tx, run_id),
        superseded=await superseded.of_run(tx, run_id),
    )


async def asked(tx: Reader, run_id: UUID) -> tuple[dict[str, datetime], set[str]]:
    """When something was submitted to the run, by its id; and what should have a verdict by now."""
    s, v = t.submission.c, t.submission_verdict.c
    unanswered = sa.and_(v.submission_id.is_(None), s.kind.in_(AT_ONCE))
    query = (
        sa.select(s.id, s.recorded_at, unanswered.label("unanswered"))
        .select_from(t.submission.outerjoin(t.submission_verdict, v.submission_id == s.id))
        .where(s.run_id == run_id)
        .order_by(s.recorded_at)
        .limit(MOST)
    )
    rows = await tx.rows(query)
    told = {str(row["id"]): row["recorded_at"] for row in rows}
    return told, {str(row["id"]) for row in rows if row["unanswered"]}


async def _run(tx: Reader, run_id: UUID) -> Mapping[str, Any]:
    r = t.run.c
    found = await tx.one_or_none(
        sa.select(
            *(r[name] for name in ("id", "workflow_id", "state", "outcome", "inputs", "sha256")),
            r.sop_version_id,
            r.started_at,
            r.ended_at,
            t.person.c.name.label("started_by_name"),
            t.sop.c.title_zh,
            t.sop.c.title_en,
            t.sop_version.c.version,
        )
        .select_from(
            t.run.join(t.person, t.person.c.id == r.started_by)
            .join(t.sop, t.sop.c.id == r.sop_id)
            .join(t.sop_version, t.sop_version.c.id == r.sop_version_id)
        )
        .where(r.id == run_id)
    )
    assert found is not None
    return found


async def _chosen(tx: Reader, submissions: list[Mapping[str, Any]]) -> dict[str, Text]:
    """The names of whom people have given tasks or asked to sign: persons by id, posts by code."""
    said = [row["data"] for row in submissions if row["kind"] in TASK_COMMANDS]
    persons = {UUID(data["person"]) for data in said if data.get("person")}
    posts = {data["post"] for data in said if data.get("post")}
    p, o = t.person.c, t.post.c
    found = {}
    if persons:
        rows = await tx.rows(sa.select(p.id, p.name).where(p.id.in_(persons)))
        found = {str(row["id"]): Text(zh=row["name"], en=row["name"]) for row in rows}
    if posts:
        rows = await tx.rows(sa.select(o.code, o.name_zh, o.name_en).where(o.code.in_(posts)))
        found |= {row["code"]: Text(zh=row["name_zh"], en=row["name_en"]) for row in rows}
    return found


async def _tasks(tx: Reader, run_id: UUID) -> list[Mapping[str, Any]]:
    k = t.task.c
    return list(
        await tx.rows(
            sa.select(k.path, k.step_id, k.title_zh, k.title_en)
            .where(k.run_id == run_id)
            .order_by(k.opened_at, k.id)
            .limit(MOST)
        )
    )


async def _submissions(tx: Reader, run_id: UUID) -> list[Mapping[str, Any]]:
    s, v, g = t.submission.c, t.submission_verdict.c, t.signature.c
    return list(
        await tx.rows(
            sa.select(
                *(s[name] for name in ("id", "kind", "outcome", "data", "lines", "reason")),
                s.recorded_at,
                s.signature_id,
                t.task.c.path,
                t.person.c.name.label("actor_name"),
                v.accepted,
                v.state,
                v.message_zh,
                v.message_en,
                *(g[name] for name in ("printed_name", "post_name_zh", "post_name_en")),
                *(g[name] for name in ("meaning_zh", "meaning_en", "content_sha256")),
                g.recorded_at.label("signed_at"),
            )
            .select_from(
                t.submission.join(t.person, t.person.c.id == s.actor_id)
                .outerjoin(t.task, t.task.c.id == s.task_id)
                .outerjoin(t.submission_verdict, v.submission_id == s.id)
                .outerjoin(t.signature, g.id == s.signature_id)
            )
            .where(s.run_id == run_id)
            .order_by(s.recorded_at)
            .limit(MOST)
        )
    )


async def _effects(tx: Reader, workflow_id: str) -> list[Mapping[str, Any]]:
    c = t.effect.c
    return list(
        await tx.rows(
            sa.select(c.path, c.seq, c.kind, c.action, c.result, c.undoes_path, c.recorded_at)
            .where(c.workflow_id == workflow_id)
            .order_by(c.seq)
            .limit(MOST)
        )
    )


async def _audit(tx: Reader, run_id: UUID) -> list[Mapping[str, Any]]:
    a = t.audit_event.c
    of_task = sa.cast(t.task.c.id, sa.Text) == a.object_id
    return list(
        await tx.rows(
            sa.select(
                *(a[name] for name in ("action", "actor_name", "object_id", "after", "reason")),
                a.refused,
                a.recorded_at,
                t.task.c.path,
            )
            .select_from(t.audit_event.outerjoin(t.task, sa.and_(t.task.c.run_id == run_id, of_task)))
            .where(a.run_id == run_id)
            .order_by(a.id)
            .limit(MOST)
        )
    )

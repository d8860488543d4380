"""Db queries: finished runs with everything that is recorded of them, for many runs in few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import submissions
from db.queries.submissions import SubmissionRow
from db.session import Reader

ENDED = ("completed", "cancelled")
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class PastFilter:
    """Which finished runs of a procedure; `sites` is the row scope (None: all), `until` is exclusive."""

    sop: str
    sites: Collection[UUID] | None = None
    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class PastRows:
    """The rows of some runs; lines and tasks name their run, effects its workflow."""

    runs: Rows
    effects: Rows
    submissions: Sequence[SubmissionRow]
    tasks: Rows
    lines: Rows


def _conditions(wanted: PastFilter) -> list[sa.ColumnElement[bool]]:
    r = t.run.c
    found = [t.sop.c.key == wanted.sop, r.state.in_(ENDED), r.ended_at.is_not(None)]
    if wanted.sites is not None:
        found.append(r.site_id.in_(list(wanted.sites)))
    if wanted.site:
        found.append(t.site.c.code == wanted.site)
    if wanted.since:
        found.append(r.ended_at >= wanted.since)
    if wanted.until:
        found.append(r.ended_at < wanted.until)
    return found


def _joined() -> sa.FromClause:
    r = t.run.c
    return t.run.join(t.sop, t.sop.c.id == r.sop_id).join(t.site, t.site.c.id == r.site_id)


async def chosen(tx: Reader, wanted: PastFilter, *, limit: int, after: UUID | None = None) -> list[UUID]:
    """The runs, those that were started last first; `after` is the last one that was had."""
    r = t.run.c
    query = sa.select(r.id).select_from(_joined()).where(*_conditions(wanted))
    if after is not None:
        query = query.where(r.id < after)  # ids are UUIDv7: ordered by when the run was started
    rows = await tx.rows(query.order_by(r.id.desc()).limit(limit))
    return [row["id"] for row in rows]


async def is_one(tx: Reader, wanted: PastFilter, run_id: UUID) -> bool:
    """Whether a run is among them."""
    query = sa.select(t.run.c.id).select_from(_joined()).where(*_conditions(wanted), t.run.c.id == run_id)
    return await tx.one_or_none(query) is not None


async def count(tx: Reader, wanted: PastFilter) -> int:
    """How many there are."""
    query = sa.select(sa.func.count()).select_from(_joined()).where(*_conditions(wanted))
    return int(await tx.scalar(query))


async def lines_of(tx: Reader, runs: Sequence[UUID]) -> dict[UUID, int]:
    """How many lines the line sets of these runs have; a run without any is left out."""
    c = t.line_set.c
    rows = await tx.rows(
        sa.select(c.run_id, sa.func.sum(c.count).label("lines")).where(c.run_id.in_(runs)).group_by(c.run_id)
    )
    return {row["run_id"]: int(row["lines"]) for row in rows}


async def read(tx: Reader, runs: Sequence[UUID]) -> PastRows:
    """All that is recorded of these runs."""
    r, e, k, n = t.run.c, t.effect.c, t.task.c, t.line.c
    of_effects = sa.select(r.workflow_id).where(r.id.in_(runs))
    return PastRows(
        runs=await tx.rows(_runs(runs)),
        effects=await tx.rows(
            sa.select(e.workflow_id, e.path, e.seq, e.kind, e.action, e.result, e.recorded_at)
            .where(e.workflow_id.in_(of_effects))
            .order_by(e.workflow_id, e.seq)
        ),
        submissions=await submissions.accepted_of(tx, runs),
        tasks=await tx.rows(
            sa.select(
                *(k[name] for name in ("run_id", "path", "state", "opened_at", "claimed_at", "closed_at"))
            ).where(k.run_id.in_(runs))
        ),
        lines=await tx.rows(
            sa.select(t.line_set.c.run_id, n.line_set_id, n.line_no, n.data)
            .join(t.line_set, t.line_set.c.id == n.line_set_id)
            .where(t.line_set.c.run_id.in_(runs))
            .order_by(n.line_set_id, n.line_no)
        ),
    )


def _runs(runs: Sequence[UUID]) -> sa.Select[Any]:
    r = t.run.c
    names = ("id", "workflow_id", "sop_version_id", "sha256", "inputs", "started_by", "mode", "state")
    return (
        sa.select(
            *(r[name] for name in (*names, "outcome", "started_at", "ended_at", "called_by", "call_path")),
            t.site.c.code.label("site"),
            t.site.c.time_zone,
            t.department.c.code.label("department"),
        )
        .select_from(_joined().outerjoin(t.department, t.department.c.id == r.department_id))
        .where(r.id.in_(runs))
    )


async def usual(tx: Reader, wanted: PastFilter, *, most: int) -> Rows:
    """By step the medians over the last runs: seconds from opening, and from claiming, to the end."""
    r, k = t.run.c, t.task.c
    runs = (
        sa.select(r.id)
        .select_from(_joined())
        .where(*_conditions(wanted))
        .order_by(r.id.desc())
        .limit(most)
        .subquery()
    )
    seconds = [sa.extract("epoch", k.closed_at - since) for since in (k.opened_at, k.claimed_at)]
    middle = [sa.func.percentile_cont(0.5).within_group(one) for one in seconds]
    return await tx.rows(
        sa.select(k.step_id, middle[0].label("lasted"), middle[1].label("hands"))
        .join(runs, runs.c.id == k.run_id)
        .where(k.kind == "step", k.state == "done", k.closed_at.is_not(None))
        .group_by(k.step_id)
    )


async def named(tx: Reader, runs: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """What lists show of these runs: their object, site, and when they ended."""
    r = t.run.c
    rows = await tx.rows(
        sa.select(
            *(r[name] for name in ("id", "site_id", "summary_zh", "summary_en", "ended_at")),
            t.site.c.code.label("site"),
        )
        .select_from(_joined())
        .where(r.id.in_(list(runs)))
    )
    return {row["id"]: row for row in rows}

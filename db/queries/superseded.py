"""Db queries: which signatures of runs are over work that was sent back afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.superseded import Done, SentBack, Superseded, superseded

if TYPE_CHECKING:
    from db.session import Reader

PERFORMED = ("task", "action", "chunk", "decision", "notify", "wait", "call")
"""Kinds of effects by which a run shows that it came to a step."""


async def of_runs(tx: Reader, runs: sa.Select[tuple[UUID]]) -> Mapping[tuple[UUID, str], Superseded]:
    """Run and path of a task -> what became of its signatures.

    One statement, and no row of a run in which nothing was sent back.
    """
    return _found(await tx.rows(steps(runs)))


def _found(rows: Sequence[Mapping[str, Any]]) -> Mapping[tuple[UUID, str], Superseded]:
    done: dict[UUID, list[Done]] = defaultdict(list)
    backs: dict[UUID, list[SentBack]] = defaultdict(list)
    for row in rows:
        if row["kind"] == "command":
            to, task = row["data"]["to"], row["data"].get("task")
            backs[row["run_id"]].append(SentBack(row["seq"], row["recorded_at"], to, task))
        else:
            task = row["kind"] == "task"
            done[row["run_id"]].append(Done(row["seq"], row["path"], task, row["closed_at"]))
    return {(run, path): one for run in backs for path, one in superseded(done[run], backs[run]).items()}


async def of_run(tx: Reader, run_id: UUID) -> Mapping[str, Superseded]:
    """The same of one run, by path."""
    return of_steps(await tx.rows(steps(this(run_id))))


def of_steps(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Superseded]:
    """The same, told from the `steps` of one run."""
    return {path: one for (_, path), one in _found(rows).items()}


def this(run_id: UUID) -> sa.Select[tuple[UUID]]:
    return sa.select(t.run.c.id).where(t.run.c.id == run_id)


async def of_signatures(tx: Reader, ids: Collection[UUID]) -> Mapping[UUID, Superseded]:
    """Signature -> what became of it, of those that count no more."""
    g, k = t.signature.c, t.task.c
    found = await of_runs(tx, sa.select(g.run_id).where(g.id.in_(ids), g.run_id.is_not(None)))
    if not found:
        return {}
    query = sa.select(g.id, k.run_id, k.path).join(t.task, k.id == g.task_id).where(g.id.in_(ids))
    signed = [(row["id"], (row["run_id"], row["path"])) for row in await tx.rows(query)]
    return {one: found[of] for one, of in signed if of in found}


def steps(runs: sa.Select[tuple[UUID]]) -> sa.Select[Any]:
    """What the runs came to and where they were sent back, of runs that were."""
    e, r, s, v, k = t.effect.c, t.run.c, t.submission.c, t.submission_verdict.c, t.task.c
    back = sa.and_(s.run_id == r.id, s.kind == "send_back")
    accepted = sa.exists().where(v.submission_id == s.id, v.accepted)
    went_back = sa.exists().where(back, accepted).correlate(t.run)
    command = sa.and_(e.kind == "command", back, sa.cast(s.id, sa.Text) == e.result["submission"].astext)
    task = sa.and_(e.kind == "task", k.run_id == r.id, k.path == e.path)
    return (
        sa.select(r.id.label("run_id"), e.seq, e.kind, e.path, e.recorded_at, s.data, _over())
        .select_from(
            t.run.join(t.effect, e.workflow_id == r.workflow_id)
            .outerjoin(t.submission, command)
            .outerjoin(t.task, task)
        )
        .where(r.id.in_(runs), went_back, sa.or_(e.kind.in_(PERFORMED), s.id.is_not(None)))
        .order_by(e.seq)
    )


def _over() -> sa.ColumnElement[Any]:
    """When people had done a task; none of one that was withdrawn."""
    k = t.task.c
    return sa.case((k.state == "done", k.closed_at)).label("closed_at")

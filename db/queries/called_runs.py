"""Db queries: runs that another run has called - how they stand, who performed in them, what is owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

INSIDE = (".", "[", "@", "~")
"""What follows a step's own path in the paths of what happened inside it."""


def below(path: sa.ColumnElement[str], prefixes: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a path is one of the steps' own, or inside one; everything is below the empty prefix."""
    return sa.or_(
        *(
            sa.or_(path == prefix, *(sa.func.starts_with(path, prefix + inside) for inside in INSIDE))
            if prefix
            else sa.true()
            for prefix in prefixes
        )
    )


@dataclass(frozen=True)
class Standing:
    """How the runs of some calls stand: so many open, the others by outcome."""

    open: int
    outcomes: dict[str, int]


async def standing(tx: Reader, caller: UUID, paths: Sequence[str]) -> Standing:
    """How the runs called at these paths stand."""
    r = t.run.c
    outcome = sa.case((r.state.in_(t.OPEN_STATES), None), else_=sa.func.coalesce(r.outcome, r.state))
    rows = await tx.rows(
        sa.select(outcome.label("outcome"), sa.func.count().label("runs"))
        .where(r.called_by == caller, r.call_path.in_(paths))
        .group_by(sa.text("1"))
        .order_by(sa.text("1"))
    )
    found = {row["outcome"]: row["runs"] for row in rows}
    return Standing(found.pop(None, 0), found)


async def performers(tx: Reader, caller: UUID, paths: Sequence[str]) -> list[UUID]:
    """Everybody who performed a step in the runs called at these paths, or in what those called."""
    p, k = t.task_performer.c, t.task.c
    tree = _tree(sa.and_(t.run.c.called_by == caller, t.run.c.call_path.in_(paths)))
    rows = await tx.rows(
        sa.select(p.person_id)
        .join(t.task, k.id == p.task_id)
        .where(p.run_id.in_(sa.select(tree.c.id)), k.kind == "step")
        .distinct()
        .order_by(p.person_id)
    )
    return [row["person_id"] for row in rows]


def _tree(first: sa.ColumnElement[bool]) -> sa.CTE:
    """Runs and all that they have called, however deep, with their path as seen from the first caller."""
    r, inner = t.run.c, t.run.alias("inner_run").c
    tree = sa.select(r.id, _label(r).label("label")).where(first).cte("tree", recursive=True)
    return tree.union_all(
        sa.select(inner.id, tree.c.label + "/" + _label(inner)).where(inner.called_by == tree.c.id)
    )


def _label(r: Any) -> sa.ColumnElement[str]:
    """The path of a call with the line that it is for: `errands#1[17]`."""
    line = sa.func.coalesce("[" + sa.cast(r.called_line, sa.Text) + "]", "")
    return r.call_path + line  # type: ignore[no-any-return]


@dataclass(frozen=True)
class OpenCall:
    """An open run that was called, and whether somebody's cancel is on its way to it (or was accepted)."""

    id: UUID
    state: str
    held_by_caller: bool
    cancelling: bool


async def open_below(
    tx: Reader, caller: UUID, prefixes: Sequence[str], *, awaited: bool = False
) -> list[OpenCall]:
    """The open runs that were called below these prefixes, the oldest first."""
    r, s, v = t.run.c, t.submission.c, t.submission_verdict.c
    refused = sa.exists().where(v.submission_id == s.id, v.accepted.is_(False)).correlate(t.submission)
    cancelling = sa.exists().where(s.run_id == r.id, s.kind == "cancel", ~refused).correlate(t.run)
    query = sa.select(r.id, r.state, r.held_by_caller, cancelling.label("cancelling")).where(
        r.called_by == caller, r.state.in_(t.OPEN_STATES), below(r.call_path, prefixes)
    )
    if awaited:
        query = query.where(r.awaited)
    return [OpenCall(**row) for row in await tx.rows(query.order_by(r.id))]


async def left_standing(tx: Reader, caller: UUID, prefixes: Sequence[str]) -> list[str]:
    """What cancelling the runs below these prefixes could not undo, by its path as the caller sees it.

    That is what they say themselves, and detached runs that had ended before anybody cancelled.
    """
    r, e = t.run.c, t.effect.c
    rows = await tx.rows(
        sa.select(_label(r).label("label"), r.state, r.awaited, e.result["not_undone"].label("left"))
        .outerjoin(t.effect, sa.and_(e.workflow_id == r.workflow_id, e.kind == "end"))
        .where(r.called_by == caller, ~r.state.in_(t.OPEN_STATES), below(r.call_path, prefixes))
        .order_by(r.id)
    )
    found: list[str] = []
    for row in rows:
        if row["state"] == "cancelled":
            found += [f"{row['label']}/{path}" for path in row["left"] or ()]
        elif not row["awaited"]:
            found.append(row["label"])
    return found


@dataclass(frozen=True)
class EndedCall:
    """A run in the tree of calls that has completed, with its path as its first caller sees it."""

    id: UUID
    workflow_id: str
    label: str


async def completed_below(tx: Reader, caller: UUID, prefixes: Sequence[str]) -> list[EndedCall]:
    """Awaited runs called below these prefixes that have completed, and all that they have called."""
    r = t.run.c
    tree = _tree(
        sa.and_(r.called_by == caller, r.awaited, r.state == "completed", below(r.call_path, prefixes))
    )
    rows = await tx.rows(
        sa.select(r.id, r.workflow_id, tree.c.label)
        .join(tree, tree.c.id == r.id)
        .where(r.awaited, r.state == "completed")
    )
    return [EndedCall(**row) for row in rows]


async def to_start(tx: Reader, caller: UUID) -> list[UUID]:
    """The runs that a run has called and that the engine has not been given yet."""
    r = t.run.c
    rows = await tx.rows(
        sa.select(r.id)
        .where(r.called_by == caller, r.engine_started_at.is_(None), r.state.in_(t.OPEN_STATES))
        .order_by(r.id)
    )
    return [row["id"] for row in rows]


async def orders_owed(tx: Reader, caller: UUID) -> list[tuple[UUID, UUID]]:
    """Commands without verdict to the runs that a run has called: run and submission, in their order."""
    r, s, v = t.run.c, t.submission.c, t.submission_verdict.c
    rows = await tx.rows(
        sa.select(s.run_id, s.id)
        .join(t.run, r.id == s.run_id)
        .where(
            r.called_by == caller,
            s.task_id.is_(None),
            ~sa.exists().where(v.submission_id == s.id).correlate(t.submission),
        )
        .order_by(s.recorded_at, s.id)
    )
    return [(row["run_id"], row["id"]) for row in rows]


_SIBLING = t.run.alias("sibling")


def _last(r: Any) -> sa.ColumnElement[bool]:
    """Whether no run of the same call is open."""
    s = _SIBLING.c
    return ~sa.exists().where(
        s.called_by == r.called_by, s.call_path == r.call_path, s.state.in_(t.OPEN_STATES)
    )


async def to_tell(tx: Reader, run: UUID) -> tuple[UUID, str] | None:
    """Who is told that this run has ended, and of which call; None when nobody waits or others are open."""
    r = t.run.c
    row = await tx.one_or_none(
        sa.select(r.called_by, r.call_path).where(
            r.id == run, r.awaited, r.reported_at.is_(None), ~r.state.in_(t.OPEN_STATES), _last(r)
        )
    )
    return (row["called_by"], row["call_path"]) if row else None


async def word_owed(tx: Reader, older_than_s: float) -> list[tuple[UUID, str]]:
    """Calls whose runs have all ended for so long, and whose open caller does not seem to know."""
    r, caller = t.run.c, t.run.alias("caller")
    age = sa.func.make_interval(0, 0, 0, 0, 0, 0, older_than_s)
    rows = await tx.rows(
        sa.select(r.called_by, r.call_path)
        .join(caller, caller.c.id == r.called_by)
        .where(
            r.awaited,
            r.reported_at.is_(None),
            ~r.state.in_(t.OPEN_STATES),
            caller.c.state.in_(("running", "incident")),
            _last(r),
        )
        .group_by(r.called_by, r.call_path)
        .having(sa.func.max(r.ended_at) < sa.select(sa.func.clock_now()).scalar_subquery() - age)
    )
    return [(row["called_by"], row["call_path"]) for row in rows]


async def still_open(tx: Reader, caller: UUID, path: str) -> bool:
    """Whether a run called at the path (empty: anywhere) is open."""
    r = t.run.c
    wanted = sa.exists().where(r.called_by == caller, r.state.in_(t.OPEN_STATES))
    found = await tx.scalar(sa.select(wanted.where(r.call_path == path) if path else wanted))
    return bool(found)


async def separations(tx: Reader, run: UUID) -> list[Mapping[str, Any]]:
    """What keeps the performers of a run apart from those of others: other run, step, line."""
    c = t.run_separation.c
    return list(await tx.rows(sa.select(c.other_id, c.step_id, c.line_scope).where(c.run_id == run)))


async def barred(tx: Reader, runs: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Who may perform nothing in these runs, because of what they have done in those that called them."""
    c, p = t.run_separation.c, t.task_performer.c
    rows = await tx.rows(
        sa.select(c.run_id, p.person_id)
        .join(t.task_performer, sa.and_(p.run_id == c.other_id, p.step_id == c.step_id))
        .where(c.run_id.in_(runs), same_line(c.line_scope, p.path))
        .distinct()
        .order_by(p.person_id)
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(str(row["person_id"]))
    return found


def same_line(scope: sa.ColumnElement[Any], path: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a path is in the line of a for_each that a scope names (null: in no line), or around it."""
    return sa.or_(
        scope.is_(None),
        sa.func.starts_with(path, line_of(scope)),
        sa.func.starts_with(scope, line_of(path)),
    )


def line_of(path: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A path up to its innermost line: `each#1[17].split#1.left.` is of `each#1[17]`."""
    return sa.func.regexp_replace(path, r"[^\]]*$", "")

"""Db queries: the lines of a work list with their current result and scans, and its totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.kept import Kept
from db.queries.tasks import TaskAct
from db.session import Reader
from domain.submissions import REOPENED


@dataclass(frozen=True)
class LineView:
    """One line as its performer may see it, with its current result and the quantity scanned."""

    line: int
    key: str
    data: Mapping[str, Any]
    outcome: str | None
    result: Mapping[str, Any] | None
    result_id: UUID | None
    result_by: str | None
    result_at: datetime | None
    scanned: int
    material_en: str | None
    """The English name of the line's goods, as it is now; the line itself keeps the registered one."""


@dataclass(frozen=True)
class Totals:
    """How far a work list is: its lines, those with a result, lines scanned and the quantity scanned."""

    lines: int
    done: int
    scanned_lines: int
    scanned_quantity: int


MATCHED, UNDO = sa.literal_column("'matched'", sa.Text), sa.literal_column("'undo'", sa.Text)
"""Spelled out as the indexes of scans have them: a plan made once for all values can use these."""


def stands() -> sa.ColumnElement[bool]:
    """Whether a scan is a match that was not undone; both are of the same task."""
    undo = t.scan.alias("undo")
    undone = sa.exists().where(
        undo.c.undoes_id == t.scan.c.id, undo.c.task_id == t.scan.c.task_id, undo.c.verdict == UNDO
    )
    return sa.and_(t.scan.c.verdict == MATCHED, ~undone)


def scanned_quantity(
    task_id: UUID | sa.ColumnElement[UUID], line_no: sa.ColumnElement[int]
) -> sa.ScalarSelect[int]:
    """The quantity of a line that was scanned in this task and not undone, in base units."""
    s = t.scan.c
    return (
        sa.select(sa.cast(sa.func.coalesce(sa.func.sum(s.quantity), 0), sa.BigInteger))
        .where(s.task_id == task_id, s.line_no == line_no, stands())
        .correlate(t.line)
        .scalar_subquery()
    )


def current_result() -> sa.ColumnElement[bool]:
    """Whether a line result is not superseded."""
    newer = t.line_result.alias("newer")
    return ~sa.exists().where(newer.c.supersedes_id == t.line_result.c.id)


async def lines(
    tx: Reader,
    task: TaskAct,
    *,
    after: int,
    limit: int,
    only_open: bool,
    numbers: Sequence[int] | None = None,
) -> tuple[list[LineView], int | None]:
    """The next lines after a number and where the page after begins (None: that was the last)."""
    c, r = t.line.c, t.line_result.c
    result = (
        sa.select(r.id, r.line_no, r.outcome, r.data, r.actor_id, r.occurred_at)
        .where(r.task_id == task.id, current_result(), r.outcome != REOPENED)
        .subquery("result")
    )
    query = (
        sa.select(
            c.line_no.label("line"),
            c.key,
            c.data,
            result.c.outcome,
            result.c.data.label("result"),
            result.c.id.label("result_id"),
            t.person.c.name.label("result_by"),
            result.c.occurred_at.label("result_at"),
            scanned_quantity(task.id, c.line_no).label("scanned"),
            t.material.c.name_en.label("material_en"),
        )
        .select_from(
            t.line.outerjoin(result, result.c.line_no == c.line_no)
            .outerjoin(t.person, t.person.c.id == result.c.actor_id)
            .outerjoin(t.material, t.material.c.code == c.data["material"].astext)
        )
        .where(c.line_set_id == task.line_set_id, c.line_no > after)
    )
    if only_open:
        query = query.where(result.c.id.is_(None))
    if numbers is not None:
        query = query.where(c.line_no.in_(list(numbers)))
    rows = await tx.rows(query.order_by(c.line_no).limit(limit + 1))
    reveal = task.content["lines"]["reveal"]
    views = [LineView(**{**row, "data": revealed(row["data"], reveal)}) for row in rows[:limit]]
    return views, views[-1].line if len(rows) > limit else None


def revealed(data: Mapping[str, Any], reveal: Sequence[str] | None) -> Mapping[str, Any]:
    """The columns that the performer may see; a blind count never sends the expected quantity."""
    if reveal is None:
        return data
    return {name: value for name, value in data.items() if name in reveal}


async def totals(tx: Reader, task: TaskAct) -> Totals:
    """How far the work is, in one statement that reads each line once."""
    return totals_of(task, await tx.one(_totals(), {"task": task.id}))


def totals_of(task: TaskAct, row: Mapping[str, Any]) -> Totals:
    """The totals from the columns of `done_lines` and `sums_by_line`."""
    return Totals(task.content["lines"]["count"], row["done"], row["lines"], row["quantity"])


@cache
def _totals() -> Kept:
    s, task_id = t.scan.c, sa.bindparam("task", type_=sa.Uuid)
    counted = sa.select(s.line_no, s.quantity).where(s.task_id == task_id, s.line_no.is_not(None), stands())
    lines, quantity, by_line = sums_by_line(counted)
    return Kept(sa.select(done_lines(task_id).label("done"), lines, quantity).select_from(by_line))


def done_lines(task_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[int]:
    """How many lines of a task have a result.

    A line has exactly one result that supersedes no other, its first; a reopened one has none again.
    """
    r = t.line_result.c
    first = (
        sa.select(sa.func.count()).where(r.task_id == task_id, r.supersedes_id.is_(None)).scalar_subquery()
    )
    again = (
        sa.select(sa.func.count())
        .where(r.task_id == task_id, r.outcome == REOPENED, current_result())
        .scalar_subquery()
    )
    return first - again


def sums_by_line(
    counted: sa.SelectBase,
) -> tuple[sa.Label[int], sa.Label[int], sa.Subquery]:
    """Of rows of (line_no, quantity): how many lines, the quantity of all, and what both are read from."""
    c = counted.subquery("counted").c
    by_line = sa.select(sa.func.sum(c.quantity).label("quantity")).group_by(c.line_no).subquery("by_line")
    quantity = sa.cast(sa.func.coalesce(sa.func.sum(by_line.c.quantity), 0), sa.BigInteger)
    return sa.func.count().label("lines"), quantity.label("quantity"), by_line

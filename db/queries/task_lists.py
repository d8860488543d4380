"""Db queries: task lists - by row scope, overdue first, with the counts of an inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.kept import Kept
from db.queries import tasks
from db.queries._paging import Page, cursor_of, position_of
from db.queries.code_names import names_line, names_package, of_run
from db.queries.task_scope import TaskFilter, claimable, mine, visible
from db.session import Reader
from domain.scan_matching import Scanned

LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "no deadline" in the order of lists."""
INBOXES = 128
"""Statements kept: an inbox is looked at again and again, and making the statement costs more than it."""


@dataclass(frozen=True)
class TaskRow:
    """A task as lists show it."""

    id: UUID
    run_id: UUID
    path: str
    step_id: str
    kind: str
    state: str
    epoch: int
    title_zh: str
    title_en: str
    object: str
    object_en: str
    sop: str
    sop_title_zh: str
    sop_title_en: str
    post: str
    post_zh: str
    post_en: str
    site: str
    site_zh: str
    site_en: str
    time_zone: str
    assignee_id: UUID | None
    assignee: str | None
    opened_at: datetime
    due_at: datetime | None
    overdue: bool
    escalated: bool
    closed_at: datetime | None
    outcome: str | None
    line_count: int | None
    missing_signatures: list[dict[str, Any]]
    run_state: str


def _columns() -> list[Any]:
    k = t.task.c
    names = ("id", "run_id", "path", "step_id", "kind", "state", "epoch", "title_zh", "title_en", "object")
    return [
        *(k[name] for name in names),
        t.run.c.summary_en.label("object_en"),
        t.sop.c.key.label("sop"),
        t.sop.c.title_zh.label("sop_title_zh"),
        t.sop.c.title_en.label("sop_title_en"),
        t.post.c.code.label("post"),
        t.post.c.name_zh.label("post_zh"),
        t.post.c.name_en.label("post_en"),
        t.site.c.code.label("site"),
        t.site.c.name_zh.label("site_zh"),
        t.site.c.name_en.label("site_en"),
        t.site.c.time_zone,
        k.assignee_id,
        tasks.ASSIGNEE.c.name.label("assignee"),
        k.opened_at,
        k.due_at,
        sa.func.coalesce(sa.and_(k.due_at < sa.func.clock_now(), tasks.is_open()), False).label("overdue"),
        k.escalated_at.is_not(None).label("escalated"),
        k.closed_at,
        k.outcome,
        sa.cast(k.content["lines"]["count"].astext, sa.Integer).label("line_count"),
        sa.func.coalesce(k.result["missing_signatures"], sa.text("'[]'::jsonb")).label("missing_signatures"),
        t.run.c.state.label("run_state"),
    ]


def _due() -> sa.ColumnElement[Any]:
    return sa.func.coalesce(t.task.c.due_at, sa.literal(LATEST, sa.DateTime(timezone=True)))


def _conditions(wanted: TaskFilter) -> list[sa.ColumnElement[bool]]:
    k = t.task.c
    found = [visible(wanted)]
    if wanted.assignee == "me":
        found.append(mine(wanted) if wanted.state is None else k.assignee_id == wanted.person_id)
    elif wanted.assignee == "none":
        found.append(k.assignee_id.is_(None))
    if wanted.claimable is True:
        found.append(claimable(wanted))
    elif wanted.claimable is False:
        found.append(claimable(wanted).is_not(sa.true()))  # null is no
    if wanted.state:
        found.append(k.state == wanted.state)
    elif wanted.run_id is None:
        found.append(tasks.is_open())
    if wanted.site:
        found.append(t.site.c.code == wanted.site)
    if wanted.run_id:
        found.append(k.run_id == wanted.run_id)
    if wanted.text:
        like = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found.append(sa.or_(k.title_zh.ilike(like), k.title_en.ilike(like), k.object.ilike(like)))
    return found


async def page(tx: Reader, wanted: TaskFilter, *, after: str | None, limit: int) -> Page[TaskRow]:
    """A page of tasks, the earliest deadline (so: the overdue) first."""
    position = {}
    if after is not None:
        position = dict(zip(("due", "task"), position_of(after, datetime, UUID), strict=True))
    again = wanted.run_id is None and wanted.text is None  # else hardly anybody asks for the same again
    statement = (_kept_page if again else listed)(wanted, continued=after is not None)
    rows = await tx.rows(statement, {"limit": limit + 1, **position})
    items = [TaskRow(**row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return Page(items, cursor_of(last.due_at or LATEST, last.id) if last else None)


@lru_cache(maxsize=INBOXES)
def _kept_page(wanted: TaskFilter, *, continued: bool) -> Kept:
    return Kept(listed(wanted, continued=continued))


def listed(wanted: TaskFilter, *, continued: bool = False) -> sa.Select[Any]:
    k = t.task.c
    query = sa.select(*_columns()).select_from(tasks.joined()).where(*_conditions(wanted))
    if continued:
        position = sa.bindparam("due", type_=sa.DateTime(timezone=True)), sa.bindparam("task", type_=sa.Uuid)
        query = query.where(sa.tuple_(_due(), k.id) > sa.tuple_(*position))
    return query.order_by(_due(), k.id).limit(sa.bindparam("limit", type_=sa.Integer))


async def counts(tx: Reader, wanted: TaskFilter) -> Mapping[str, int]:
    """How many tasks are mine, claimable and, of both, overdue."""
    return dict(await tx.one(_counts(wanted)))


@lru_cache(maxsize=INBOXES)
def _counts(wanted: TaskFilter) -> Kept:
    k = t.task.c
    own, free = mine(wanted), claimable(wanted)
    late = k.due_at < sa.func.clock_now()
    return Kept(
        sa.select(
            sa.func.count().filter(own).label("mine"),
            sa.func.count().filter(free).label("claimable"),
            sa.func.count().filter(sa.and_(late, sa.or_(own, free))).label("overdue"),
        )
        .select_from(tasks.joined())
        .where(tasks.is_open(), visible(wanted))
    )


async def of_code(tx: Reader, wanted: TaskFilter, scanned: Scanned) -> UUID | None:
    """The open task that a scanned code names: what the person may do, own first, then the rest.

    A code may name a run, an object, a document, goods, a place or a piece of a work list, or a package;
    goods that a run is about come after those that a list names.
    """
    k, line, d = t.task.c, t.line.c, t.document.c
    own = mine(wanted)
    may = sa.or_(own, claimable(wanted))  # null where no post was escalated to, and nulls come first
    named = sa.or_(
        t.run.c.business_key == scanned.raw,
        k.object == scanned.raw,
        sa.exists().where(d.number == scanned.raw, d.run_id == k.run_id),
        sa.exists().where(line.line_set_id == k.line_set_id, names_line(scanned)),
        names_package(scanned.sscc or scanned.serial or scanned.raw),
    )
    found: UUID | None = await tx.scalar(
        sa.select(k.id)
        .select_from(tasks.joined())
        .where(tasks.is_open(), visible(wanted), sa.or_(named, of_run(scanned)))
        .order_by(*(sa.func.coalesce(one, sa.false()).desc() for one in (may, named, own)), _due(), k.id)
        .limit(1)
    )
    return found

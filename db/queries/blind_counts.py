"""Db queries: blind lists - which are open, whose posts they are, and the positions on their sheets.

A task's content names the posts of all blind lists of its procedure (`lines.blind`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from db.session import Reader

_OPEN = ("open", "claimed", "awaiting_signature")
Held = Sequence[tuple[str, UUID | None]]
"""Posts by code with the site at which each is held (None: all)."""


def _posts(task: Any) -> sa.ColumnElement[Any]:
    """Written as the index has it (`ix_task_blind`)."""
    lines = task.c.content.op("->", return_type=JSONB)(sa.literal_column("'lines'"))
    posts: sa.ColumnElement[Any] = lines.op("->", return_type=JSONB)(sa.literal_column("'blind'"))
    return posts


def posts_of_run() -> sa.ScalarSelect[Any]:
    """The posts of a run's blind lists, correlated with the task; null where it has none."""
    blind = t.task.alias("blind")
    return (
        sa.select(_posts(blind))
        .where(blind.c.run_id == t.task.c.run_id, _posts(blind).is_not(None))
        .limit(1)
        .correlate(t.task)
        .scalar_subquery()
    )


def _may_count(held: Held) -> sa.ColumnElement[bool]:
    k = t.task.c
    return sa.or_(
        sa.false(),
        *(
            sa.and_(
                _posts(t.task).op("?", return_type=sa.Boolean)(sa.literal(post)),
                sa.true() if site is None else k.site_id == site,
            )
            for post, site in held
        ),
    )


async def hides(tx: Reader, run_id: UUID, site_id: UUID, held: Held) -> bool:
    """Whether the run, or its site just now, has a blind list for these posts."""
    found: bool = await tx.scalar(sa.select(sa.or_(_blinds_run(run_id, held), _counts_at(site_id, held))))
    return found


async def blinds_run(tx: Reader, run_id: UUID, held: Held) -> bool:
    """Whether the run is open and has a blind list that somebody with these posts may do."""
    found: bool = await tx.scalar(sa.select(_blinds_run(run_id, held)))
    return found


async def counts_at(tx: Reader, site_id: UUID, held: Held) -> bool:
    """Whether a blind list is open at the site whose procedure has a blind list for these posts."""
    found: bool = await tx.scalar(sa.select(_counts_at(site_id, held)))
    return found


def _blinds_run(run_id: UUID, held: Held) -> sa.ColumnElement[bool]:
    return sa.exists().where(t.run.c.id == run_id, *_open_and_blind(held))


def _open_and_blind(held: Held) -> tuple[sa.ColumnElement[bool], ...]:
    k, r = t.task.c, t.run.c
    return (
        r.state.in_(t.OPEN_STATES),
        k.run_id == r.id,
        _posts(t.task).is_not(None),
        _may_count(held),
    )


def hides_run(held: Held) -> sa.ColumnElement[bool]:
    """The same as `hides`, of the run of a statement that reads runs."""
    if not held:
        return sa.false()
    return sa.or_(sa.exists().where(*_open_and_blind(held)), _counts_at(t.run.c.site_id, held))


def _counts_at(site_id: UUID | sa.ColumnElement[UUID], held: Held) -> sa.ColumnElement[bool]:
    k = t.task.c
    return sa.exists().where(
        k.site_id == site_id, k.state.in_(_OPEN), _posts(t.task).is_not(None), _may_count(held)
    )


async def open_sheets(tx: Reader, held: Held) -> list[UUID]:
    """The line sets of all open blind lists whose procedures have a blind list for these posts."""
    k = t.task.c
    rows = await tx.rows(
        sa.select(k.line_set_id).where(
            k.state.in_(_OPEN), k.line_set_id.is_not(None), _posts(t.task).is_not(None), _may_count(held)
        )
    )
    return [row["line_set_id"] for row in rows]


def on_sheet(sheets: Collection[UUID], c: Any) -> sa.ColumnElement[bool]:
    """Whether a position of `c` is on one of the sheets, or was added to it."""
    key = sa.func.concat_ws(":", c.location_id, c.batch_id, c.status, c.owner_id)
    known = sa.bindparam(None, list(sheets), sa.ARRAY(sa.Uuid), unique=True)
    return sa.or_(
        *(
            sa.exists().where(table.c.line_set_id == sa.any_(known), table.c.key == key)
            for table in (t.line, t.added_line)
        )
    )

"""Db queries: lines that were added to a work list, with who found them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.work_lists import revealed
from db.session import Reader


@dataclass(frozen=True)
class AddedLine:
    """A line that stands beside the list, as its performer may see it, with what was entered."""

    id: UUID
    line: int
    data: Mapping[str, Any]
    answer: Mapping[str, Any]
    added_by: str
    added_at: datetime


async def added_lines(
    tx: Reader, task_id: UUID, reveal: Sequence[str] | None, *, only: UUID | None = None
) -> list[AddedLine]:
    """The added lines of a task that were not corrected since, in order; or the one with an id."""
    a, newer = t.added_line.c, t.added_line.alias("newer")
    query = (
        sa.select(
            a.id,
            a.line_no.label("line"),
            a.data,
            a.answer,
            t.person.c.name.label("added_by"),
            a.occurred_at.label("added_at"),
        )
        .join(t.person, t.person.c.id == a.actor_id)
        .where(a.task_id == task_id)
        .order_by(a.line_no)
    )
    if only is None:
        query = query.where(~sa.exists().where(newer.c.supersedes_id == a.id))
    else:
        query = query.where(a.id == only)
    rows = await tx.rows(query)
    return [AddedLine(**{**row, "data": revealed(row["data"], reveal)}) for row in rows]


async def by_id(tx: Reader, added_id: UUID) -> Mapping[str, Any] | None:
    """An added line by the id that the device gave it."""
    a = t.added_line.c
    return await tx.one_or_none(sa.select(a.id, a.task_id, a.actor_id).where(a.id == added_id))


async def standing_of(tx: Reader, task_id: UUID, key: str) -> Mapping[str, Any] | None:
    """The line that stands for the goods that a key names."""
    a, newer = t.added_line.c, t.added_line.alias("newer")
    return await tx.one_or_none(
        sa.select(a.id, a.line_no).where(
            a.task_id == task_id, a.key == key, ~sa.exists().where(newer.c.supersedes_id == a.id)
        )
    )


async def on_list(tx: Reader, line_set_id: UUID, location_id: UUID, batch_id: UUID) -> int | None:
    """The number of the list's line for a batch at a place, whatever its state there."""
    c = t.line.c
    found: int | None = await tx.scalar(
        sa.select(c.line_no)
        .where(
            c.line_set_id == line_set_id,
            sa.func.starts_with(c.key, f"{location_id}:{batch_id}:"),
        )
        .order_by(c.line_no)
        .limit(1)
    )
    return found


async def next_number(tx: Reader, task_id: UUID, line_set_id: UUID) -> int:
    """The number after the last line of a list and of what was added to it."""
    a, c = t.added_line.c, t.line.c
    last = sa.func.greatest(
        sa.select(sa.func.coalesce(sa.func.max(c.line_no), 0))
        .where(c.line_set_id == line_set_id)
        .scalar_subquery(),
        sa.select(sa.func.coalesce(sa.func.max(a.line_no), 0)).where(a.task_id == task_id).scalar_subquery(),
    )
    number: int = await tx.scalar(sa.select(last))
    return number + 1


async def batches_of_gtin(tx: Reader, gtin: str, number: str) -> list[UUID]:
    """The batches of a number among the material that a GTIN stands for."""
    g, b = t.material_gtin.c, t.batch.c
    rows = await tx.rows(
        sa.select(b.id)
        .join(t.material_gtin, g.material_id == b.material_id)
        .where(g.gtin == gtin, b.number == number.strip())
        .order_by(b.id)
    )
    return [row["id"] for row in rows]

"""Db queries: the scans of a task as they were heard, the newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.session import Reader


@dataclass(frozen=True)
class ScanRow:
    """One scan: what was read, what was answered, by whom, when the server heard of it.

    `device_at` is what the device said the time was: a claim. `undone`: a later reversal took it back.
    """

    id: UUID
    code: str
    verdict: str
    reason_code: str | None
    message: Mapping[str, str]
    line_no: int | None
    quantity: int | None
    actor: str
    recorded_at: datetime
    device_at: datetime | None
    undone: bool


async def of_task(tx: Reader, task_id: UUID, *, after: str | None = None, limit: int = 50) -> Page[ScanRow]:
    """A page of a task's scans and their reversals, the newest first."""
    s, undo = t.scan.c, t.scan.alias("undo")
    query = (
        sa.select(
            *(s[name] for name in ("id", "code", "verdict", "reason_code", "line_no", "quantity")),
            sa.func.coalesce(s.parsed["message"], sa.func.jsonb_build_object()).label("message"),
            t.person.c.name.label("actor"),
            s.recorded_at,
            s.device_at,
            sa.exists().where(undo.c.undoes_id == s.id).label("undone"),
        )
        .join(t.person, t.person.c.id == s.actor_id)
        .where(s.task_id == task_id)
    )
    if after is not None:
        query = query.where(sa.tuple_(s.recorded_at, s.id) < sa.tuple_(*position_of(after, datetime, UUID)))
    found = await tx.rows(query.order_by(s.recorded_at.desc(), s.id.desc()).limit(limit + 1))
    rows = [ScanRow(**_typed(row)) for row in found[:limit]]
    return Page(rows, cursor_of(rows[-1].recorded_at, rows[-1].id) if len(found) > limit else None)


async def last_counted(tx: Reader, task_id: UUID, actor_id: UUID) -> Mapping[str, Any] | None:
    """A person's newest scan that counts for a line: none taken back, no further line of a package."""
    s, undo, first = t.scan.c, t.scan.alias("undo"), t.scan.alias("first")
    also = sa.type_coerce(first.c.parsed["also"], JSONB).has_key(sa.cast(s.id, sa.Text))
    return await tx.one_or_none(
        sa.select(s.id, s.line_no, s.quantity, s.code)
        .where(s.task_id == task_id, s.verdict == "matched", s.line_no.is_not(None), s.actor_id == actor_id)
        .where(~sa.exists().where(undo.c.undoes_id == s.id))
        .where(~sa.exists().where(first.c.task_id == task_id, first.c.verdict == "matched", also))
        .order_by(s.recorded_at.desc(), s.id.desc())
        .limit(1)
    )


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "message": dict(row["message"] or {})}

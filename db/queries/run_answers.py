"""Db queries: what people answered in a run - its latest finished task that has an answer to a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t

if TYPE_CHECKING:
    from db.session import Reader


@dataclass(frozen=True)
class RunAnswer:
    """The answer of a task: its fields, who gave it, and when the database took it in."""

    data: Mapping[str, Any]
    person_id: UUID
    at: datetime


async def last_with(tx: Reader, run_id: UUID, field: str) -> RunAnswer | None:
    """The latest standing answer of a run that says something under a field's name; None without one."""
    k, s = t.task.c, t.submission.c
    row = await tx.one_or_none(
        sa.select(k.result["data"].label("data"), s.actor_id.label("person_id"), s.recorded_at.label("at"))
        .join(t.submission, s.id == sa.cast(k.result["submission"].astext, sa.Uuid))
        .where(
            k.run_id == run_id,
            k.kind == "step",
            k.state == "done",
            k.result["data"][field].astext.is_not(None),
        )
        .order_by(s.recorded_at.desc(), s.id.desc())
        .limit(1)
    )
    return RunAnswer(**row) if row else None

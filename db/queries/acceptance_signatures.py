"""Db queries: who signed the results that a line set was made of."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.canonical import instant


async def signatures_over(tx: Reader, line_set_id: UUID | str) -> list[dict[str, Any]]:
    """The signatures over what stands of the task whose results the lines are: ids and instants, in order."""
    s, k, g = t.line_set.c, t.task.c, t.signature.c
    rows = await tx.rows(
        sa.select(g.id, g.person_id, g.recorded_at)
        .join(t.task, k.id == g.task_id)
        .join(t.line_set, sa.and_(s.run_id == k.run_id, s.path == k.path))
        .where(s.id == UUID(str(line_set_id)), g.content_sha256 == k.result["content_hash"].astext)
        .order_by(g.recorded_at, g.id)
    )
    return [
        {
            "signature": str(row["id"]),
            "person": str(row["person_id"]),
            "signed_at": instant(row["recorded_at"]),
        }
        for row in rows
    ]

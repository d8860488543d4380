"""Db queries: the differences of a stocktake as assessed last, with what the reviewer said of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.work_lists import current_result
from db.session import Reader

KIND = "variances"


@dataclass(frozen=True)
class Variance:
    """A difference: the assessed line, the English name of its goods, and its review where there is one."""

    line: int
    data: Mapping[str, Any]
    material_en: str
    outcome: str | None
    review: Mapping[str, Any] | None
    reviewed_by: str | None


async def variances(tx: Reader, run_id: UUID) -> list[Variance]:
    """The differences of a run's newest assessment, the dearest first; none before it."""
    s, c, r = t.line_set.c, t.line.c, t.line_result.c
    newest = (
        sa.select(s.id)
        .where(s.run_id == run_id, s.kind == KIND)
        .order_by(s.created_at.desc(), s.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    result = (
        sa.select(r.line_set_id, r.line_no, r.outcome, r.data, t.person.c.name.label("reviewed_by"))
        .join(t.person, t.person.c.id == r.actor_id)
        .where(r.line_set_id == newest, current_result())
        .subquery("result")
    )
    rows = await tx.rows(
        sa.select(
            c.line_no.label("line"),
            c.data,
            sa.func.coalesce(t.material.c.name_en, "").label("material_en"),
            result.c.outcome,
            result.c.data.label("review"),
            result.c.reviewed_by,
        )
        .select_from(
            t.line.outerjoin(result, result.c.line_no == c.line_no).outerjoin(
                t.material, t.material.c.code == c.data["material"].astext
            )
        )
        .where(c.line_set_id == newest)
        .order_by(c.line_no)
    )
    return [Variance(**row) for row in rows]

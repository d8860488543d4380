"""Db queries: lines that ask for another batch, and what is known of batches by their numbers."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.other_batches import BATCH_FIELD, REPLACED


async def numbered(
    tx: Reader, material_ids: Collection[UUID], numbers: Collection[str]
) -> list[Mapping[str, Any]]:
    """Id, material, number and expiry of the batches of materials that have one of the numbers."""
    b = t.batch.c
    return list(
        await tx.rows(
            sa.select(b.id, b.material_id, b.number, b.expires_on)
            .where(b.material_id.in_(material_ids), b.number.in_(numbers))
            .order_by(b.id)
        )
    )


async def asked_for(tx: Reader, run_id: UUID) -> list[tuple[int, Mapping[str, Any]]]:
    """Number and data of the lines for which the run's newest such list asks for another batch."""
    r, newer, k, of = t.line_result.c, t.line_result.alias("newer"), t.task.c, t.line.c
    newest = (
        sa.select(k.id)
        .where(k.run_id == run_id, k.content["lines"]["form"].has_key(BATCH_FIELD))
        .order_by(k.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await tx.rows(
        sa.select(of.line_no, of.data, r.data.label("answer"))
        .join(t.line, sa.and_(of.line_set_id == r.line_set_id, of.line_no == r.line_no))
        .where(
            r.task_id == newest,
            r.outcome == REPLACED,
            ~sa.exists().where(newer.c.supersedes_id == r.id),
        )
        .order_by(of.line_no)
    )
    return [(row["line_no"], {**row["data"], **row["answer"]}) for row in rows]

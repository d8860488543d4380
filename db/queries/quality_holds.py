"""Db queries: batches that quality has rejected; their holds stay, whatever of them comes in later."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

REJECT = "quality.reject_batch"


async def rejected(tx: Reader, batch_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the batches that a run holds which has rejected them, and did not take that back."""
    h, r, e = t.hold.c, t.run.c, t.effect.c
    decided = sa.exists().where(
        e.workflow_id == r.workflow_id,
        e.kind == "action",
        e.action == REJECT,
        e.undone_at.is_(None),
        sa.not_(sa.func.coalesce(e.result["asked"], sa.func.jsonb_build_object()).has_key("refused")),
    )
    rows = await tx.rows(
        sa.select(h.batch_id)
        .distinct()
        .join(t.run, r.id == h.opened_by_run)
        .where(h.batch_id.in_(batch_ids), h.closed_at.is_(None), decided)
    )
    return frozenset(row["batch_id"] for row in rows)

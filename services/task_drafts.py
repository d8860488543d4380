"""Services: what is filled in of a task and kept until it counts - saved, carried along, put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t

if TYPE_CHECKING:
    from db.session import Transaction


async def put(tx: Transaction, task_id: UUID, data: Mapping[str, Any], saved_by: UUID, epoch: int) -> None:
    """Keeps entries of one epoch in place of those that were kept before."""
    made = insert(t.task_draft).values(task_id=task_id, epoch=epoch, data=data, saved_by=saved_by)
    await tx.execute(
        made.on_conflict_do_update(
            index_elements=["task_id"],
            set_={
                **{name: made.excluded[name] for name in ("epoch", "data", "saved_by")},
                "saved_at": sa.func.clock_timestamp(),
            },
        )
    )


async def carry(tx: Transaction, task_id: UUID, epoch: int) -> None:
    """What was kept goes on with the task into a new epoch of the same content."""
    d = t.task_draft.c
    await tx.execute(sa.update(t.task_draft).where(d.task_id == task_id, d.epoch < epoch).values(epoch=epoch))

"""Services: what is filled in of a task and kept until it counts - saved, carried along, put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db import tables as t
from domain.sop_progress.refusals import RunSuspended, TaskDone
from domain.submissions import NotClaimed, SubmissionPending

if TYPE_CHECKING:
    from db.session import Transaction


LINES = "entries of lines"
"""Where the kept entries of lines stand among those of the form; no field can be called so."""
TOO_LATE = (TaskDone, RunSuspended, SubmissionPending, NotClaimed)
"""Why entries are kept no more that a page sends by itself: nobody attempted anything, the work went on."""


async def put(tx: Transaction, task_id: UUID, data: Mapping[str, Any], saved_by: UUID, epoch: int) -> None:
    """Keeps entries of one epoch in place of those that were kept before; those of its lines stay."""
    old = t.task_draft.c.data
    lines = sa.case((old.has_key(LINES), sa.func.jsonb_build_object(LINES, old[LINES])), else_=_json({}))
    await _keep(tx, task_id, data, lines, saved_by, epoch)


async def put_line(
    tx: Transaction, task_id: UUID, line: int, data: Mapping[str, Any], saved_by: UUID, epoch: int
) -> None:
    """Keeps what is filled in of one line; nothing filled in is nothing kept."""
    old = t.task_draft.c.data
    others = sa.func.coalesce(old[LINES], _json({})).op("-", return_type=JSONB)(str(line))
    lines = others.concat(_json({str(line): data})) if data else others
    first = {LINES: {str(line): data}} if data else {}
    await _keep(tx, task_id, first, old.concat(sa.func.jsonb_build_object(LINES, lines)), saved_by, epoch)


async def drop_line(tx: Transaction, task_id: UUID, line: int) -> None:
    """What was kept of a line goes: it has its result."""
    d = t.task_draft.c
    path = sa.cast([LINES, str(line)], ARRAY(sa.Text))
    kept = d.data.op("#-", return_type=JSONB)(path)
    await tx.execute(
        sa.update(t.task_draft).where(d.task_id == task_id, d.data.has_key(LINES)).values(data=kept)
    )


async def _keep(
    tx: Transaction,
    task_id: UUID,
    data: Mapping[str, Any],
    stays: sa.ColumnElement[Any],
    saved_by: UUID,
    epoch: int,
) -> None:
    """Writes the entries; over older ones of the same epoch together with what `stays` of these."""
    d = t.task_draft.c
    made = insert(t.task_draft).values(task_id=task_id, epoch=epoch, data=data, saved_by=saved_by)
    both = made.excluded.data.concat(stays)
    await tx.execute(
        made.on_conflict_do_update(
            index_elements=["task_id"],
            set_={
                "data": sa.case((d.epoch == made.excluded.epoch, both), else_=made.excluded.data),
                **{name: made.excluded[name] for name in ("epoch", "saved_by")},
                "saved_at": sa.func.clock_timestamp(),
            },
        )
    )


def _json(value: Mapping[str, Any]) -> sa.ColumnElement[Any]:
    return sa.literal(value, JSONB)


async def carry(tx: Transaction, task_id: UUID, epoch: int) -> None:
    """What was kept goes on with the task into a new epoch of the same content."""
    d = t.task_draft.c
    await tx.execute(sa.update(t.task_draft).where(d.task_id == task_id, d.epoch < epoch).values(epoch=epoch))

"""Services: before a completion is withdrawn, what follows it is reserved - nobody may claim it meanwhile.

Claims are no Updates, so the run does not know of them: this is where "before the next person acts" is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.tasks import OPEN
from domain.sop_progress.refusals import ActedSince

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader, Transaction


async def reserve(tx: Transaction, task: TaskAct, submission_id: UUID) -> None:
    """Marks the open tasks of the list of steps that it was in; ActedSince when one has been taken up."""
    k = t.task.c
    following = await tx.rows(
        sa.select(k.id, k.state, k.title_zh, k.title_en, _worked_on().label("worked_on"))
        .where(
            k.run_id == task.run_id,
            k.id != task.id,
            k.kind.in_(("step", "incident")),
            k.state.in_(OPEN),
            sa.func.starts_with(k.path, scope_of(task)),
        )
        .order_by(k.id)
        .with_for_update(of=t.task)
    )
    for row in following:
        if row["state"] != "open" or row["worked_on"]:
            raise ActedSince(step_zh=row["title_zh"], step_en=row["title_en"])
    if following:
        ids = [row["id"] for row in following]
        await tx.execute(sa.update(t.task).where(k.id.in_(ids)).values(recalled_by=submission_id))


async def followed(tx: Reader, task: TaskAct) -> bool:
    """Whether somebody has acted on what follows a task that is done, so that a page need not offer it."""
    k = t.task.c
    acted = sa.or_(k.state.in_(("claimed", "awaiting_signature", "done")), _worked_on())
    found = await tx.scalar(
        sa.select(
            sa.exists().where(
                k.run_id == task.run_id,
                k.id != task.id,
                k.kind.in_(("step", "incident")),
                sa.func.starts_with(k.path, scope_of(task)),
                k.opened_at >= task.closed_at,
                acted,
            )
        )
    )
    return bool(found)


def scope_of(task: TaskAct) -> str:
    """The prefix of the paths in the list of steps that a task is in."""
    return task.path[: task.path.rfind(".") + 1]


async def release(tx: Transaction, submission_id: UUID) -> None:
    """The withdrawal was refused by the run: what was reserved is free again."""
    await tx.execute(sa.update(t.task).where(t.task.c.recalled_by == submission_id).values(recalled_by=None))


def _worked_on() -> sa.ColumnElement[bool]:
    """Whether somebody has saved, scanned or submitted something in the task; reminding is no work."""
    return sa.or_(
        sa.exists().where(t.task_performer.c.task_id == t.task.c.id),
        sa.exists().where(t.submission.c.task_id == t.task.c.id, t.submission.c.kind != "remind"),
    )

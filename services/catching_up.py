"""Services: catching up - what the database has settled and the engine has lost, and so does not know.

An engine may come back from a power cut without its last commits, while the database kept its own. Until
those are delivered again (`services.sweeps`), what such an engine refuses is no verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from db.queries import signals as signal_queries
from db.queries import sweeps as queries
from domain.signals import DELIVERY
from domain.sop_progress.refusals import TaskDone, WaitOver
from engine.gateway import EngineSilent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.queries.submissions import SubmissionRow
    from engine.gateway import Position, Rejected
    from services.platform import Platform

NOT_THERE: Final = TaskDone.code
"""What a run says of a task that is done - or that it has not opened yet."""


def lost(settled: Sequence[UUID], position: Position) -> list[UUID]:
    """The settled submissions that the engine does not know, in their order.

    A continued run has forgotten its oldest ones; those before the first that it knows are no debt.
    """
    known = [str(submission) in position.processed for submission in settled]
    first = known.index(True) if position.continued and any(known) else 0
    return [settled[at] for at in range(first, len(settled)) if not known[at]]


async def settled(platform: Platform, run_id: UUID) -> list[UUID]:
    """What the database has settled. Read it before asking the engine, or what is under way seems lost."""
    async with platform.database.read() as tx:
        return await queries.settled(tx, run_id)


async def is_behind(platform: Platform, row: SubmissionRow, answer: Rejected) -> bool:
    """Whether a refusal only says that the engine has not caught up with the database.

    Either it lacks submissions that are settled, or it does not have a task, or a wait, that the database
    shows open.
    """
    if row.kind == DELIVERY and answer.code == WaitOver.code:
        async with platform.database.read() as tx:
            if await signal_queries.still_matched(tx, row.id):
                return True
    if row.task_id is not None and row.epoch is not None and answer.code == NOT_THERE:
        async with platform.database.read() as tx:
            if await queries.shown_open(tx, row.task_id, row.epoch):
                return True
    known = await settled(platform, row.run_id)
    try:
        position = await platform.gateway.position(str(row.run_id))
    except EngineSilent:
        return True
    return position is None or (not position.closed and bool(lost(known, position)))

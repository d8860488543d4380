"""Services: what follows on a task that was just done - who is next, or that the run has ended. No engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from db.queries import next_tasks as queries
from db.queries.next_tasks import NextTask
from services import blind_counts

if TYPE_CHECKING:
    from services.platform import Actor, Platform

__all__ = ["NextTask", "WhatsNext", "of_run"]

TOLD = 3
PAUSES = (0.05, 0.1, 0.2)
"""Seconds between the looks; together they are shorter than anybody notices."""


@dataclass(frozen=True)
class WhatsNext:
    """The tasks that are open in the run now, or that it has ended; neither while it waits by itself."""

    tasks: Sequence[NextTask] = ()
    ended: bool = False


async def of_run(platform: Platform, run_id: UUID, *, actor: Actor) -> WhatsNext:
    """What is known now, for who has just answered in the run.

    What the system does between two tasks takes a moment: it is looked for a few times, not waited for.
    Nothing for who counts blind in it: that a second count follows would say that the first one differs.
    """
    found = WhatsNext()
    for pause in (*PAUSES, 0.0):
        async with platform.database.read() as tx:
            if await blind_counts.blinds_run(tx, run_id, actor):
                return WhatsNext()
            tasks = await queries.of_run(tx, run_id, TOLD)
            found = WhatsNext(tasks, ended=not tasks and await queries.has_ended(tx, run_id))
        if found.tasks or found.ended:
            break
        await asyncio.sleep(pause)
    return found

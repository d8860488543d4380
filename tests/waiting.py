"""Two at the same moment, by design and not by luck: until one of them waits in the database for the other."""

import asyncio
from typing import Any

import sqlalchemy as sa

from db.session import Database

_WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def waits_or_ends(database: Database, *doing: "asyncio.Task[Any]") -> None:
    """Until each of the tasks is over or its transaction waits for a lock."""
    while left := sum(not task.done() for task in doing):
        async with database.read() as tx:
            if await tx.scalar(_WAITING) >= left:
                return
        await asyncio.sleep(0.01)

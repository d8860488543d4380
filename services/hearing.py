"""Services: hearing - what the database says of a task when it commits, to whoever waits in this process.

An advance commits a verdict before the engine has closed the Update that asked for it; a person need not wait
for the engine's part. Nothing depends on it: who hears nothing learns the verdict from the engine.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import structlog

if TYPE_CHECKING:
    from db.session import Database

CHANNEL = "xunji_tasks"
AGAIN_S = 1.0
log = structlog.get_logger(__name__)


class Hearing:
    """One connection that listens, for all calls of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._finishing: set[asyncio.Task[Any]] = set()

    async def listen_forever(self) -> None:
        """Listens until cancelled; a connection that is lost is made anew."""
        while True:
            try:
                async with self._database.listen(CHANNEL) as heard:
                    async for told in heard:
                        for event in self._waiting.get(json.loads(told.payload)["task_id"], ()):
                            event.set()
            except (OSError, psycopg.Error) as error:
                log.info("not hearing of tasks", why=type(error).__name__)
            await asyncio.sleep(AGAIN_S)

    @contextmanager
    def of(self, task_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever a change of the task has committed."""
        event, key = asyncio.Event(), str(task_id)
        self._waiting.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]

    def let_finish(self, task: asyncio.Task[Any]) -> None:
        """Keeps hold of work whose result nobody waits for any more."""
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

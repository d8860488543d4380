"""Services: hearing - verdicts, as the database tells them when they commit, to who waits in this process.

An advance commits a verdict before the engine has closed the Update that asked for it; a person need not wait
for the engine's part. Nothing depends on it: who hears nothing learns the verdict from the engine.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import structlog

if TYPE_CHECKING:
    from db.session import Database

CHANNEL = "xunji_verdicts"
AGAIN_S = 1.0
log = structlog.get_logger(__name__)

Verdict = Mapping[str, Any]
"""The columns of a verdict; empty for one that was too long to tell."""


class Hearing:
    """One connection that listens, for all calls of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, set[asyncio.Future[Verdict]]] = {}
        self._finishing: set[asyncio.Task[Any]] = set()

    async def listen_forever(self) -> None:
        """Listens until cancelled; a connection that is lost is made anew."""
        while True:
            try:
                async with self._database.listen(CHANNEL) as heard:
                    async for told in heard:
                        self._tell(json.loads(told.payload))
            except (OSError, psycopg.Error) as error:
                log.info("not hearing of verdicts", why=type(error).__name__)
            await asyncio.sleep(AGAIN_S)

    def _tell(self, verdict: dict[str, Any]) -> None:
        for waiting in self._waiting.get(verdict.pop("submission"), ()):
            if not waiting.done():
                waiting.set_result(verdict)

    @contextmanager
    def of(self, submission_id: UUID) -> Iterator[asyncio.Future[Verdict]]:
        """The verdict of a submission, once it has committed."""
        waiting: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        key = str(submission_id)
        self._waiting.setdefault(key, set()).add(waiting)
        try:
            yield waiting
        finally:
            waiting.cancel()
            self._waiting[key].discard(waiting)
            if not self._waiting[key]:
                del self._waiting[key]

    def let_finish(self, task: asyncio.Task[Any]) -> None:
        """Keeps hold of work whose result nobody waits for any more."""
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

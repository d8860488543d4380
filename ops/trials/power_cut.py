"""Room `ops`, trials: a power cut after which the engine has lost its last commits and the database has not.

Temporal's SQLite file is copied while it runs; when people have gone on for a while, every process is killed
at once, the copy takes the file's place, and everything is started again on the same home and port.
"""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from ops import addresses
from ops.private_instance import PrivateInstance, start_instance
from ops.settings import Settings
from ops.trials import evidence

TASKS_LOST = 8
GONE_WITHIN_SECONDS = 30.0


class StillRunning(Exception):
    """A process outlived the supervisor's death."""

    code = "still_running"


@dataclass
class PowerCut:
    """One cut of the power; afterwards `instance` is the restarted one."""

    instance: PrivateInstance
    settled_lost_by_the_engine: int = 0
    ready_again_after_seconds: float = 0.0

    async def cut(self, progress: Callable[[int], Awaitable[None]]) -> None:
        """Copy, let people go on, kill everything, put the copy in place, start again."""
        copy = self.instance.home / "temporal.earlier.db"
        await asyncio.to_thread(copy_sqlite, self.instance.home / "temporal.db", copy)
        before = self._settled()
        await progress(TASKS_LOST)
        self.settled_lost_by_the_engine = self._settled() - before
        await asyncio.to_thread(self._kill_everything)
        restore(copy, self.instance.home / "temporal.db")
        began = time.monotonic()
        again = await asyncio.to_thread(start_instance, self.instance.home, port=self.instance.port)
        self.ready_again_after_seconds = round(time.monotonic() - began, 1)
        self.instance.process = again.process

    def _settled(self) -> int:
        """How many commands the database has settled."""
        with evidence.look(addresses.owner_database_url(Settings(home=self.instance.home))) as session:
            row = session.execute("SELECT count(*) AS n FROM effect WHERE kind = 'settle'").fetchone()
        assert row is not None
        return int(row["n"])

    def _kill_everything(self) -> None:
        """Kill all processes (signal 9), the supervisor first; return when they are gone."""
        top = psutil.Process(self.instance.process.pid)
        everyone = [top, *top.children(recursive=True)]
        for process in everyone:
            if process.is_running():
                os.kill(process.pid, signal.SIGKILL)
        self.instance.process.wait()
        _, alive = psutil.wait_procs(everyone, GONE_WITHIN_SECONDS)
        if alive:
            raise StillRunning(str(alive))

    def report(self) -> dict[str, Any]:
        return {
            "settled_lost_by_the_engine": self.settled_lost_by_the_engine,
            "ready_again_after_seconds": self.ready_again_after_seconds,
        }


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite file that is being written."""
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()


def restore(copy: Path, target: Path) -> None:
    """Put the copy in the file's place, without what the newer one had in its log."""
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    copy.replace(target)

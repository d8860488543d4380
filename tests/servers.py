"""What the server fixtures hand out, and how a Temporal server in memory is had."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MEMORY, ROOM = Path("/dev/shm"), 6 * 1024**3


def homes_in_memory() -> Path | None:
    """Where servers of tests keep their data: in memory if there is room, where a database is cloned 10 to 30
    times faster than on a disk; None: with the other temporary files.
    """
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@dataclass(frozen=True)
class TestDatabase:
    """One migrated database of its own; URLs are SQLAlchemy's (`postgresql+psycopg://`)."""

    __test__ = False
    name: str
    app_url: str
    owner_url: str
    superuser_url: str


@dataclass(frozen=True)
class TemporalServer:
    """A running Temporal dev server in memory."""

    address: str
    namespace: str


IMPATIENT = "limit.historyCount.suggestContinueAsNew=40"
"""Continue-as-new is suggested after 40 events instead of 4,096."""


@contextlib.contextmanager
def in_memory_temporal(*dynamic: str) -> Iterator[TemporalServer]:
    """A Temporal dev server in memory, with dynamic settings of its own; stopped at the end."""
    from ops.embedded_temporal import EmbeddedTemporal

    with tempfile.TemporaryDirectory(
        prefix="xunji-test-", dir=homes_in_memory(), ignore_cleanup_errors=True
    ) as home:
        server = EmbeddedTemporal(Path(home), in_memory=True, dynamic=dynamic)
        server.start()
        try:
            server.wait_ready()
            yield TemporalServer(server.address, server.namespace)
        finally:
            server.stop()

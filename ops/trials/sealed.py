"""Room `ops`, trials: whether all that ended is archived and all that is recorded sealed, and both sound."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg

from db.queries import archives, seals
from db.queries.evidence_scope import EvidenceScope
from ops import addresses
from ops.platform_access import open_platform
from ops.settings import Settings
from services import evidence_check
from services.platform import Platform

PATIENCE_SECONDS = 180.0
"""A run is archived within a minute; after kills of the engine its last events may come late."""


@contextlib.asynccontextmanager
async def held(home: Path) -> AsyncIterator[None]:
    """Archiver and sealer find their locks taken: they stand still, whichever worker they are in."""
    url = addresses.database_url(Settings(home=home)).replace("+psycopg", "")
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    try:
        for lock in (archives.ARCHIVER, seals.SEALER):
            await connection.execute("SELECT pg_advisory_lock(%s)", [lock])
        yield
    finally:
        await connection.close()


async def owed(platform: Platform) -> tuple[int, int]:
    """Runs that wait for their archive, rows that wait for their seal."""
    async with platform.database.read() as tx:
        backlog, _ = await archives.backlog(tx)
        last = await seals.last_block(tx)
        unsealed, _ = await seals.count_after(tx, int(last["until_tx"]) if last else 0)
    return backlog, unsealed


async def whole(home: Path) -> dict[str, Any]:
    """Wait until nothing is owed, then verify everything at all levels."""
    async with open_platform(Settings(home=home)) as platform:
        began = time.monotonic()
        left = await _settled(platform)
        waited = time.monotonic() - began
        began = time.monotonic()
        steps = evidence_check.verify(platform, EvidenceScope())
        verdict = [one async for one in steps][-1]
        found = [finding.message("en") for finding in verdict.findings]
        return {
            "ok": verdict.sound and not any(left.values()),
            "waited_seconds": round(waited, 1),
            "verified_seconds": round(time.monotonic() - began, 1),
            **left,
            **{name: getattr(verdict, name) for name in ("blocks", "rows", "contents", "runs", "events")},
            "findings": found[:20],
            "found": len(found),
        }


async def _settled(platform: Platform) -> dict[str, int]:
    """What is still owed when nothing more happens: runs to archive, rows to seal."""
    began = time.monotonic()
    while True:
        backlog, unsealed = await owed(platform)
        if not (backlog or unsealed) or time.monotonic() - began > PATIENCE_SECONDS:
            return {"not_archived": backlog, "not_sealed": unsealed}
        await asyncio.sleep(1)

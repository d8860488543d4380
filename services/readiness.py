"""Services: whether this installation can serve - schema current, engine reachable, a worker polling.

It knows no HTTP; a door says it in its own way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from db.migrations import config
from db.refusals import is_outage

if TYPE_CHECKING:
    from services.platform import Platform

PATIENCE_S = 3.0


__all__ = ["Readiness", "examine", "is_outage"]


@dataclass(frozen=True)
class Readiness:
    """What was found."""

    migrated: bool
    engine: bool
    worker: bool

    @property
    def ready(self) -> bool:
        """All of it."""
        return self.migrated and self.engine and self.worker


async def examine(platform: Platform) -> Readiness:
    """Asks all three at once; what does not answer in time is not ready."""
    migrated, engine, worker = await asyncio.gather(
        _answers(_is_migrated(platform)),
        _answers(platform.gateway.reachable()),
        _answers(platform.gateway.worker_polls()),
    )
    return Readiness(migrated, engine, worker)


async def _answers(question: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await question
    except Exception:  # noqa: BLE001 - whatever keeps it from answering, it is not ready
        return False


async def _is_migrated(platform: Platform) -> bool:
    async with platform.database.read() as tx:
        found: str | None = await tx.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found == _wanted()


@cache
def _wanted() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()

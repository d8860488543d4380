"""Services: whether an installation can do its work - schema current, engine reachable, a worker polling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from db import migrations

if TYPE_CHECKING:
    from services.platform import Platform

PATIENCE_S = 3.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Readiness:
    """What is there and what is not."""

    migrated: bool
    engine: bool
    worker: bool

    @property
    def ready(self) -> bool:
        """Whether everything is there."""
        return self.migrated and self.engine and self.worker


async def examine(platform: Platform) -> Readiness:
    """Looks at all three at once; what does not answer in time is not there."""
    engine, migrated = await asyncio.gather(_in_time(_engine(platform)), _in_time(_migrated(platform)))
    worker = engine and await _in_time(platform.gateway.worker_polls())
    return Readiness(migrated=migrated, engine=engine, worker=worker)


async def _engine(platform: Platform) -> bool:
    return await platform.gateway.reachable()


async def _migrated(platform: Platform) -> bool:
    async with platform.database.read() as tx:
        current = await tx.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return bool(current == await asyncio.to_thread(migrations.head))


async def _in_time(question: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await question
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not there
        log.info("not ready", error=type(error).__name__)
        return False

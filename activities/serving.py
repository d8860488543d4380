"""Activities: what a worker process serves - advances, schedules, sweeps, sealing - until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from services import archiving, idempotency, nightly_proof, schedules, seal_heads, sealing, sweeps
from services.platform import Platform, PlatformSettings

from .advance import Advances
from .scheduled_start import ScheduledStarts

AGAIN_S = 5.0
"""After the engine turned the worker away; what needs no engine goes on in the meantime."""

log = structlog.get_logger(__name__)


async def run_worker(
    *, temporal_address: str, namespace: str, database_url: str, settings: PlatformSettings | None = None
) -> None:
    """Serves until cancelled, then finishes what is in hand.

    Sealing, archiving and proving do not wait for the engine: evidence is kept while it is away, even when
    somebody has deleted its namespace.
    """
    database = Database(database_url)
    client = await connect(temporal_address, namespace, lazy=True)
    platform = Platform(database, Gateway(client), settings or PlatformSettings(secret_key=""))
    beside = [
        asyncio.create_task(sweeps.sweep_forever(platform)),
        asyncio.create_task(idempotency.forget_forever(platform)),
        asyncio.create_task(schedules.reconcile_forever(platform)),
        asyncio.create_task(archiving.archive_forever(platform)),
        asyncio.create_task(sealing.seal_forever(platform)),
        asyncio.create_task(nightly_proof.prove_forever(platform)),
        asyncio.create_task(seal_heads.export_forever(platform)),
    ]
    try:
        activities: list[Callable[..., Any]] = [
            Advances(platform).advance,
            ScheduledStarts(platform).start_scheduled,
        ]
        await _work_forever(temporal_address, namespace, activities)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await database.close()


async def _work_forever(temporal_address: str, namespace: str, activities: list[Callable[..., Any]]) -> None:
    while True:
        try:
            client = await connect(temporal_address, namespace, attempts=120)
            await build_worker(client, activities).run()
        except Exception:  # a server that is away, a namespace that is gone
            log.exception("the engine does not take this worker")
        await asyncio.sleep(AGAIN_S)

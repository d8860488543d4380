"""Activities: what a worker process serves - advances, schedules, sweeps, sealing - until told to stop."""

from __future__ import annotations

import asyncio

from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from services import archiving, idempotency, nightly_proof, schedules, seal_heads, sealing, sweeps
from services.platform import Platform, PlatformSettings

from .advance import Advances
from .scheduled_start import ScheduledStarts


async def run_worker(
    *, temporal_address: str, namespace: str, database_url: str, settings: PlatformSettings | None = None
) -> None:
    """Serves until cancelled, then finishes what is in hand."""
    database = Database(database_url)
    client = await connect(temporal_address, namespace, attempts=120)
    platform = Platform(database, Gateway(client), settings or PlatformSettings(secret_key=""))
    worker = build_worker(client, [Advances(platform).advance, ScheduledStarts(platform).start_scheduled])
    try:
        async with worker:
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
                await asyncio.Event().wait()
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
    finally:
        await database.close()

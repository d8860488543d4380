"""What tests of archives do again and again: a run on the real engine, to its end, into its archive."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from db import tables as t
from db.queries import archives
from services.archiving import Archiver
from tests.services.tasks.steps import do, started
from tests.world import World, two_steps


async def opened(world: World, run: UUID, path: str) -> None:
    async with asyncio.timeout(20):
        while not await world.rows(sa.select(t.task).where(t.task.c.run_id == run, t.task.c.path == path)):
            await asyncio.sleep(0.02)


async def begun(world: World) -> UUID:
    run = await started(world, {**two_steps(), "sop": f"two_{uuid4().hex[:8]}"})
    await opened(world, run, "one#1")
    return run


async def ended(world: World, run: UUID) -> None:
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    await opened(world, run, "two#1")
    await do(world, "wang", run, "two#1")


async def archived(world: World, run: UUID) -> dict[str, Any]:
    """The header, as soon as there is one; the engine closes a run a moment after its last advance."""
    archiver = Archiver(world.platform)
    async with asyncio.timeout(20):
        while True:
            await archiver.round()
            async with world.platform.database.read() as tx:
                found = await archives.of_run(tx, run)
            if found is not None:
                return dict(found)
            await asyncio.sleep(0.05)

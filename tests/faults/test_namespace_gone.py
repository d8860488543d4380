"""The engine does not know the namespace: evidence is sealed all the same, and work goes on once it is back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from activities import serving
from db import tables as t
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from services import runs
from services.platform import PlatformSettings
from tests.servers import TemporalServer, TestDatabase
from tests.world import World, make_world, two_steps

KEY = "A" * 43


@pytest.fixture
async def namespace(temporal_server: TemporalServer) -> str:
    return f"gone-{uuid4().hex[:8]}"


@pytest.fixture
async def world(
    database: TestDatabase, temporal_server: TemporalServer, namespace: str
) -> AsyncIterator[World]:
    opened = Database(database.app_url)
    made = await make_world(opened, Gateway(await connect(temporal_server.address, namespace, lazy=True)))
    await made.publish(two_steps())
    yield made
    await opened.close()


async def until(world: World, found: sa.Select[tuple[int]]) -> None:
    """Wait until there is something; what stops for good fails here."""
    async with asyncio.timeout(90):
        while not (await world.rows(found)):
            await asyncio.sleep(0.05)


async def test_a_worker_seals_without_its_namespace_and_works_once_it_is_back(
    world: World,
    database: TestDatabase,
    temporal_server: TemporalServer,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "AGAIN_S", 0.2)
    working = asyncio.create_task(
        serving.run_worker(
            temporal_address=temporal_server.address,
            namespace=namespace,
            database_url=database.app_url,
            settings=PlatformSettings(secret_key="x", seal_key=KEY),
        )
    )
    try:
        await until(world, sa.select(t.seal_block.c.number))
        assert not working.done()
        await register(await connect(temporal_server.address, namespace), namespace)
        run = await runs.start(world.platform, "two_steps", {}, actor=await world.actor("li"), site="SH1")
        await until(world, sa.select(t.task.c.id).where(t.task.c.run_id == run.row.id))
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


async def register(client: Client, namespace: str) -> None:
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=Duration(seconds=86_400)
        )
    )

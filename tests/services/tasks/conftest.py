"""A company with people in posts, and the stand-in engine on the real database."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client

from activities.advance import Advances
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from tests.conftest import CloneDatabase, FillTemplate
from tests.servers import TemporalServer, TestDatabase
from tests.services.tasks.listing import on_list
from tests.services.tasks.probes import PROBE_ACTIONS, PROBE_UNDOS
from tests.stand_in_engine import StandInEngine
from tests.world import World, make_world


@pytest.fixture(scope="session")
def world_template(fill_template: FillTemplate) -> str:
    """A database with the company, made once."""

    async def people_it(app_url: str) -> None:
        opened = Database(app_url)
        await make_world(opened, StandInEngine(opened))
        await opened.close()

    return fill_template("xunji_world", people_it)


@pytest.fixture
def database(clone_database: CloneDatabase, world_template: str) -> Iterator[TestDatabase]:
    """A company of this test's own."""
    with clone_database(world_template) as made:
        yield made


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    opened = Database(database.app_url)
    yield opened
    await opened.close()


@pytest.fixture
def engine(db: Database) -> StandInEngine:
    return StandInEngine(db, PROBE_ACTIONS, PROBE_UNDOS)


@pytest.fixture
async def world(db: Database, engine: StandInEngine) -> World:
    return await make_world(db, engine)


@pytest.fixture
async def listed(world: World, engine: StandInEngine) -> tuple[UUID, Mapping[str, Any]]:
    return await on_list(world, engine)


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    """A client of the engine."""
    return await connect(temporal_server.address, temporal_server.namespace, attempts=20)


@pytest.fixture
async def archiving(db: Database, client: Client) -> AsyncIterator[World]:
    """A company on the real engine, with a key to seal."""
    world = await make_world(db, Gateway(client), seal_key="A" * 43)
    async with build_worker(client, [Advances(world.platform).advance]):
        yield world

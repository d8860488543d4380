"""A company with people in posts, and the stand-in engine on the real database."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import pytest

from db.session import Database
from tests.servers import TestDatabase
from tests.services.tasks.listing import on_list
from tests.services.tasks.probes import PROBE_ACTIONS, PROBE_UNDOS
from tests.stand_in_engine import StandInEngine
from tests.world import World, make_world


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

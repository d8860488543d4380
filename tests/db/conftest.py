"""Fixtures of the database's tests: the application's, the owner's and the superuser's way in."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from db.session import Database
    from tests.db.stockroom import Stockroom
    from tests.servers import TestDatabase


@pytest.fixture
async def app(database: "TestDatabase") -> AsyncIterator["Database"]:
    from db.session import Database

    made = Database(database.app_url, pool_size=2)
    yield made
    await made.close()


@pytest.fixture
async def owner(database: "TestDatabase") -> AsyncIterator["Database"]:
    from db.session import Database

    made = Database(database.owner_url, pool_size=2)
    yield made
    await made.close()


@pytest.fixture
async def superuser(database: "TestDatabase") -> AsyncIterator["Database"]:
    from db.session import Database

    made = Database(database.superuser_url, pool_size=2)
    yield made
    await made.close()


@pytest.fixture
async def room(database: "TestDatabase") -> "Stockroom":
    from tests.db.stockroom import make_stockroom

    return await make_stockroom(database)

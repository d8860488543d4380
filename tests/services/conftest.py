"""Fixtures of the services' tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from db.session import Database
from ops.embedded_postgres import EmbeddedPostgres
from services.actions import ACTIONS, UNDOS
from tests.conftest import CloneDatabase, FillTemplate
from tests.servers import TestDatabase
from tests.services.company import Company, company_in
from tests.services.counting import Counting
from tests.services.shipping import Outbound
from tests.services.whole_company import Copies, furnished_once
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def company(database: TestDatabase) -> AsyncIterator[Company]:
    """A small company in a database of its own."""
    async with company_in(database.app_url) as made:
        yield made


@pytest.fixture(scope="session")
def working_template(fill_template: FillTemplate) -> str:
    """A database with the tests' company, outbound review and stocktaking in force, made once."""

    async def fill(app_url: str) -> None:
        database = Database(app_url)
        engine = StandInEngine(database)
        world = await make_world(database, engine)
        for made in (Counting(world, engine), Outbound(world, engine)):
            await made.prepare()
        await database.close()

    return fill_template("xunji_working", fill)


@pytest.fixture
def working(clone_database: CloneDatabase, working_template: str) -> Iterator[TestDatabase]:
    """A company at work of this test's own."""
    with clone_database(working_template) as made:
        yield made


@pytest.fixture(scope="session")
def copies(postgres_server: EmbeddedPostgres, template_database: str) -> Iterator[Copies]:
    """The company with every procedure in force, of which each round gets a copy."""
    with furnished_once(postgres_server, template_database) as made:
        yield made


@pytest.fixture
async def counting(working: TestDatabase) -> AsyncIterator[Counting]:
    """A company at work that has something to count, with what its goods are worth."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Counting(await make_world(opened, engine), engine)
    await made.prepare()
    await made.values(M1="12.50", M3="30.00")
    yield made
    await opened.close()

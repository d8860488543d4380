"""Fixtures of the services' tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from ops.embedded_postgres import EmbeddedPostgres
from tests.servers import TestDatabase
from tests.services.company import Company, company_in
from tests.services.whole_company import Copies, furnished_once


@pytest.fixture
async def company(database: TestDatabase) -> AsyncIterator[Company]:
    """A small company in a database of its own."""
    async with company_in(database.app_url) as made:
        yield made


@pytest.fixture(scope="session")
def copies(postgres_server: EmbeddedPostgres, template_database: str) -> Iterator[Copies]:
    """The company with every procedure in force, of which each round gets a copy."""
    with furnished_once(postgres_server, template_database) as made:
        yield made

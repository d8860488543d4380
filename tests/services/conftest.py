"""Fixtures of the services' tests."""

from collections.abc import AsyncIterator

import pytest

from tests.servers import TestDatabase
from tests.services.company import Company, company_in


@pytest.fixture
async def company(database: TestDatabase) -> AsyncIterator[Company]:
    """A small company in a database of its own."""
    async with company_in(database.app_url) as made:
        yield made

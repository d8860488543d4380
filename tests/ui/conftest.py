"""Fixtures of the pages' tests."""

from collections.abc import AsyncIterator

import pytest

from tests.servers import TestDatabase
from tests.ui.house import House, open_house


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    """A company of its own with its application."""
    async with open_house(database.app_url) as made:
        yield made

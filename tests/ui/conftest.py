"""Fixtures of the pages' tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import CloneDatabase, FillTemplate
from tests.servers import TestDatabase
from tests.ui.house import House, open_house


@pytest.fixture(scope="session")
def house_template(fill_template: FillTemplate) -> str:
    """A database with the company and its procedure in force, made once."""

    async def furnish(app_url: str) -> None:
        async with open_house(app_url):
            pass

    return fill_template("xunji_house", furnish)


@pytest.fixture
def database(clone_database: CloneDatabase, house_template: str) -> Iterator[TestDatabase]:
    """A house of this test's own."""
    with clone_database(house_template) as made:
        yield made


@pytest.fixture(scope="module")
def module_database(clone_database: CloneDatabase, house_template: str) -> Iterator[TestDatabase]:
    """A house for the tests of a module."""
    with clone_database(house_template) as made:
        yield made


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    """A company of its own with its application."""
    async with open_house(database.app_url) as made:
        yield made

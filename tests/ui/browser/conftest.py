"""One house, one browser and one server for each module of browser tests."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.conftest import BROWSER_ARGUMENTS
from tests.servers import TestDatabase
from tests.ui.browsing import Street
from tests.ui.house import open_house, served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(module_database: TestDatabase, chromium: str) -> AsyncIterator[Street]:
    """The company's pages at an address of their own, and a real browser."""
    from playwright.async_api import async_playwright

    arguments = [*BROWSER_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with (
        open_house(module_database.app_url) as house,
        served(house.app) as address,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield Street(house, address, browser)
        await browser.close()


@pytest.fixture(autouse=True)
def quiet(street: Street) -> Iterator[None]:
    """No page of a test may complain on its console: a violated policy, a broken script."""
    del street.complaints[:]
    yield
    assert street.complaints == []

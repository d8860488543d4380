"""The database goes away for a moment: pages say so and come back with it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.servers import TestDatabase
from tests.ui.house import House


@contextmanager
def away(database: TestDatabase) -> Iterator[None]:
    """Nobody is connected to the database, and nobody can be."""
    server = database.superuser_url.replace("+psycopg", "").rpartition("/")[0] + "/postgres"
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f'ALTER DATABASE "{database.name}" WITH ALLOW_CONNECTIONS false'.encode())
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.name,)
        )
        try:
            yield
        finally:
            session.execute(f'ALTER DATABASE "{database.name}" WITH ALLOW_CONNECTIONS true'.encode())


@pytest.mark.parametrize(("language", "said"), [("zh", "暂时中断"), ("en", "Interrupted for a moment")])
async def test_a_page_says_that_the_database_is_away_and_comes_back_with_it(
    house: House, database: TestDatabase, language: str, said: str
) -> None:
    async with house.as_person("li") as li:
        li.headers["Accept-Language"] = language
        with away(database):
            page = await li.get("/inbox")
            assert (page.status_code, said in page.text) == (503, True), page.text
            assert "psycopg" not in page.text and "Content-Security-Policy" in page.headers
            part = await li.get("/inbox", headers={"HX-Request": "true"})
            assert (part.status_code, part.headers["HX-Retarget"]) == (503, "#notice")
        assert (await li.get("/inbox")).status_code == 200

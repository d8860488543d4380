"""Fixtures of the API's tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services import audit, auth
from tests.api import small_door
from tests.api.house_door import Door, Furnished, furnish, open_door
from tests.conftest import CloneDatabase


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> small_door.Small:
    """An application of made-up calls, without database or engine."""
    monkeypatch.setattr(auth, "actor_of_bearer", small_door.actor_of_bearer)
    monkeypatch.setattr(audit, "record_refusal", small_door.record_refusal)
    return small_door.Small()


@pytest.fixture(scope="module")
def furnished(clone_database: CloneDatabase) -> Iterator[Furnished]:
    """A company for the tests of a module."""
    with clone_database() as made:
        yield furnish(made.app_url)


@pytest.fixture
async def door(furnished: Furnished) -> AsyncIterator[Door]:
    """The JSON door of the module's company."""
    async with open_door(furnished) as opened:
        yield opened

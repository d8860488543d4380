"""Fixtures of the API's tests."""

import pytest

from services import auth
from tests.api import small_door


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> small_door.Small:
    """An application of made-up calls, without database or engine."""
    monkeypatch.setattr(auth, "actor_of_bearer", small_door.actor_of_bearer)
    return small_door.Small()

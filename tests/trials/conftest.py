"""One installation for the small versions of the trials."""

from collections.abc import Iterator

import pytest

from ops.private_instance import PrivateInstance, private_instance


@pytest.fixture(scope="session")
def instance() -> Iterator[PrivateInstance]:
    with private_instance() as started:
        yield started

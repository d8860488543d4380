"""What the server fixtures hand out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TestDatabase:
    """One migrated database of its own; URLs are SQLAlchemy's (`postgresql+psycopg://`)."""

    __test__ = False
    name: str
    app_url: str
    owner_url: str
    superuser_url: str


@dataclass(frozen=True)
class TemporalServer:
    """A running Temporal dev server in memory."""

    address: str
    namespace: str

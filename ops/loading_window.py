"""Room `ops`: the owner's loading window - while it is open, history may give its own instants. No rule.

It is open for minutes and kept open while loading goes on: a load that is killed leaves it shut soon.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from ops import addresses
from ops.settings import Settings

MINUTES = 10
RENEWED_EVERY_SECONDS = 60.0
_OPEN = "UPDATE clock_setting SET loading_until = clock_timestamp() + make_interval(mins => %s)"
_SHUT = "UPDATE clock_setting SET loading_until = NULL"


def owner_of_same_database(settings: Settings) -> str:
    """The owner's address of just the database that `settings` work on; NothingToConnectTo without one."""
    if settings.database_url is not None and settings.owner_database_url is None:
        raise addresses.NothingToConnectTo(
            "history is loaded with the owner's help: set XUNJI_OWNER_DATABASE_URL"
        )
    return addresses.owner_database_url(settings)


@contextmanager
def loading_window(owner_url: str, *, minutes: int = MINUTES) -> Iterator[Callable[[], None]]:
    """Open the window for as long as this lasts; call what it gives now and then to keep it open."""
    opened = time.monotonic()
    _say(owner_url, _OPEN, minutes)

    def keep_open() -> None:
        nonlocal opened
        if time.monotonic() - opened > RENEWED_EVERY_SECONDS:
            _say(owner_url, _OPEN, minutes)
            opened = time.monotonic()

    try:
        yield keep_open
    finally:
        _say(owner_url, _SHUT)


def _say(owner_url: str, statement: str, *values: int) -> None:
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as session:
        session.execute(statement.encode(), values or None)

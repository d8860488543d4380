"""The statements that a part of a test sends to the database, however it came by them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collects the text of every statement of this process, at the driver; BEGIN and COMMIT are none."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def collecting(cursor: Any, query: Any, *more: Any, **options: Any) -> Any:
        sent.append(str(query))
        return await execute(cursor, query, *more, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.AsyncCursor, "execute", collecting)
        yield sent

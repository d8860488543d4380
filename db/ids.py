"""Db: ids are UUIDv7 (time-ordered, opaque), made by one function."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new UUIDv7 as the standard library's UUID."""
    return UUID(int=uuid_utils.uuid7().int)

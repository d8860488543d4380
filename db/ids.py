"""Db: ids are UUIDv7 (time-ordered, opaque), made by one function."""

import hashlib
from datetime import datetime
from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new UUIDv7 as the standard library's UUID."""
    return UUID(int=uuid_utils.uuid7().int)


def id_at(at: datetime, *key: str) -> UUID:
    """The id of a record of loaded history: as old as what it names, and the same whenever it is made again.

    A UUIDv7 whose random part is the key's hash, so that lists ordered by id show it where it happened.
    """
    random = int.from_bytes(hashlib.sha256("\0".join(key).encode()).digest()[:10], "big")
    milliseconds = int(at.timestamp() * 1000)
    high = (milliseconds << 16) | 0x7000 | (random >> 62 & 0xFFF)
    return UUID(int=(high << 64) | (0b10 << 62) | (random & (1 << 62) - 1))

"""Domain: the one canonical form (RFC 8785) under every hash. Knows values, no table and no engine.

No floats; decimals as strings; integers within 2^53; instants `YYYY-MM-DDTHH:MM:SS.ffffffZ`; text NFC.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785

INTEGER_LIMIT = 2**53 - 1
# Below these characters keys have one order by code points and by UTF-16 units, and the standard library's
# encoder, which is in C, writes what RFC 8785 asks for; a test compares the two.
_BEYOND = re.compile("[\ud800-\U0010ffff]")
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class NotCanonical(ValueError):
    """A value that has no canonical form: a float, a naive instant, an integer beyond 2^53, a key twice."""


def instant(at: datetime) -> str:
    """An aware instant as text in UTC, always with six digits of microseconds."""
    if at.tzinfo is None:
        raise NotCanonical(f"naive datetime {at.isoformat()}")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


def canonical(value: Any, *, normalise: bool = True) -> bytes:
    """The canonical bytes of a JSON-like value.

    `normalise=False` leaves text as it is kept (row hashes: a changed Unicode form must show).
    """
    plain = _plain(value, normalise=normalise)
    text = _ENCODER.encode(plain)
    return rfc8785.dumps(plain) if _BEYOND.search(text) else text.encode()


def sha256_of(type_: str, version: int, /, **fields: Any) -> str:
    """Hex SHA-256 over `{"type": ..., "v": ..., **fields}` in canonical form."""
    return hashlib.sha256(canonical({**fields, "type": type_, "v": version})).hexdigest()


def _plain(value: Any, *, normalise: bool) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item, normalise=normalise) for item in value]
    if isinstance(value, Enum):
        return _plain(value.value, normalise=normalise)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value) if normalise else value
    if isinstance(value, (dict, Mapping)):  # a dict is told at once, an abstract class is not
        return _object(value, normalise=normalise)
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, int):
        if abs(value) > INTEGER_LIMIT:
            raise NotCanonical(f"integer {value} beyond 2^53")
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    raise NotCanonical(f"{type(value).__name__} has no canonical form")


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise NotCanonical(f"decimal {value} is not a number")
    return format(value, "f")


def _object(value: Mapping[Any, Any], *, normalise: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotCanonical(f"key {key!r} is not text")
        name = unicodedata.normalize("NFC", key) if normalise and not key.isascii() else key
        if name in plain:
            raise NotCanonical(f"key {name!r} twice")
        if type(item) is str and (not normalise or item.isascii()):  # most of what there is
            plain[name] = item
        else:
            plain[name] = _plain(item, normalise=normalise)
    return plain

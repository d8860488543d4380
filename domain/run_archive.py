"""Domain: the contents of an archived run - parts with digests over their bytes as written. Pure.

Parts: `history-1.json` …, one for each execution of the engine, oldest first, as it replays;
`record.json`, all rows that the database has of the run; `bundle-….json`, what the run was pinned to, by
digest. JSON in UTF-8.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.canonical import instant

RECORD = "record.json"
HISTORY = "history-"
JSON = "application/json"


@dataclass(frozen=True)
class Part:
    """One content by its name, as written."""

    name: str
    content: bytes
    media_type: str = JSON

    @property
    def header(self) -> dict[str, Any]:
        """What the archive's header keeps of it."""
        return {
            "name": self.name,
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "size": len(self.content),
            "media_type": self.media_type,
        }


def history_name(number: int) -> str:
    return f"{HISTORY}{number}.json"


def bundle_name(sha256: str) -> str:
    return f"bundle-{sha256[:16]}.json"


def histories(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the histories among the parts of a header, oldest first."""
    return [part["name"] for part in parts if part["name"].startswith(HISTORY)]


def written(content: Any) -> bytes:
    """Content as JSON in UTF-8, keys in order; ids, instants and bytes as text."""
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
    ).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} in a record")


def deflated(content: bytes) -> bytes:
    """As a body is kept; the same bytes for the same content."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def inflated(body: bytes) -> bytes | None:
    """The content of a body; None when the bytes are no such body."""
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, ValueError):
        return None


def fits(body: bytes | None, part: Mapping[str, Any]) -> bool:
    """Whether a body is what the header says of it."""
    return is_written(None if body is None else inflated(body), part)


def is_written(content: bytes | None, part: Mapping[str, Any]) -> bool:
    """Whether a content is what the header says of it."""
    return content is not None and hashlib.sha256(content).hexdigest() == part["sha256"]

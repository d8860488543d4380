"""Db queries: pages - a list cut at a key, so that a page stays the same while rows are added."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from domain.errors import FieldProblem, Invalid

Item = TypeVar("Item")


class CursorUnknown(Invalid):
    """A cursor that no list of ours has given."""

    code = "cursor_unknown"
    zh = "分页位置无效：{what}"
    en = "This cursor is not one of the list: {what}"

    def __init__(self) -> None:
        super().__init__([FieldProblem("after", self.code, "分页位置无效", "not a cursor of this list")])


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows in order, and where the next ones begin (None: these were the last)."""

    items: Sequence[Item]
    next: str | None


def cursor_of(*key: str | int | UUID | datetime) -> str:
    """An opaque cursor from the sort key of a page's last row."""
    parts = [part.isoformat() if isinstance(part, datetime) else str(part) for part in key]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: str, *kinds: type[Any]) -> list[Any]:
    """The sort key that a cursor stands for, part by part of these kinds; CursorUnknown for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(key, list) or not all(isinstance(part, str) for part in key):
            raise CursorUnknown
        return [_READ[kind](part) for kind, part in zip(kinds, key, strict=True)]
    except (ValueError, RecursionError):
        raise CursorUnknown from None


def _text(part: str) -> str:
    """Text that the database can hold: a forged cursor is no fault of ours."""
    part.encode()
    if "\0" in part:
        raise ValueError("NUL")
    return part


def _instant(part: str) -> datetime:
    found = datetime.fromisoformat(part)
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def _number(part: str) -> int:
    found = int(part)
    if abs(found) >= 2**31:
        raise ValueError("too large")
    return found


_READ: Mapping[type[Any], Callable[[str], Any]] = {str: _text, int: _number, UUID: UUID, datetime: _instant}

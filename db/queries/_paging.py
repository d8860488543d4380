"""Db queries: pages - a list cut at a key, so that a page stays the same while rows are added."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from domain.errors import FieldProblem, Invalid

Item = TypeVar("Item")


class CursorUnknown(Invalid):
    """A cursor that no list of ours has given."""

    code = "cursor_unknown"

    def __init__(self) -> None:
        super().__init__([FieldProblem("after", self.code, "分页位置无效", "not a cursor of this list")])


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows in order, and where the next ones begin (None: these were the last)."""

    items: Sequence[Item]
    next: str | None


def cursor_of(*key: str | int) -> str:
    """An opaque cursor from the sort key of a page's last row."""
    text = json.dumps(list(key), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: str) -> list[Any]:
    """The sort key that a cursor stands for; CursorUnknown for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        raise CursorUnknown from None
    if not isinstance(key, list) or not key or not all(isinstance(part, str | int) for part in key):
        raise CursorUnknown
    return key

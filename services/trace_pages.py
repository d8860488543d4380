"""Services: the pages of a trace - some batches at once, and so many of their rows. Knows cursors alone."""

from uuid import UUID

from db.queries._paging import CursorUnknown, cursor_of, position_of
from db.queries.trace_starts import After

__all__ = ["After", "cursor", "read"]


def cursor(begins: After | None, offset: int) -> str:
    """Where a page begins: which batches, and how many of their rows were told already."""
    key, top = (str(begins.key), str(begins.top)) if begins else ("", "")
    return cursor_of(key, top, offset)


def read(after: str | None) -> tuple[After | None, int]:
    """What a cursor says; the first page for none. CursorUnknown."""
    if after is None:
        return None, 0
    key, top, offset = position_of(after, str, str, int)
    try:
        begins = After(UUID(key), UUID(top)) if key else None
    except ValueError:
        raise CursorUnknown from None
    if offset < 0:
        raise CursorUnknown
    return begins, offset

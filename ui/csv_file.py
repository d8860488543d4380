"""UI: rows as a CSV file that spreadsheets open as it is meant - in UTF-8, with no formula in it."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import StreamingResponse

MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula; such a text is led by an apostrophe."""


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as lines of the file."""
    kept = io.StringIO()
    csv.writer(kept).writerows([_plain(value) for value in row] for row in rows)
    return kept.getvalue()


def _plain(value: Any) -> str:
    text = "" if value is None else str(value)
    number = text[1:].replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(FORMULA) and not number else text


def download(name: str, parts: AsyncIterator[str]) -> StreamingResponse:
    """A file of this name, sent part by part."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers=headers)

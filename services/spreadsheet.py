"""Services: tables as an Excel workbook, by XlsxWriter, which no other module knows; no text is a formula."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

Value = str | int | date | datetime | None
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
NAME = 31
"""Characters that Excel allows in the name of a sheet; some are not allowed at all."""
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
WIDEST = 60
LARGEST = 10**15
"""Excel keeps fifteen digits of a number; a longer one is written as text."""


@dataclass(frozen=True)
class Sheet:
    """A table: its name, the words of its columns, rows of plain values; instants are of the local clock."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]


async def workbook(sheets: Sequence[Sheet]) -> bytes:
    """A workbook of the sheets in their order."""
    return await asyncio.to_thread(_written, sheets)


def _written(sheets: Sequence[Sheet]) -> bytes:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, OPTIONS) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "number": book.add_format({"num_format": "#,##0"}),
        }
        for sheet in sheets:
            page = book.add_worksheet(sheet.name.translate(FORBIDDEN)[:NAME])
            page.freeze_panes(1, 0)
            for column, label in enumerate(sheet.columns):
                page.write_string(0, column, label, formats["head"])
                page.set_column(column, column, _width(sheet, column))
            for at, row in enumerate(sheet.rows, 1):
                for column, value in enumerate(row):
                    _write(page, at, column, value, formats)
            page.autofilter(0, 0, len(sheet.rows), max(len(sheet.columns) - 1, 0))
    return kept.getvalue()


def _write(page: Any, row: int, column: int, value: Value, formats: dict[str, Any]) -> None:
    if isinstance(value, datetime):
        page.write_datetime(row, column, value, formats["instant"])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, int) and abs(value) < LARGEST:
        page.write_number(row, column, value, formats["number"])
    elif value not in (None, ""):
        page.write_string(row, column, str(value))


def _width(sheet: Sheet, column: int) -> float:
    """Room for the longest text; a Chinese character takes two."""
    texts = [sheet.columns[column], *(str(row[column] or "") for row in sheet.rows[:500])]
    return min(max(sum(1 if c.isascii() else 2 for c in text) for text in texts) + 2, WIDEST)

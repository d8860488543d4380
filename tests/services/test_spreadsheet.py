"""A workbook: numbers are numbers, days are days, and no text is a formula or a link."""

import io
import re
import zipfile
from datetime import date, datetime

from services.spreadsheet import NAME, Sheet, Value, workbook


async def parts(*sheets: Sheet) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(await workbook(sheets))) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


async def test_values_keep_their_kind() -> None:
    at = datetime.fromisoformat("2026-11-28T09:30")
    row: list[Value] = ["=1+1", "http://example.org", 1_000, date(2026, 11, 28), at, None]
    found = await parts(Sheet("流向", ["a", "b", "c", "d", "e", "f"], [row]))
    sheet = found["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet and "hyperlink" not in sheet
    texts = found["xl/sharedStrings.xml"]
    assert "=1+1" in texts and "http://example.org" in texts and "2026" not in texts
    assert "<v>1000</v>" in sheet
    assert re.findall(r'<c r="[DE]2" s="\d"><v>([\d.]+)</v>', sheet) == ["46354", "46354.39583333334"]
    assert 'r="F2"' not in sheet


async def test_a_number_that_excel_would_round_is_written_whole_and_names_are_what_excel_allows() -> None:
    long = 123_456_789_012_345_678
    found = await parts(Sheet("A/B: [1]" + "x" * 40, ["n"], [[long]]), Sheet("空", ["n"], []))
    assert str(long) in found["xl/sharedStrings.xml"]
    first, second = re.findall(r'<sheet name="([^"]+)"', found["xl/workbook.xml"])
    assert (len(first), first[:8], second) == (NAME, "A B   1 ", "空")

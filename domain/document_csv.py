"""Domain: documents as CSV files - orders, advices, transfers; reading only, no table.

One row is one line; rows with the same number and partner are one document. Headers may be Chinese or
English, in any order; text is UTF-8 (with or without mark), UTF-16 with mark, or GB18030. Every problem names
its row as a spreadsheet numbers it (the header is row 1) and its column.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from domain.document_csv_headers import COLUMNS, REQUIRED, column_of
from domain.documents import ENTERED, EnteredKind
from domain.errors import Refusal
from domain.loose_dates import day_of, expiry_of, instant_of

MAX_ROWS = 50_000
MAX_DIGITS = 9
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


class FileNotReadable(Refusal):
    """The file is not text in a known encoding, has no rows, or lacks a column that every document needs."""

    code = "file_not_readable"
    kind = "invalid"
    zh = "文件无法导入：{why_zh}"
    en = "The file cannot be imported: {why_en}"


def _whole(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit()) or len(cell) > MAX_DIGITS:
        raise ValueError(cell)
    return int(cell)


def _several(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;；|]", cell) if part.strip()]


_CONVERSIONS: Mapping[str, Callable[[str], Any]] = {
    "line": _whole,
    "order_line": _whole,
    "min_remaining_days": _whole,
    "serials": _several,
    "packages": _several,
    "quantity": lambda cell: cell.replace(",", ""),
    "ordered_on": day_of,
    "produced_on": day_of,
    "expires_on": partial(expiry_of, unusable_from=False),
    "expires_before": partial(expiry_of, unusable_from=True),
}


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row; `column` is the file's own header, empty when it concerns the whole row."""

    row: int
    column: str
    code: str
    zh: str
    en: str

    def message(self, language: str = "zh") -> str:
        """The problem in words."""
        return self.en if language == "en" else self.zh


@dataclass
class DraftDocument:
    """A document as collected from rows: fields for its shape, and which row each line came from."""

    fields: dict[str, Any]
    rows: list[int] = field(default_factory=list)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines collected so far."""
        lines: list[dict[str, Any]] = self.fields["lines"]
        return lines


@dataclass(frozen=True)
class ParsedFile:
    """What stands in a file: documents to check further, and the rows that cannot be read."""

    encoding: str
    rows: int
    documents: list[DraftDocument]
    problems: list[RowProblem]
    headers: Mapping[str, str]


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and the encoding found; FileNotReadable when it is none of the known ones."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileNotReadable(
        why_zh="编码既不是 UTF-8 也不是 GB18030", why_en="its encoding is neither UTF-8 nor GB18030"
    )


def parse(kind: EnteredKind, content: bytes, zones: Mapping[str, ZoneInfo] | None = None) -> ParsedFile:
    """Read a file into draft documents. `zones`: each site's time zone, for instants without an offset."""
    text, encoding = decode(content)
    rows = list(_rows(text))
    if not rows:
        raise FileNotReadable(why_zh="没有表头", why_en="it has no header row")
    headers = _headers(kind, rows[0][1])
    reader = _Reader(kind, rows[0][1], headers, zones or {})
    for number, cells in rows[1:]:
        reader.read(number, cells)
    return ParsedFile(encoding, len(rows) - 1, list(reader.documents.values()), reader.problems, headers)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers; blank ones are left out but counted."""
    if "\x00" in text:
        raise FileNotReadable(why_zh="含有空字符", why_en="it contains NUL characters")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    number = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            number += 1
            if number > MAX_ROWS + 1:
                raise FileNotReadable(why_zh=f"超过 {MAX_ROWS} 行", why_en=f"more than {MAX_ROWS} rows")
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]
    except csv.Error as broken:
        raise FileNotReadable(
            why_zh=f"第 {number + 1} 行不是有效的 CSV", why_en=f"row {number + 1} is not valid CSV"
        ) from broken


def _headers(kind: EnteredKind, cells: list[str]) -> dict[str, str]:
    """Field -> the file's own header; unknown columns are ignored, a missing or doubled one is refused."""
    found: dict[str, str] = {}
    for cell in cells:
        name = column_of(kind, cell)
        if name is None:
            continue
        if name in found or (name.startswith("expires") and any(f.startswith("expires") for f in found)):
            raise FileNotReadable(why_zh=f"列“{cell}”重复", why_en=f'column "{cell}" is given twice')
        found[name] = cell
    missing = [
        name
        for name in REQUIRED[kind]
        if name not in found and not (name == "expires_on" and "expires_before" in found)
    ]
    if missing:
        raise FileNotReadable(
            why_zh="缺少列：" + "、".join(COLUMNS[kind][name][0] for name in missing),
            why_en="missing columns: " + ", ".join(missing),
        )
    return found


class _Reader:
    """Collects rows into documents."""

    def __init__(
        self, kind: EnteredKind, cells: list[str], headers: Mapping[str, str], zones: Mapping[str, ZoneInfo]
    ) -> None:
        self._kind = kind
        self._cells = cells
        self._headers = headers
        self._zones = zones
        self.documents: dict[tuple[str, str], DraftDocument] = {}
        self.problems: list[RowProblem] = []

    def read(self, number: int, cells: list[str]) -> None:
        if len(cells) > len(self._cells):
            self._problem(number, "", "too_many_cells", "单元格多于表头", "more cells than the header has")
            return
        named = dict(zip(self._cells, cells, strict=False))
        values = {name: named.get(header, "") for name, header in self._headers.items()}
        before = len(self.problems)
        header, line = self._convert(number, values)
        key = (values.get(ENTERED[self._kind].partner or "", ""), values.get("number", ""))
        document = self.documents.setdefault(key, DraftDocument({**header, "lines": []}))
        self._same_header(number, document, header)
        document.rows.append(number)
        document.lines.append(line if len(self.problems) == before else {})

    def _convert(self, number: int, values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        header: dict[str, Any] = {}
        line: dict[str, Any] = {}
        for name, cell in values.items():
            target = line if COLUMNS[self._kind][name][1] == "line" else header
            if not cell:
                if name in REQUIRED[self._kind]:
                    self._problem(number, name, "required", "必填", "must be filled in")
                continue
            try:
                target["expires_on" if name == "expires_before" else name] = self._value(name, cell, values)
            except ValueError:
                words = cell[:40]
                self._problem(number, name, "wrong_format", f"无法识别：{words}", f"not readable: {words}")
        return header, line

    def _value(self, name: str, cell: str, values: Mapping[str, str]) -> Any:
        if name == "shipped_at":
            return instant_of(cell, self._zones.get(values.get("site", ""), DEFAULT_ZONE))
        convert = _CONVERSIONS.get(name)
        return convert(cell) if convert else cell

    def _same_header(self, number: int, document: DraftDocument, header: Mapping[str, Any]) -> None:
        for name, value in header.items():
            if document.fields.get(name, value) != value:
                self._problem(
                    number,
                    name,
                    "differs",
                    "与同一单据的前一行不一致",
                    "differs from an earlier row of the document",
                )

    def _problem(self, row: int, name: str, code: str, zh: str, en: str) -> None:
        self.problems.append(RowProblem(row, self._headers.get(name, name), code, zh, en))


def sort_problems(problems: Iterable[RowProblem]) -> list[RowProblem]:
    """In the order in which a person walks through the file."""
    return sorted(problems, key=lambda problem: (problem.row, problem.column, problem.code))

"""Services: documents from CSV files (UTF-8, GB18030; Chinese or English headers). Knows no HTTP.

A file is loaded whole or not at all: with one bad row nothing is loaded, unless the caller asks for
`partial`; then each document without a bad row is loaded, never half a document. Every problem names row
and column.
"""

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import ValidationError

from db import tables as t
from db.session import Transaction
from domain.document_csv import DraftDocument, ParsedFile, RowProblem, parse, sort_problems
from domain.documents import ENTERED, EnteredDocument, EnteredKind
from domain.errors import Invalid, Refusal
from services.documents_entry import enter
from services.permissions import Permission, require
from services.platform import Actor, Platform


@dataclass(frozen=True)
class ImportReport:
    """What became of a file: documents loaded, and what is wrong with which row."""

    kind: EnteredKind
    encoding: str
    rows: int
    loaded: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


class _NothingLoaded(Exception):
    """Leaves the transaction so that it is rolled back."""


async def import_csv(
    platform: Platform,
    kind: EnteredKind,
    content: bytes,
    *,
    actor: Actor,
    partial: bool = False,
    request_id: str = "",
) -> ImportReport:
    """Load a file of documents of one kind; FileNotReadable when it is none."""
    require(actor, Permission.DOCUMENT_WRITE)
    async with platform.database.read() as tx:
        rows = await tx.rows(sa.select(t.site.c.code, t.site.c.time_zone))
    parsed = parse(kind, content, {row["code"]: ZoneInfo(row["time_zone"]) for row in rows})
    problems = list(parsed.problems)
    loaded: list[str] = []
    try:
        async with platform.database.write(actor.ref, request_id) as tx:
            for draft in parsed.documents:
                found = await _load(tx, kind, draft, parsed, actor)
                problems += found
                loaded += [] if found or _spoilt(draft, parsed) else [str(draft.fields.get("number"))]
            _stop_unless_clean(loaded, problems, partial=partial)
            await tx.audit(
                "import.document",
                "import",
                kind,
                after={"rows": parsed.rows, "documents": len(loaded), "problems": len(problems)},
            )
    except _NothingLoaded:
        loaded = []
    return ImportReport(kind, parsed.encoding, parsed.rows, loaded, sort_problems(problems))


def _stop_unless_clean(loaded: list[str], problems: list[RowProblem], *, partial: bool) -> None:
    """Leave the transaction unless there is something to load and nothing speaks against it."""
    if not loaded or (problems and not partial):
        raise _NothingLoaded


async def _load(
    tx: Transaction, kind: EnteredKind, draft: DraftDocument, parsed: ParsedFile, actor: Actor
) -> list[RowProblem]:
    """Enter one document in a savepoint; what is wrong with it, by row."""
    if _spoilt(draft, parsed):
        return []
    try:
        body = _shape(kind, draft.fields)
    except ValidationError as wrong:
        return [_of_shape(error, draft, parsed) for error in wrong.errors(include_url=False)]
    try:
        async with tx.savepoint():
            await enter(tx, body, actor=actor)
    except Invalid as wrong:
        return [
            _problem(problem.field, problem.code, draft, parsed, zh=problem.zh, en=problem.en)
            for problem in wrong.fields
        ]
    except Refusal as refused:
        return [RowProblem(draft.rows[0], "", refused.code, refused.message("zh"), refused.message("en"))]
    return []


def _spoilt(draft: DraftDocument, parsed: ParsedFile) -> bool:
    """Whether a row of the document could not be read."""
    return any(problem.row in draft.rows for problem in parsed.problems)


def _shape(kind: EnteredKind, fields: dict[str, Any]) -> EnteredDocument:
    return ENTERED[kind].body.model_validate(fields)


def _of_shape(error: Any, draft: DraftDocument, parsed: ParsedFile) -> RowProblem:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    message = str(error["msg"])
    zh, _, en = message.removeprefix("Value error, ").partition(" / ")
    return _problem(path.lstrip("."), str(error["type"]), draft, parsed, zh=zh, en=en or zh)


def _problem(
    path: str, code: str, draft: DraftDocument, parsed: ParsedFile, *, zh: str, en: str
) -> RowProblem:
    """Turn a path like `lines[3].material` into the row and the file's own header."""
    row, name = draft.rows[0], path.split(".", maxsplit=1)[0]
    if path.startswith("lines["):
        index, _, rest = path.removeprefix("lines[").partition("]")
        row, name = draft.rows[int(index)], rest.lstrip(".").split(".")[0].split("[")[0]
    if name == "expires_on" and name not in parsed.headers:
        name = "expires_before"
    return RowProblem(row, parsed.headers.get(name, name), code, zh, en)

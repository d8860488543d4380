"""Services: line sets - a document's lines as rows, in the history only as id, count, root and aggregates.

The root is SHA-256 over the canonical lines in order, so that a settling advance can recompute it. It knows
no kind of line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.advance import Line
from contracts.payload import LineSetRef
from db import tables as t
from db.ids import new_id
from domain.canonical import sha256_of

if TYPE_CHECKING:
    from db.session import Reader, Transaction

WRITTEN_AT_ONCE = 1000


@dataclass(frozen=True)
class SetLine:
    """A line as it is kept: number, the key by which it is found, and its columns."""

    line_no: int
    key: str
    data: Mapping[str, Any]


def root_of(lines: Sequence[SetLine]) -> str:
    """SHA-256 (hex) over the lines in order."""
    return sha256_of("line_set", 1, lines=[[line.line_no, line.key, line.data] for line in lines])


async def create(
    tx: Transaction,
    run_id: UUID,
    path: str,
    kind: str,
    lines: Iterable[tuple[str, Mapping[str, Any]]],
    aggregates: Mapping[str, Any] | None = None,
) -> LineSetRef:
    """Writes a line set from (key, data) in order, numbered from 1; `count` is always an aggregate."""
    numbered = [SetLine(number, key, data) for number, (key, data) in enumerate(lines, 1)]
    return await create_numbered(tx, run_id, path, kind, numbered, aggregates)


async def create_numbered(
    tx: Transaction,
    run_id: UUID,
    path: str,
    kind: str,
    lines: Sequence[SetLine],
    aggregates: Mapping[str, Any] | None = None,
) -> LineSetRef:
    """The same for lines that keep the numbers of the set they came from."""
    set_id = new_id()
    ref = LineSetRef(
        id=str(set_id),
        count=len(lines),
        root=root_of(lines),
        aggregates={**(aggregates or {}), "count": len(lines)},
    )
    await tx.execute(
        sa.insert(t.line_set).values(
            id=set_id,
            run_id=run_id,
            path=path,
            kind=kind,
            count=ref.count,
            root=ref.root,
            aggregates=ref.aggregates,
        )
    )
    rows = [
        {"line_set_id": set_id, "line_no": line.line_no, "key": line.key, "data": dict(line.data)}
        for line in lines
    ]
    for start in range(0, len(rows), WRITTEN_AT_ONCE):
        await tx.execute(sa.insert(t.line), rows[start : start + WRITTEN_AT_ONCE])
    return ref


async def read(tx: Reader, line_set_id: UUID | str, after: int = 0, limit: int = 500) -> list[Line]:
    """The next lines after a line number, in order."""
    c = t.line.c
    rows = await tx.rows(
        sa.select(c.line_no, c.data)
        .where(c.line_set_id == UUID(str(line_set_id)), c.line_no > after)
        .order_by(c.line_no)
        .limit(limit)
    )
    return [Line(line=row["line_no"], data=row["data"]) for row in rows]


async def read_set(tx: Reader, line_set_id: UUID | str) -> list[SetLine]:
    """All lines of a set with their keys, in order."""
    c = t.line.c
    rows = await tx.rows(
        sa.select(c.line_no, c.key, c.data).where(c.line_set_id == UUID(str(line_set_id))).order_by(c.line_no)
    )
    return [SetLine(row["line_no"], row["key"], row["data"]) for row in rows]

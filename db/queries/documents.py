"""Db queries: documents and their lines as receiving works on them - locked, in order, set by set.

What was counted of the lines of an order is in `order_counts`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader, Transaction

CHUNK = 1_000


@dataclass(frozen=True)
class DocumentRef:
    """A document's head."""

    id: UUID
    kind: str
    number: str
    party_id: UUID | None
    site_id: UUID
    legal_entity_id: UUID
    state: str
    version: int
    header: Mapping[str, Any]
    source_document_id: UUID | None
    run_id: UUID | None
    occurred_at: datetime


@dataclass(frozen=True)
class LineRef:
    """A document's line, quantity in base units; `data` holds what its kind adds."""

    id: UUID
    line_no: int
    material_id: UUID
    batch_number: str | None
    produced_on: date | None
    expires_on: date | None
    quantity: int
    entered_quantity: str | None
    entered_unit: str | None
    order_line_no: int | None
    batch_id: UUID | None
    data: Mapping[str, Any] = field(default_factory=dict)


def select_document() -> sa.Select[Any]:
    """The columns of DocumentRef."""
    c = t.document.c
    return sa.select(
        c.id,
        c.kind,
        c.number,
        c.party_id,
        c.site_id,
        c.legal_entity_id,
        c.state,
        c.version,
        c.header,
        c.source_document_id,
        c.run_id,
        c.occurred_at,
    )


async def locked(tx: Transaction, document_id: UUID, kind: str) -> DocumentRef | None:
    """A document of a kind, its row locked until the end of the transaction."""
    c = t.document.c
    row = await tx.one_or_none(select_document().where(c.id == document_id, c.kind == kind).with_for_update())
    return DocumentRef(**row) if row else None


async def of_run(tx: Reader, run_id: UUID, kind: str) -> DocumentRef | None:
    """The run's latest document of a kind that was not cancelled."""
    c = t.document.c
    row = await tx.one_or_none(
        select_document()
        .where(c.run_id == run_id, c.kind == kind, c.state != "cancelled")
        .order_by(c.id.desc())
        .limit(1)
    )
    return DocumentRef(**row) if row else None


async def by_number(tx: Reader, kind: str, party_id: UUID, number: str) -> DocumentRef | None:
    """A document by what is unique about it."""
    c = t.document.c
    row = await tx.one_or_none(
        select_document().where(c.kind == kind, c.party_id == party_id, c.number == number)
    )
    return DocumentRef(**row) if row else None


async def lines_of(
    tx: Reader, document_id: UUID, *, removed: bool = False, between: tuple[int, int] | None = None
) -> list[LineRef]:
    """The lines of a document in order (from one number to another); corrected away ones when asked for."""
    c = t.document_line.c
    query = select_line().where(c.document_id == document_id).order_by(c.line_no)
    if not removed:
        query = query.where(~c.data.has_key("removed"))
    if between is not None:
        query = query.where(c.line_no.between(*between))
    return [LineRef(**row) for row in await tx.rows(query)]


def select_line() -> sa.Select[Any]:
    """The columns of LineRef."""
    c = t.document_line.c
    return sa.select(
        c.id,
        c.line_no,
        c.material_id,
        c.batch_number,
        c.produced_on,
        c.expires_on,
        c.quantity,
        c.entered_quantity,
        c.entered_unit,
        c.order_line_no,
        c.batch_id,
        c.data,
    )


async def line_ids(tx: Reader, document_id: UUID, between: tuple[int, int]) -> dict[int, UUID]:
    """Line number -> id, from one number to another."""
    c = t.document_line.c
    rows = await tx.rows(
        sa.select(c.line_no, c.id).where(c.document_id == document_id, c.line_no.between(*between))
    )
    return {row["line_no"]: row["id"] for row in rows}


async def is_worked_on(tx: Reader, document: DocumentRef, run_id: UUID) -> bool:
    """Whether an open run other than this one has the document in process."""
    if document.state != "in_process" or document.run_id in {None, run_id}:
        return False
    state = await tx.scalar(sa.select(t.run.c.state).where(t.run.c.id == document.run_id))
    return state in t.OPEN_STATES


async def add_lines(tx: Transaction, document_id: UUID, lines: Iterable[Mapping[str, Any]]) -> None:
    """Append lines to a document, a thousand at a time."""
    rows = [{"document_id": document_id, "data": {}, **line} for line in lines]
    for start in range(0, len(rows), CHUNK):
        await tx.execute(sa.insert(t.document_line), rows[start : start + CHUNK])


async def change_state(
    tx: Transaction,
    document_id: UUID,
    state: str,
    *,
    run_id: UUID | None = None,
    header: Mapping[str, Any] | None = None,
) -> None:
    """Put a document into a state; `run_id` and `header` entries are set where given."""
    c = t.document.c
    values: dict[str, Any] = {"state": state}
    if run_id is not None:
        values["run_id"] = run_id
    if header:
        values["header"] = c.header.op("||")(sa.cast(header, t.document.c.header.type))
    await tx.execute(sa.update(t.document).where(c.id == document_id).values(**values))


async def postings_of(tx: Reader, document_id: UUID, kind: str) -> list[UUID]:
    """The postings of a kind that stand for a document, oldest first."""
    p = t.posting.c
    rows = await tx.rows(sa.select(p.id).where(p.document_id == document_id, p.kind == kind).order_by(p.id))
    return [row["id"] for row in rows]


async def note_on_lines(tx: Transaction, document_id: UUID, said: Mapping[int, Mapping[str, Any]]) -> None:
    """Write down more of some lines, by their numbers; what they said under a name is replaced."""
    c = t.document_line.c
    more = sa.bindparam("more", type_=c.data.type)
    statement = sa.update(t.document_line).values(data=c.data.op("||")(more))
    for line_no, data in said.items():
        await tx.execute(
            statement.where(c.document_id == document_id, c.line_no == line_no), {"more": dict(data)}
        )


async def next_number(tx: Reader, kind: str, source: DocumentRef, prefix: str) -> str:
    """The number of a document that follows another: `prefix-number`, from the second on with `-n`."""
    c = t.document.c
    made: int = await tx.scalar(
        sa.select(sa.func.count()).where(c.kind == kind, c.source_document_id == source.id)
    )
    return f"{prefix}-{source.number}" + (f"-{made + 1}" if made else "")


def as_numbers(lines: Sequence[LineRef]) -> dict[int, LineRef]:
    """Line number -> line."""
    return {line.line_no: line for line in lines}


async def open_document(
    tx: Transaction,
    *,
    kind: str,
    number: str,
    source: DocumentRef,
    run_id: UUID | None,
    actor_id: UUID,
    occurred_at: datetime,
    header: Mapping[str, Any],
    as_id: UUID | None = None,
    loaded: bool = False,
) -> UUID:
    """Insert a document that follows from another: same partner, site and owner, in process.

    One of the past is `loaded`, has no run, and the id that its record gives it.
    """
    made: UUID = await tx.scalar(
        sa.insert(t.document)
        .values(
            kind=kind,
            number=number,
            party_id=source.party_id,
            site_id=source.site_id,
            legal_entity_id=source.legal_entity_id,
            state="in_process",
            header=dict(header),
            source_document_id=source.id,
            run_id=run_id,
            created_by=actor_id,
            occurred_at=occurred_at,
            loaded=loaded,
            **({"id": as_id} if as_id is not None else {}),
        )
        .returning(t.document.c.id)
    )
    return made

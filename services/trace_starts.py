"""Services: what a trace begins with - batch, piece, document, partner, person, package - and its batches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents_read
from db.queries import trace_starts as queries
from db.queries.references import code_or_id
from db.queries.trace_starts import After, Begun
from domain.errors import NotFound
from services import packages, stock
from services.documents import AmbiguousDocument

if TYPE_CHECKING:
    from db.session import Reader
    from services.platform import Actor, Platform

Look = Callable[["Reader", UUID, int, After | None], Awaitable[Begun]]
MOST_LOOKS = 20
"""Stretches of moves that are looked through for a batch that was not told yet."""
StartKind = Literal["batch", "serial", "document", "party", "package", "person"]


@dataclass(frozen=True)
class Start:
    """What a trace begins with: exactly one of these."""

    batch: str | None = None
    serial: str | None = None
    document: str | None = None
    party: str | None = None
    package: str | None = None
    person: str | None = None


@dataclass(frozen=True)
class Started:
    """What a trace began with: its kind, the reference that finds it again, its name, what is said beside it.

    `detail` is a code of the kind (a kind of document) or a plain text.
    """

    kind: StartKind
    ref: str
    name: str
    detail: str = ""


async def begin(
    tx: Reader, start: Start, sites: frozenset[UUID] | None, after: After | None, most: int
) -> tuple[Started, Begun]:
    """The batches of a trace that begins with anything but a package.

    NotFound, AmbiguousBatch, AmbiguousDocument.
    """
    if start.serial is not None:
        return await _serial(tx, start.serial.strip())
    if start.document is not None:
        found = await _document(tx, start.document, sites)
        begun = await queries.of_document(tx, found.id, most, after)
        return Started("document", str(found.id), found.number, found.kind), begun
    if start.party is not None:
        row = await _one(tx, t.party, t.party.c.code, start.party, "往来单位 / party")
        begun = await _looked(queries.of_party, tx, row["id"], most, after)
        return Started("party", str(row["id"]), row["name"], row["code"]), begun
    if start.person is not None:
        row = await _one(tx, t.person, t.person.c.username, start.person, "人员 / person")
        begun = await _looked(queries.of_person, tx, row["id"], most, after)
        return Started("person", str(row["id"]), row["name"], row["code"]), begun
    batch_id = await stock.batch_id(tx, start.batch or "")
    number = await tx.scalar(sa.select(t.batch.c.number).where(t.batch.c.id == batch_id))
    return Started("batch", str(batch_id), number), Begun([batch_id])


async def _looked(look: Look, tx: Reader, id_: UUID, most: int, after: After | None) -> Begun:
    """The next batches of a partner or person, past moves of batches that were told already."""
    begun = await look(tx, id_, most, after)
    for _ in range(MOST_LOOKS):
        if begun.batch_ids or begun.next is None:
            break
        begun = await look(tx, id_, most, begun.next)
    return begun


async def package(platform: Platform, code: str, actor: Actor) -> tuple[Started, Begun]:
    """What is in a package and in those that stand in it: its pieces, where all of them have serials."""
    view = await packages.get(platform, code, actor=actor)
    batches = list(dict.fromkeys(content.batch_id for content in view.contents))
    pieces = [serial for content in view.contents for serial in content.serials]
    whole = bool(pieces) and len(pieces) == sum(content.quantity for content in view.contents)
    started = Started("package", view.head.sscc, view.head.sscc, view.head.trace_code or "")
    return started, Begun(batches, serial_ids=pieces if whole else None)


async def _serial(tx: Reader, number: str) -> tuple[Started, Begun]:
    begun = await queries.of_serial(tx, number)
    if begun is None:
        raise NotFound(what=f"追溯码 / serial {number}")
    return Started("serial", number, number), begun


async def _document(tx: Reader, ref: str, sites: frozenset[UUID] | None) -> documents_read.DocumentRow:
    found = await documents_read.one(tx, ref, sites, None)
    if not found:
        raise NotFound(what=f"单据 / document {ref}")
    if len(found) > 1:
        raise AmbiguousDocument(number=ref, ids=", ".join(str(row.id) for row in found))
    return found[0]


async def _one(
    tx: Reader, table: sa.Table, code: sa.ColumnElement[str], ref: str, noun: str
) -> Mapping[str, Any]:
    query = sa.select(table.c.id, table.c.name, code.label("code")).where(
        code_or_id(table, ref, str(code.key))
    )
    rows = await tx.rows(query.limit(1))
    if not rows:
        raise NotFound(what=f"{noun} {ref}")
    return rows[0]

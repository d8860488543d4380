"""Db queries: which batches a trace is of, whatever it begins with - so many at once, and where it goes on.

Documents and packages are walked by recursive queries; partners and people have very many batches, so theirs
come with the newest first, cut at a key.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.batch_evidence import PERFORMED, task_of
from db.session import Reader

MOST_PAPERS = 1_000
"""Documents that are walked from one."""
MOST_TOUCHES = 2_000
"""Postings or tasks of a person that are looked through at once."""


@dataclass(frozen=True)
class After:
    """Where the next batches begin: below this id; nothing newer than `top` belongs to the list."""

    key: UUID
    top: UUID


@dataclass(frozen=True)
class Begun:
    """Batches in order and where the next ones begin; the pieces, when the trace is of pieces alone."""

    batch_ids: list[UUID]
    next: After | None = None
    serial_ids: Collection[UUID] | None = None
    cut: bool = False
    """Whether there is more that no next page gives: a document from which too many others were made."""


async def of_serial(tx: Reader, number: str) -> Begun | None:
    """Pieces with a serial number, of several materials perhaps."""
    s = t.serial.c
    found = await tx.rows(sa.select(s.id, s.batch_id).where(s.number == number).order_by(s.id))
    if not found:
        return None
    batches = list(dict.fromkeys(row["batch_id"] for row in found))
    return Begun(batches, serial_ids=[row["id"] for row in found])


async def of_document(tx: Reader, document_id: UUID, most: int, after: After | None = None) -> Begun:
    """Batches that moved for a document or for what was made from it, however far on, or that it names.

    A document that no goods moved for (an invoice) stands for the one that it was made from.
    """
    below = await _papers(tx, document_id, down=True)
    found = await _moved_for(tx, below[:MOST_PAPERS], most, after)
    if not found.batch_ids and after is None:
        above = await _papers(tx, document_id, down=False)
        found = await _moved_for(tx, above[:MOST_PAPERS], most, after)
    return Begun(found.batch_ids, found.next, cut=len(below) > MOST_PAPERS)


async def _papers(tx: Reader, document_id: UUID, *, down: bool) -> list[UUID]:
    """A document with all that were made from it (or that it was made from), step by step."""
    d = t.document.c
    tree = sa.select(d.id, d.source_document_id).where(d.id == document_id).cte("tree", recursive=True)
    step = d.source_document_id == tree.c.id if down else d.id == tree.c.source_document_id
    tree = tree.union(sa.select(d.id, d.source_document_id).where(step))
    return [row["id"] for row in await tx.rows(sa.select(tree.c.id).limit(MOST_PAPERS + 1))]


async def _moved_for(tx: Reader, papers: Collection[UUID], most: int, after: After | None) -> Begun:
    p, m, line = t.posting.c, t.move.c, t.document_line.c
    moved = sa.select(m.batch_id).join(t.posting, p.id == m.posting_id).where(p.document_id.in_(papers))
    named = sa.select(line.batch_id).where(line.document_id.in_(papers), line.batch_id.is_not(None))
    every = sa.union(moved, named).subquery("every")
    query = sa.select(every.c.batch_id)
    if after is not None:
        query = query.where(every.c.batch_id > after.key)
    rows = await tx.rows(query.order_by(every.c.batch_id).limit(most + 1))
    ids = [row["batch_id"] for row in rows]
    return Begun(ids[:most], After(ids[most - 1], ids[most - 1]) if len(ids) > most else None)


async def of_party(tx: Reader, party_id: UUID, most: int, after: After | None = None) -> Begun:
    """Batches that came from a partner or went to it, that of the newest move first.

    Only so many of its moves are looked at: a partner may have a good part of the ledger.
    """
    m, n = t.move.c, t.move.alias("newer")
    theirs = sa.select(m.id, m.batch_id).where(m.party_id == party_id)
    if after is not None:
        theirs = theirs.where(m.id < after.key)
    touched = theirs.order_by(m.id.desc()).limit(MOST_TOUCHES + 1).subquery("touched")
    query = sa.select(touched.c.id, touched.c.batch_id)
    if after is not None:
        told = n.c.batch_id == touched.c.batch_id, n.c.party_id == party_id
        query = query.add_columns(
            sa.exists().where(*told, n.c.id.between(after.key, after.top)).label("told")
        )
    return _newest(await tx.rows(query.order_by(touched.c.id.desc())), most, after)


async def of_person(tx: Reader, person_id: UUID, most: int, after: After | None = None) -> Begun:
    """Batches that a person moved, or that moved after a task the person took part in; newest first."""
    m = t.move.c
    touched = sa.union(_posted(person_id, after), _performed(person_id, after)).subquery("touched")
    ids = sa.select(touched.c.id).order_by(touched.c.id.desc()).limit(MOST_TOUCHES + 1).subquery("ids")
    query = sa.select(ids.c.id, m.batch_id).join_from(ids, t.move, m.posting_id == ids.c.id)
    if after is not None:
        q, n = t.posting.alias("newer"), t.move.alias("newer_move")
        theirs = sa.or_(q.c.actor_id == person_id, _took_part(person_id, q))
        newer = n.c.batch_id == m.batch_id, q.c.id == n.c.posting_id, q.c.id.between(after.key, after.top)
        query = query.add_columns(sa.exists().where(*newer, theirs).label("told"))
    return _newest(await tx.rows(query.order_by(ids.c.id.desc(), m.line_no)), most, after)


def _newest(rows: Sequence[Mapping[str, Any]], most: int, after: After | None) -> Begun:
    """Each batch once, without those `told` on a page before; a posting is told whole or left for later."""
    if not rows:
        return Begun([])
    touches: dict[UUID, list[UUID]] = {}
    for row in rows:
        touches.setdefault(row["id"], []).extend([] if row.get("told") else [row["batch_id"]])
    top = after.top if after else rows[0]["id"]
    found: dict[UUID, None] = {}
    last: UUID | None = None
    for count, (touch, batches) in enumerate(touches.items()):
        full = bool(found) and len(found.keys() | set(batches)) > most
        if last is not None and (full or count == MOST_TOUCHES):
            return Begun(list(found), After(last, top))
        found |= dict.fromkeys(batches)
        last = touch
    return Begun(list(found))


def _posted(person_id: UUID, after: After | None) -> sa.Select[Any]:
    p = t.posting.c
    query = sa.select(p.id).where(p.actor_id == person_id)
    if after is not None:
        query = query.where(p.id < after.key)
    newest = query.order_by(p.id.desc()).limit(MOST_TOUCHES + 1).subquery("posted")
    return sa.select(newest.c.id)


def _performed(person_id: UUID, after: After | None) -> sa.Select[Any]:
    """Postings of the newest tasks that a person took part in; a posting follows its task."""
    f, p = t.task_performer.c, t.posting.c
    query = sa.select(f.run_id, f.task_id).where(f.person_id == person_id, f.how.in_(PERFORMED))
    if after is not None:
        query = query.where(f.at <= sa.func.uuid_extract_timestamp(after.key))
    tasks = query.order_by(f.at.desc()).limit(MOST_TOUCHES).subquery("tasks")
    found = (
        sa.select(p.id)
        .join_from(tasks, t.posting, p.run_id == tasks.c.run_id)
        .where(task_of(t.posting) == tasks.c.task_id)
    )
    return found if after is None else found.where(p.id < after.key)


def _took_part(person_id: UUID, posting: sa.FromClause) -> sa.ColumnElement[bool]:
    f = t.task_performer.c
    return sa.exists().where(f.person_id == person_id, f.how.in_(PERFORMED), f.task_id == task_of(posting))

"""Db queries: the way of batches in and out of the company - one range of one index for each.

However long the ledger is. What happens inside a site (put-away, change of status) is no part of it: a trace
tells who had how much.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.batch_evidence import PERFORMED, task_of
from db.session import Reader
from domain.tracing import Direction

MOST_POSTINGS = 20
"""Postings of one row whose people are told; a row has more when one document was posted in many parts."""


@dataclass(frozen=True)
class TraceRow:
    """Goods of a batch that crossed the company's edge, or between sites: summed by partner and document.

    `quantity` counts base units; `from_kind` and `to_kind` are places outside or `internal`; `site` is ours.
    `posting_ids` are the postings that are summed.
    """

    batch_id: UUID
    kind: str
    quantity: int
    first_at: datetime
    last_at: datetime
    from_kind: str
    to_kind: str
    site: str
    party_id: UUID | None
    document_id: UUID | None
    posting_ids: Sequence[UUID]
    run_ids: Sequence[UUID]


@dataclass(frozen=True)
class Names:
    """What is said for the ids of a trace: by id, the columns of each."""

    batches: Mapping[UUID, Mapping[str, Any]]
    sites: Mapping[str, Mapping[str, Any]]
    parties: Mapping[UUID, Mapping[str, Any]]
    documents: Mapping[UUID, Mapping[str, Any]]
    runs: Mapping[UUID, Mapping[str, Any]]
    people: Mapping[UUID, Sequence[tuple[UUID, str]]]
    packages: Mapping[tuple[UUID, UUID], Sequence[str]]
    """Sites by code, people by posting, packages by document and batch."""


async def rows(
    tx: Reader,
    batch_ids: Collection[UUID],
    direction: Direction = "both",
    *,
    at: datetime | None = None,
    serial_ids: Collection[UUID] | None = None,
    sites: Collection[UUID] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[TraceRow]:
    """The rows of batches, oldest first. `back` is where they came from, `forward` where they went.

    `at` leaves out what happened later, `serial_ids` counts those pieces alone, `sites` are those that may be
    seen (None: all).
    """
    query = statement(batch_ids, direction, at=at, serial_ids=serial_ids, sites=sites)
    found = await tx.rows(query.limit(limit).offset(offset))
    return [TraceRow(**{**row, "run_ids": row["run_ids"] or ()}) for row in found]


def statement(
    batch_ids: Collection[UUID],
    direction: Direction = "both",
    *,
    at: datetime | None = None,
    serial_ids: Collection[UUID] | None = None,
    sites: Collection[UUID] | None = None,
) -> sa.Select[Any]:
    """The query itself, for who wants to know what it costs."""
    m, p = crossing(batch_ids, direction, serial_ids).cte("crossing").c, t.posting.c
    # All postings in one descent of their index: those of a batch stand beside each other in it.
    theirs = p.id == sa.any_(
        sa.func.array(sa.select(m.posting_id).scalar_subquery(), type_=sa.ARRAY(sa.Uuid))
    )
    posted = sa.select(p.id, p.kind, p.document_id, p.run_id, p.occurred_at).where(theirs)
    if at is not None:
        posted = posted.where(p.occurred_at <= at)
    c = posted.subquery("posted").c
    key = (m.batch_id, c.kind, c.document_id, m.party_id, m.from_kind, m.to_kind, m.site_id)
    moved = (
        sa.select(
            *key,
            sa.cast(sa.func.sum(m.quantity), sa.BigInteger).label("quantity"),
            sa.func.min(c.occurred_at).label("first_at"),
            sa.func.max(c.occurred_at).label("last_at"),
            sa.func.array_agg(c.id.distinct()).label("posting_ids"),
            sa.func.array_agg(c.run_id.distinct()).filter(c.run_id.is_not(None)).label("run_ids"),
        )
        .where(c.id == m.posting_id)
        .group_by(*key)
        .subquery("moved")
    )
    names = ("batch_id", "kind", "quantity", "first_at", "last_at", "from_kind", "to_kind")
    query = (
        sa.select(
            *(moved.c[name] for name in names),
            t.site.c.code.label("site"),
            *(moved.c[name] for name in ("party_id", "document_id", "posting_ids", "run_ids")),
        )
        .join_from(moved, t.site, t.site.c.id == moved.c.site_id)
        .order_by(moved.c.first_at, *(moved.c[name] for name in _ORDER))
    )
    return query if sites is None else query.where(moved.c.site_id.in_(list(sites)))


_ORDER = ("batch_id", "kind", "from_kind", "to_kind", "site_id", "party_id", "document_id")
"""After the instant: no two rows are alike in all of them, so a page goes on where the last one ended."""


def crossing(
    batch_ids: Collection[UUID], direction: Direction, serial_ids: Collection[UUID] | None
) -> sa.Select[Any]:
    """The moves themselves; of pieces with serials, so many as are asked for."""
    m, s = t.move.c, t.move_serial.c
    inward = m.to_kind == "internal"
    query = sa.select(
        m.batch_id,
        m.posting_id,
        m.party_id,
        m.from_kind,
        m.to_kind,
        sa.func.coalesce(m.to_site_id, m.from_site_id).label("site_id"),
        (m.quantity if serial_ids is None else sa.literal(1, sa.BigInteger)).label("quantity"),
    ).where(m.batch_id.in_(list(batch_ids)), sa.or_(m.from_kind != "internal", m.to_kind != "internal"))
    if direction != "both":
        query = query.where(inward if direction == "back" else sa.not_(inward))
    if serial_ids is not None:
        query = query.join(t.move_serial, s.move_id == m.id).where(s.serial_id.in_(list(serial_ids)))
    return query


async def names(
    tx: Reader,
    found: Sequence[TraceRow],
    *,
    batch_ids: Collection[UUID] = (),
    party_ids: Collection[UUID] = (),
    document_ids: Collection[UUID] = (),
) -> Names:
    """The names of all that a trace speaks of, in its rows and beside them."""
    b, m, s, p, d = t.batch.c, t.material.c, t.site.c, t.party.c, t.document.c
    batches = sa.select(
        b.id, b.number, b.expires_on, m.code, m.name_zh, m.name_en, m.specification, m.base_unit
    ).join(t.material, m.id == b.material_id)
    papers = {row.document_id for row in found if row.document_id}
    sites = await tx.rows(
        sa.select(s.code, s.name_zh, s.name_en).where(s.code.in_({row.site for row in found}))
    )
    return Names(
        batches=await _by_id(tx, batches, b.id, {*batch_ids, *(row.batch_id for row in found)}),
        sites={row["code"]: row for row in sites},
        parties=await _by_id(
            tx,
            sa.select(p.id, p.code, p.name),
            p.id,
            {*party_ids, *(row.party_id for row in found if row.party_id)},
        ),
        documents=await _by_id(tx, sa.select(d.id, d.kind, d.number), d.id, papers | set(document_ids)),
        runs=await _runs(tx, {run_id for row in found for run_id in row.run_ids}),
        people=await _people(tx, {id_ for row in found for id_ in row.posting_ids[:MOST_POSTINGS]}),
        packages=await _packages(tx, papers, {row.batch_id for row in found}),
    )


async def _by_id(
    tx: Reader, query: sa.Select[Any], column: sa.ColumnElement[UUID], ids: Collection[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    return {row["id"]: row for row in await tx.rows(query.where(column.in_(list(ids))))} if ids else {}


async def _runs(tx: Reader, ids: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    r, s = t.run.c, t.sop.c
    query = sa.select(r.id, r.business_key, s.title_zh, s.title_en).join(t.sop, s.id == r.sop_id)
    return await _by_id(tx, query, r.id, ids)


async def _people(tx: Reader, posting_ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Who performed each posting's task, first to last; outside of a task who posted. Id and name."""
    if not posting_ids:
        return {}
    p, f, actor = t.posting.c, t.task_performer.c, t.person.alias("actor")
    theirs = sa.and_(f.task_id == task_of(t.posting), f.how.in_(PERFORMED))
    who = sa.func.coalesce(f.person_id, p.actor_id)
    rows = await tx.rows(
        sa.select(p.id, actor.c.id.label("person_id"), actor.c.name)
        .select_from(t.posting.outerjoin(t.task_performer, theirs).join(actor, actor.c.id == who))
        .where(p.id.in_(list(posting_ids)))
        .group_by(p.id, actor.c.id)
        .order_by(p.id, sa.func.min(f.at), actor.c.name)
    )
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append((row["person_id"], row["name"]))
    return found


async def _packages(
    tx: Reader, document_ids: Collection[UUID], batch_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], list[str]]:
    """The packages of shipments that have a batch in them."""
    if not document_ids:
        return {}
    p, c = t.package.c, t.package_content.c
    rows = await tx.rows(
        sa.select(p.document_id, c.batch_id, p.sscc)
        .join(t.package_content, c.package_id == p.id)
        .where(
            p.document_id.in_(list(document_ids)),
            c.batch_id.in_(list(batch_ids)),
            p.state != "dissolved",
        )
        .order_by(p.document_id, p.number, p.sscc)
    )
    found: dict[tuple[UUID, UUID], list[str]] = {}
    for row in rows:
        found.setdefault((row["document_id"], row["batch_id"]), []).append(row["sscc"])
    return found

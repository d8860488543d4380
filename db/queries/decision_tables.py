"""Db queries: decision tables - their versions, who approved them, and which procedures use which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH, distinct_on

from db import tables as t
from db.queries.sops import ApprovalRow
from db.session import Reader

v, approval = t.decision_table_version.c, t.decision_table_approval.c


@dataclass(frozen=True)
class TableRow:
    """A version of a table; `number` is given when it is submitted for the first time."""

    id: UUID
    key: str
    title_zh: str
    title_en: str
    number: int | None
    origin: str
    vendor_version: int | None
    state: str
    sha256: str | None
    author_id: UUID
    author: str
    created_at: datetime
    revision: int
    based_on_id: UUID | None
    approved_by: str | None
    approved_at: datetime | None


@dataclass(frozen=True)
class TableUse:
    """A version of a procedure that decides by a table; `pinned` is the table's version in its bundle."""

    table: str
    sop_id: UUID
    sop: str
    title_zh: str
    title_en: str
    sop_version_id: UUID
    version: int | None
    state: str
    pinned: int | None


async def versions(
    tx: Reader, *, key: str | None = None, ref: int | UUID | None = None, lock: bool = False
) -> list[TableRow]:
    """Versions by key, drafts first, then newest first; `ref` is a number or an id."""
    by = sa.select(approval.version_id, t.person.c.name, approval.recorded_at)
    approved = (
        by.join(t.person, t.person.c.id == approval.actor_id).where(approval.kind == "approve").subquery()
    )
    query = (
        sa.select(
            v.id,
            v.key,
            v.content["title"]["zh"].astext.label("title_zh"),
            sa.func.coalesce(v.content["title"]["en"].astext, v.content["title"]["zh"].astext).label(
                "title_en"
            ),
            sa.case((v.state != "draft", v.number)).label("number"),
            v.origin,
            v.vendor_version,
            v.state,
            sa.case((v.state != "draft", v.sha256)).label("sha256"),
            v.author_id,
            t.person.c.name.label("author"),
            v.created_at,
            v.revision,
            v.based_on_id,
            approved.c.name.label("approved_by"),
            approved.c.recorded_at.label("approved_at"),
        )
        .join(t.person, t.person.c.id == v.author_id)
        .outerjoin(approved, approved.c.version_id == v.id)
        .order_by(v.key, sa.case((v.state != "draft", v.number)).desc().nulls_first(), v.id.desc())
    )
    if key is not None:
        query = query.where(v.key == key)
    if isinstance(ref, UUID):
        query = query.where(v.id == ref)
    elif ref is not None:
        query = query.where(v.number == ref, v.state != "draft")
    if lock:
        query = query.with_for_update(of=t.decision_table_version)
    return [TableRow(**row) for row in await tx.rows(query)]


async def source_of(tx: Reader, version_id: UUID) -> str:
    """The text of a version as its author wrote it."""
    return str(await tx.scalar(sa.select(v.source).where(v.id == version_id)))


async def approved(tx: Reader) -> dict[str, str]:
    """By key: the text of the newest approved version."""
    rows = await tx.rows(
        sa.select(v.key, v.source)
        .where(v.state == "approved")
        .ext(distinct_on(v.key))
        .order_by(v.key, v.number.desc())
    )
    return {row["key"]: row["source"] for row in rows}


async def numbers(tx: Reader) -> dict[str, int]:
    """By key: the number of the newest approved version."""
    rows = await tx.rows(
        sa.select(v.key, sa.func.max(v.number).label("number")).where(v.state == "approved").group_by(v.key)
    )
    return {row["key"]: row["number"] for row in rows}


async def approved_after_submission(tx: Reader, sop_version_id: UUID, keys: Sequence[str]) -> list[str]:
    """Those of the tables of which a version was approved after a procedure was last handed in for review."""
    submitted = (
        sa.select(sa.func.max(t.sop_approval.c.recorded_at))
        .where(t.sop_approval.c.sop_version_id == sop_version_id, t.sop_approval.c.kind == "submit")
        .scalar_subquery()
    )
    rows = await tx.rows(
        sa.select(v.key)
        .join(t.decision_table_approval, approval.version_id == v.id)
        .where(approval.kind == "approve", approval.recorded_at > submitted, v.key.in_(keys))
        .distinct()
        .order_by(v.key)
    )
    return [row["key"] for row in rows]


async def last_number(tx: Reader, key: str) -> int:
    """The highest number that a version of the table was ever given, 0 before the first."""
    return int(await tx.scalar(sa.select(sa.func.max(v.number)).where(v.key == key)) or 0)


async def authors(tx: Reader, version_id: UUID) -> set[UUID]:
    """Who began the version, and whoever wrote a revision of it."""
    revised = t.decision_table_revision.c
    began = sa.select(v.author_id.label("person_id")).where(v.id == version_id)
    wrote = sa.select(revised.person_id).where(revised.version_id == version_id)
    return {row["person_id"] for row in await tx.rows(began.union(wrote))}


async def approvals(tx: Reader, version_id: UUID) -> list[ApprovalRow]:
    """The transitions of a version, first to last."""
    signed = t.signature.c
    rows = await tx.rows(
        sa.select(
            approval.kind,
            t.person.c.name.label("actor"),
            approval.comment,
            approval.recorded_at,
            approval.signature_id,
            signed.printed_name,
            signed.meaning_zh,
            signed.meaning_en,
        )
        .join(t.person, t.person.c.id == approval.actor_id)
        .outerjoin(t.signature, signed.id == approval.signature_id)
        .where(approval.version_id == version_id)
        .order_by(approval.id)
    )
    return [ApprovalRow(**row) for row in rows]


async def uses(tx: Reader, key: str | None = None) -> list[TableUse]:
    """The versions of procedures that use tables (one of them, or all), by procedure, newest first."""
    p = t.sop_version.c
    named = sa.func.jsonb_path_query(p.definition, sa.cast("$.**.decide.table", JSONPATH))
    told: sa.Select[tuple[UUID, Any]] = sa.select(
        p.id, named.op("#>>")(sa.literal_column("'{}'::text[]")).label("table")
    ).distinct()
    found = told.subquery()
    query = (
        sa.select(
            found.c.table,
            p.sop_id,
            t.sop.c.key.label("sop"),
            t.sop.c.title_zh,
            t.sop.c.title_en,
            p.id.label("sop_version_id"),
            p.version,
            p.state,
            sa.cast(p.bundle["tables"][found.c.table]["version"].astext, sa.Integer).label("pinned"),
        )
        .join(t.sop_version, p.id == found.c.id)
        .join(t.sop, t.sop.c.id == p.sop_id)
        .order_by(t.sop.c.key, p.version.desc().nulls_first(), p.id.desc())
    )
    if key is not None:
        query = query.where(found.c.table == key)
    return [TableUse(**row) for row in await tx.rows(query)]


async def number_kept(tx: Reader, version_id: UUID) -> int | None:
    """The number of a version, in a draft the one that it had when it was in review."""
    found: int | None = await tx.scalar(sa.select(v.number).where(v.id == version_id))
    return found

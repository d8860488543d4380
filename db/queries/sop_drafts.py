"""Db queries: the revisions of a draft - what it said after each change, which change follows which.

Drafts of procedures and of decision tables are kept alike.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


@dataclass(frozen=True)
class Kept:
    """Where the revisions of a kind of draft stand, and which column says whose they are."""

    table: sa.Table
    of: str


OF_PROCEDURES = Kept(t.sop_draft_revision, "sop_version_id")
OF_TABLES = Kept(t.decision_table_revision, "version_id")


@dataclass(frozen=True)
class Revision:
    """One change of a draft: what, by whom, when; `before` is the revision that it changed."""

    number: int
    before: int | None
    what_zh: str
    what_en: str
    person: str
    made_at: datetime


async def revisions(tx: Reader, version_id: UUID, kept: Kept = OF_PROCEDURES) -> list[Revision]:
    """All changes of a draft, newest first."""
    c = kept.table.c
    rows = await tx.rows(
        sa.select(c.number, c.before, c.what_zh, c.what_en, t.person.c.name.label("person"), c.made_at)
        .join(t.person, t.person.c.id == c.person_id)
        .where(c[kept.of] == version_id)
        .order_by(c.number.desc())
    )
    return [Revision(**row) for row in rows]


async def source_of(tx: Reader, version_id: UUID, number: int, kept: Kept = OF_PROCEDURES) -> str:
    """What the draft said after a change."""
    c = kept.table.c
    found = await tx.scalar(sa.select(c.source).where(c[kept.of] == version_id, c.number == number))
    return str(found)


async def newest(tx: Reader, version_id: UUID, kept: Kept = OF_PROCEDURES) -> int:
    """The highest number given, 0 before the first."""
    c = kept.table.c
    return int(await tx.scalar(sa.select(sa.func.max(c.number)).where(c[kept.of] == version_id)) or 0)

"""Db queries: the revisions of a draft - what it said after each change, and which change follows which."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

c = t.sop_draft_revision.c


@dataclass(frozen=True)
class Revision:
    """One change of a draft: what, by whom, when; `before` is the revision that it changed."""

    number: int
    before: int | None
    what_zh: str
    what_en: str
    person: str
    made_at: datetime


async def revisions(tx: Reader, version_id: UUID) -> list[Revision]:
    """All changes of a draft, newest first."""
    rows = await tx.rows(
        sa.select(c.number, c.before, c.what_zh, c.what_en, t.person.c.name.label("person"), c.made_at)
        .join(t.person, t.person.c.id == c.person_id)
        .where(c.sop_version_id == version_id)
        .order_by(c.number.desc())
    )
    return [Revision(**row) for row in rows]


async def source_of(tx: Reader, version_id: UUID, number: int) -> str:
    """What the draft said after a change."""
    found = await tx.scalar(sa.select(c.source).where(c.sop_version_id == version_id, c.number == number))
    return str(found)


async def newest(tx: Reader, version_id: UUID) -> int:
    """The highest number given, 0 before the first."""
    return int(await tx.scalar(sa.select(sa.func.max(c.number)).where(c.sop_version_id == version_id)) or 0)

"""Db queries: who has to be trained on which version, who is, and what a person reads for it (GSP 31-36)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH

from db import tables as t
from db.queries.actors import assignment_in_force
from db.session import Reader

PERFORMING = "$.**.human.post"
SIGNING = ("$.**.human.signature.post", "$.**.human.signatures[*].post")


@dataclass(frozen=True)
class TrainingNeed:
    """A person who works by a version that is approved or in force, and when the person was trained on it.

    `since` is when it comes, or came, into force where the person works; None: approved, no date yet.
    """

    person_id: UUID
    username: str
    name: str
    version_id: UUID
    sop: str
    title_zh: str
    title_en: str
    version: int
    since: datetime | None
    trained_on: date | None
    how: str | None
    drilled: bool
    """Whether the person took part in a drill of it whose record was taken over."""

    @property
    def key(self) -> tuple[str, int]:
        return self.sop, self.version


async def needs(
    tx: Reader, *, person_id: UUID | None = None, version_id: UUID | None = None, missing: bool = False
) -> list[TrainingNeed]:
    """Who needs which training, by procedure, version and name; `missing`: only what is not on record."""
    needed = _needed()
    n, p, v, s, r = needed.c, t.person.c, t.sop_version.c, t.sop.c, t.training_record.c
    d = t.drill_evidence.c
    query = (
        sa.select(
            n.person_id,
            p.username,
            p.name,
            n.version_id,
            s.key.label("sop"),
            s.title_zh,
            s.title_en,
            v.version,
            sa.func.min(n.since).label("since"),
            r.trained_on,
            r.how,
            sa.exists()
            .where(d.sop_version_id == n.version_id, n.person_id == sa.func.any(d.persons))
            .label("drilled"),
        )
        .join(t.person, p.id == n.person_id)
        .join(t.sop_version, v.id == n.version_id)
        .join(t.sop, s.id == v.sop_id)
        .outerjoin(
            t.training_record,
            sa.and_(r.person_id == n.person_id, r.sop_key == s.key, r.version == v.version),
        )
        .group_by(n.person_id, n.version_id, p.id, v.id, s.id, r.id)
        .order_by(s.key, v.version, p.name, p.id)
    )
    for column, wanted in ((n.person_id, person_id), (n.version_id, version_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if missing:
        query = query.where(r.id.is_(None))
    return [TrainingNeed(**row) for row in await tx.rows(query)]


def _needed() -> sa.Subquery:
    """Persons and versions: a post of the version is held where the version is, or will be, in force."""
    v, e, a, post, p = t.sop_version.c, t.sop_effectivity.c, t.post_assignment.c, t.post.c, t.person.c
    paths = [
        sa.func.jsonb_path_query_array(v.definition, sa.cast(one, JSONPATH)) for one in (PERFORMING, *SIGNING)
    ]
    posts = paths[0].op("||")(paths[1]).op("||")(paths[2])
    named = sa.func.jsonb_array_elements_text(posts).table_valued("code").render_derived(name="named")
    now = sa.func.clock_now()
    coming = sa.and_(e.sop_version_id == v.id, sa.or_(e.effective_to.is_(None), e.effective_to > now))
    return (
        sa.select(a.person_id, v.id.label("version_id"), e.effective_from.label("since"))
        .select_from(t.sop_version)
        .outerjoin(t.sop_effectivity, coming)
        .join(named, sa.true())
        .join(t.post, post.code == named.c.code)
        .join(
            t.post_assignment,
            sa.and_(
                a.post_id == post.id,
                assignment_in_force(),
                sa.or_(e.site_id.is_(None), a.site_id.is_(None), a.site_id == e.site_id),
            ),
        )
        .join(t.person, p.id == a.person_id)
        .where(
            p.active,
            p.kind == "person",
            v.version.is_not(None),
            sa.or_(e.id.is_not(None), v.state == "approved"),
        )
        .subquery()
    )


@dataclass(frozen=True)
class TrainingText:
    """What is read: the version as approved."""

    id: UUID
    sop: str
    version: int
    state: str
    sha256: str
    source: str
    definition: Mapping[str, Any]


async def text_of(tx: Reader, sop: str, version: int) -> TrainingText | None:
    """A version with a number."""
    v, s = t.sop_version.c, t.sop.c
    row = await tx.one_or_none(
        sa.select(v.id, s.key.label("sop"), v.version, v.state, v.sha256, v.source, v.definition)
        .join(t.sop, s.id == v.sop_id)
        .where(s.key == sop, v.version == version)
    )
    return TrainingText(**row) if row else None


@dataclass(frozen=True)
class TrainingRecord:
    """A training on record; `signed_by` is the printed name where the person has read and signed."""

    trained_on: date
    how: str
    signed_by: str | None
    signed_at: datetime | None


async def record(tx: Reader, person_id: UUID, sop: str, version: int) -> TrainingRecord | None:
    """A person's training on a version."""
    r, s = t.training_record.c, t.signature.c
    row = await tx.one_or_none(
        sa.select(r.trained_on, r.how, s.printed_name.label("signed_by"), s.recorded_at.label("signed_at"))
        .outerjoin(t.signature, s.id == r.signature_id)
        .where(r.person_id == person_id, r.sop_key == sop, r.version == version)
    )
    return TrainingRecord(**row) if row else None


async def told(tx: Reader, link: str) -> set[UUID]:
    """The persons who have a message that leads there."""
    n = t.notification.c
    rows = await tx.rows(sa.select(n.person_id).where(n.link == link, n.person_id.is_not(None)))
    return {row["person_id"] for row in rows}


async def holders(tx: Reader, permission: str, without: Sequence[UUID]) -> list[UUID]:
    """The active persons who hold a post with a permission, but these."""
    a, post, p = t.post_assignment.c, t.post.c, t.person.c
    rows = await tx.rows(
        sa.select(p.id)
        .distinct()
        .join(t.post_assignment, a.person_id == p.id)
        .join(t.post, post.id == a.post_id)
        .where(
            p.active,
            p.kind == "person",
            assignment_in_force(),
            sa.literal(permission) == sa.func.any(post.permissions),
            p.id.not_in(without),
        )
        .order_by(p.id)
    )
    return [row["id"] for row in rows]

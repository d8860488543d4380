"""Db queries: drill records that were taken over, and the runs that one is made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.actors import assignment_in_force
from db.session import Reader


@dataclass(frozen=True)
class EvidenceRow:
    """A record that was taken over: its text as it came, by whom, when, who took part by name."""

    id: UUID
    version_id: UUID
    sop: str
    title_zh: str
    title_en: str
    definition_sha256: str
    record_sha256: str
    actor: str
    recorded_at: datetime
    persons: tuple[str, ...]
    record: str


@dataclass(frozen=True)
class DrilledVersion:
    """A version in force in the drill, and how many runs of it there were and came to an end."""

    id: UUID
    sop: str
    title_zh: str
    title_en: str
    version: int
    runs: int
    ended: int


async def of_version(tx: Reader, version_id: UUID) -> list[EvidenceRow]:
    """The records of a version, first to last."""
    d = t.drill_evidence.c
    return await _rows(tx, d.sop_version_id == version_id)


async def one(tx: Reader, evidence_id: UUID) -> EvidenceRow | None:
    """A record by its id."""
    found = await _rows(tx, t.drill_evidence.c.id == evidence_id)
    return found[0] if found else None


async def of_person(tx: Reader, version_id: UUID, person_id: UUID) -> tuple[UUID, datetime] | None:
    """The newest record of a drill of a version in which a person took part, and when it was taken over."""
    d = t.drill_evidence.c
    row = await tx.one_or_none(
        sa.select(d.id, d.recorded_at)
        .where(d.sop_version_id == version_id, sa.literal(person_id) == sa.func.any(d.persons))
        .order_by(d.recorded_at.desc())
        .limit(1)
    )
    return (row["id"], row["recorded_at"]) if row else None


async def _rows(tx: Reader, where: sa.ColumnElement[bool]) -> list[EvidenceRow]:
    d, p, v, s = t.drill_evidence.c, t.person.c, t.sop_version.c, t.sop.c
    part = t.person.alias("part").c
    names = (
        sa.select(sa.func.array_agg(sa.func.concat(part.name, " (", part.username, ")")))
        .where(part.id == sa.func.any(d.persons))
        .scalar_subquery()
    )
    rows = await tx.rows(
        sa.select(
            d.id,
            d.sop_version_id.label("version_id"),
            s.key.label("sop"),
            s.title_zh,
            s.title_en,
            d.definition_sha256,
            d.record_sha256,
            p.name.label("actor"),
            d.recorded_at,
            names.label("persons"),
            d.record,
        )
        .join(t.person, p.id == d.actor_id)
        .join(t.sop_version, v.id == d.sop_version_id)
        .join(t.sop, s.id == v.sop_id)
        .where(where)
        .order_by(d.recorded_at, d.id)
    )
    return [EvidenceRow(**{**row, "persons": tuple(sorted(row["persons"] or ()))}) for row in rows]


async def holders(tx: Reader, posts: Collection[str]) -> list[tuple[str, str]]:
    """User name and name of the active persons who hold one of the posts, by name."""
    p, a, post = t.person.c, t.post_assignment.c, t.post.c
    rows = await tx.rows(
        sa.select(p.username, p.name)
        .distinct()
        .join(t.post_assignment, a.person_id == p.id)
        .join(t.post, post.id == a.post_id)
        .where(p.active, p.kind == "person", assignment_in_force(), post.code.in_(posts))
        .order_by(p.name, p.username)
    )
    return [(row["username"], row["name"]) for row in rows]


async def drilled(tx: Reader) -> list[DrilledVersion]:
    """The versions with runs, by procedure and number."""
    r, v, s = t.run.c, t.sop_version.c, t.sop.c
    rows = await tx.rows(
        sa.select(
            v.id,
            s.key.label("sop"),
            s.title_zh,
            s.title_en,
            v.version,
            sa.func.count().label("runs"),
            sa.func.count(r.ended_at).label("ended"),
        )
        .join(t.sop_version, v.id == r.sop_version_id)
        .join(t.sop, s.id == v.sop_id)
        .group_by(v.id, s.id)
        .order_by(s.key, v.version)
    )
    return [DrilledVersion(**row) for row in rows]


async def advances(tx: Reader) -> list[tuple[datetime, int]]:
    """When the clock of the drill was moved, in real time, and how far it has been ahead since (seconds)."""
    a = t.audit_event.c
    rows = await tx.rows(
        sa.select(a.recorded_at, sa.cast(a.after["ahead_seconds"].astext, sa.BigInteger).label("ahead"))
        .where(a.action == "advance.clock", ~a.refused)
        .order_by(a.recorded_at, a.id)
    )
    return [(row["recorded_at"], row["ahead"]) for row in rows]


async def newest_runs(tx: Reader, version_id: UUID, most: int) -> Sequence[UUID]:
    """The newest runs of a version, oldest first."""
    r = t.run.c
    rows = await tx.rows(
        sa.select(r.id).where(r.sop_version_id == version_id).order_by(r.id.desc()).limit(most)
    )
    return [row["id"] for row in reversed(rows)]

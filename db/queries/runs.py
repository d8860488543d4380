"""Db queries: runs - one with its facts for an advance, by its name, and lists by row scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.kept import Call, Kept
from db.queries._paging import Page, cursor_of, position_of
from db.queries.sops import EffectiveSop
from db.session import Reader

_STARTER = t.person.alias("starter")


@dataclass(frozen=True)
class RunRow:
    """A run as lists show it."""

    id: UUID
    sop: str
    title_zh: str
    title_en: str
    version: int
    sha256: str
    sop_version_id: UUID
    state: str
    outcome: str | None
    business_key: str | None
    site_id: UUID
    site: str
    site_zh: str
    site_en: str
    time_zone: str
    mode: str
    current_steps: list[str]
    summary_zh: str
    summary_en: str
    started_by: UUID
    started_by_name: str
    started_at: datetime
    ended_at: datetime | None
    called_by: UUID | None
    call_path: str | None
    called_line: int | None


@dataclass(frozen=True)
class RunFilter:
    """Which runs; `sites` is the row scope (None: all)."""

    sites: Collection[UUID] | None = None
    sop: str | None = None
    state: str | None = None
    batch: UUID | None = None
    site: str | None = None
    text: str | None = None
    called_by: UUID | None = None


def columns() -> list[Any]:
    r = t.run.c
    return [
        r.id,
        t.sop.c.key.label("sop"),
        t.sop.c.title_zh,
        t.sop.c.title_en,
        t.sop_version.c.version,
        r.sha256,
        r.sop_version_id,
        r.state,
        r.outcome,
        r.business_key,
        r.site_id,
        t.site.c.code.label("site"),
        t.site.c.name_zh.label("site_zh"),
        t.site.c.name_en.label("site_en"),
        t.site.c.time_zone,
        r.mode,
        r.current_steps,
        r.summary_zh,
        r.summary_en,
        r.started_by,
        _STARTER.c.name.label("started_by_name"),
        r.started_at,
        r.ended_at,
        r.called_by,
        r.call_path,
        r.called_line,
    ]


def joined() -> sa.FromClause:
    r = t.run.c
    return (
        t.run.join(t.sop, t.sop.c.id == r.sop_id)
        .join(t.sop_version, t.sop_version.c.id == r.sop_version_id)
        .join(t.site, t.site.c.id == r.site_id)
        .join(_STARTER, _STARTER.c.id == r.started_by)
    )


def for_advance(run_id: UUID) -> Call:
    """The run of an advance, its row locked: advances of one run happen one after another."""
    return _for_advance(), {"run": run_id}


@cache
def _for_advance() -> Kept:
    r = t.run.c
    return Kept(
        sa.select(
            r.id,
            r.workflow_id,
            r.sop_id,
            t.sop.c.key.label("sop_key"),
            r.sop_version_id,
            t.sop_version.c.version,
            r.sha256,
            t.sop.c.title_zh,
            t.sop.c.title_en,
            r.site_id,
            t.site.c.code.label("site"),
            r.department_id,
            t.department.c.code.label("department"),
            t.site.c.time_zone,
            t.site.c.legal_entity_id,
            r.mode,
            r.started_by,
            _STARTER.c.name.label("started_by_name"),
            r.inputs,
            r.summary_zh,
            r.summary_en,
            r.state,
            r.changeovers,
        )
        .select_from(joined().outerjoin(t.department, t.department.c.id == r.department_id))
        .where(r.id == sa.bindparam("run"))
        .with_for_update(of=t.run, key_share=True)
    )


async def run_row(tx: Reader, run_id: UUID) -> RunRow | None:
    """One run."""
    row = await tx.one_or_none(sa.select(*columns()).select_from(joined()).where(t.run.c.id == run_id))
    return RunRow(**row) if row else None


async def named(tx: Reader, ref: str) -> UUID | None:
    """A run by its id, or the newest one with that business key."""
    r = t.run.c
    try:
        condition = r.id == UUID(ref)
    except ValueError:
        condition = r.business_key == ref
    found: UUID | None = await tx.scalar(
        sa.select(r.id).where(condition).order_by(r.started_at.desc()).limit(1)
    )
    return found


async def run_rows(tx: Reader, run_ids: Sequence[UUID]) -> list[RunRow]:
    """These runs, the oldest first."""
    r = t.run.c
    query = sa.select(*columns()).select_from(joined()).where(r.id.in_(run_ids))
    return [RunRow(**row) for row in await tx.rows(query.order_by(r.started_at, r.id))]


async def list_runs(tx: Reader, wanted: RunFilter, *, after: str | None, limit: int) -> Page[RunRow]:
    """A page of runs, the newest first."""
    r = t.run.c
    query = sa.select(*columns()).select_from(joined()).where(*_conditions(wanted))
    if after is not None:
        started_at, run_id = position_of(after, datetime, UUID)
        position = sa.literal(started_at, sa.DateTime(timezone=True)), sa.literal(run_id, sa.Uuid)
        query = query.where(sa.tuple_(r.started_at, r.id) < sa.tuple_(*position))
    rows = await tx.rows(query.order_by(r.started_at.desc(), r.id.desc()).limit(limit + 1))
    items = [RunRow(**row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return Page(items, cursor_of(last.started_at, last.id) if last else None)


def scope(sites: Collection[UUID] | None) -> list[sa.ColumnElement[bool]]:
    """The runs at these sites or with work at them (None: all)."""
    if sites is None:
        return []
    r, these = t.run.c, list(sites)
    return [sa.or_(r.site_id.in_(these), works_at(r.id, t.task.c.site_id.in_(these)))]


def works_at(run_id: sa.ColumnElement[UUID], site: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A run over several sites belongs to each that had work in it."""
    return sa.exists().where(t.task.c.run_id == run_id, site)


def _conditions(wanted: RunFilter) -> list[sa.ColumnElement[bool]]:
    r = t.run.c
    found: list[sa.ColumnElement[bool]] = []
    found += scope(wanted.sites)
    if wanted.sop:
        found.append(t.sop.c.key == wanted.sop)
    if wanted.state:
        found.append(r.state == wanted.state)
    if wanted.batch:
        found.append(r.batch_ids.contains([wanted.batch]))
    if wanted.site:
        found.append(t.site.c.code == wanted.site)
    if wanted.called_by:
        found.append(r.called_by == wanted.called_by)
    if wanted.text:
        like = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found.append(sa.or_(r.summary_zh.ilike(like), r.business_key.ilike(like), r.summary_en.ilike(like)))
    return found


async def for_start(tx: Reader, runs: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """What the engine is given to start these runs."""
    r = t.run.c
    rows = await tx.rows(
        sa.select(
            r.id,
            r.called_by,
            r.call_path,
            r.sop_version_id,
            r.sha256,
            r.inputs,
            r.started_by,
            r.mode,
            r.summary_zh,
            r.engine_started_at,
            r.changeovers,
            t.sop.c.title_zh,
            t.site.c.code.label("site"),
            t.site.c.time_zone,
            t.department.c.code.label("department"),
        )
        .select_from(joined().outerjoin(t.department, t.department.c.id == r.department_id))
        .where(r.id.in_(runs))
        .order_by(r.id)
    )
    return list(rows)


async def in_force(tx: Reader, sop: str, at: datetime) -> list[tuple[UUID | None, EffectiveSop]]:
    """The versions of a procedure in force anywhere, with the site (None: all); those for one site first."""
    c, version = t.sop_effectivity.c, t.sop_version.c
    rows = await tx.rows(
        sa.select(
            c.site_id,
            t.sop.c.id.label("sop_id"),
            version.id.label("sop_version_id"),
            t.sop.c.key,
            t.sop.c.title_zh,
            t.sop.c.title_en,
            version.version,
            version.sha256,
            version.bundle,
        )
        .join(t.sop, t.sop.c.id == c.sop_id)
        .join(t.sop_version, version.id == c.sop_version_id)
        .where(
            t.sop.c.key == sop,
            c.effective_from <= at,
            sa.or_(c.effective_to.is_(None), c.effective_to > at),
        )
        .order_by(c.site_id.nulls_last())
    )
    return [
        (row["site_id"], EffectiveSop(**{name: v for name, v in row.items() if name != "site_id"}))
        for row in rows
    ]


async def last_refusal(tx: Reader, workflow_id: str) -> str | None:
    """What the last action of a run said if it was refused; None if it was performed, or there was none."""
    c = t.effect.c
    asked = c.result["asked"]
    said: str | None = await tx.scalar(
        sa.select(sa.case((asked.has_key("refused"), asked["message"].astext)))
        .where(c.workflow_id == workflow_id, c.kind.in_(("action", "chunk")))
        .order_by(c.seq.desc())
        .limit(1)
    )
    return said

"""Db queries: runs that go by an older version, orders to move them, and what became of each run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import runs
from db.queries.runs import RunRow
from db.session import Reader
from db.tables import OPEN_STATES

_PROPOSER = t.person.alias("proposer")
_DECIDER = t.person.alias("decider")
_LEFT = t.sop_version.alias("left_version")


@dataclass(frozen=True)
class OrderRow:
    """An order: to which version, why, by whom, what was decided."""

    id: UUID
    sop: str
    title_zh: str
    title_en: str
    sop_version_id: UUID
    version: int
    sha256: str
    reason: str
    state: str
    content_hash: str
    proposed_by: UUID
    proposer: str
    proposed_at: datetime
    decided_by: UUID | None
    decider: str | None
    decided_at: datetime | None
    comment: str | None
    signature_id: UUID | None


@dataclass(frozen=True)
class OrderedRun:
    """A run in an order, the version that it leaves, and what became of it (None: nothing yet)."""

    id: UUID
    run_id: UUID
    from_version_id: UUID
    from_version: int
    from_sha256: str
    submission_id: UUID | None
    result: str | None
    reason_zh: str
    reason_en: str
    settled_at: datetime | None
    summary_zh: str
    summary_en: str
    business_key: str | None
    site_id: UUID
    site_zh: str
    site_en: str
    run_state: str


async def open_runs(
    tx: Reader, sop: str, *, not_by: UUID, below: int, sites: Collection[UUID] | None, limit: int
) -> tuple[list[RunRow], int]:
    """Open runs of a procedure that go by a version with a lower number, the oldest first, and how many."""
    r = t.run.c
    where = [
        t.sop.c.key == sop,
        r.state.in_(OPEN_STATES),
        r.sop_version_id != not_by,
        t.sop_version.c.version < below,
    ]
    if sites is not None:
        where.append(r.site_id.in_(list(sites)))
    joined = t.run.join(t.sop, t.sop.c.id == r.sop_id).join(
        t.sop_version, t.sop_version.c.id == r.sop_version_id
    )
    count = await tx.scalar(sa.select(sa.func.count()).select_from(joined).where(*where))
    ids = await tx.rows(
        sa.select(r.id).select_from(joined).where(*where).order_by(r.started_at, r.id).limit(limit)
    )
    return await runs.run_rows(tx, [row["id"] for row in ids]), int(count or 0)


async def in_force_at(tx: Reader, version_id: UUID) -> tuple[bool, set[UUID]]:
    """Whether a version is in force now for all sites, and the sites where it is by itself."""
    c = t.sop_effectivity.c
    now = sa.func.clock_now()
    rows = await tx.rows(
        sa.select(c.site_id).where(
            c.sop_version_id == version_id,
            c.effective_from <= now,
            sa.or_(c.effective_to.is_(None), c.effective_to > now),
        )
    )
    found = {row["site_id"] for row in rows}
    return None in found, {site for site in found if site is not None}


async def orders(
    tx: Reader, *, order: UUID | None = None, version: UUID | None = None, lock: bool = False
) -> list[OrderRow]:
    """One order, or all to a version, the newest first."""
    c = t.changeover.c
    query = (
        sa.select(
            c.id,
            t.sop.c.key.label("sop"),
            t.sop.c.title_zh,
            t.sop.c.title_en,
            c.sop_version_id,
            t.sop_version.c.version,
            *(c[name] for name in ("sha256", "reason", "state", "content_hash", "proposed_by")),
            _PROPOSER.c.name.label("proposer"),
            c.proposed_at,
            c.decided_by,
            _DECIDER.c.name.label("decider"),
            *(c[name] for name in ("decided_at", "comment", "signature_id")),
        )
        .select_from(
            t.changeover.join(t.sop, t.sop.c.id == c.sop_id)
            .join(t.sop_version, t.sop_version.c.id == c.sop_version_id)
            .join(_PROPOSER, _PROPOSER.c.id == c.proposed_by)
            .outerjoin(_DECIDER, _DECIDER.c.id == c.decided_by)
        )
        .order_by(c.proposed_at.desc(), c.id.desc())
    )
    if order is not None:
        query = query.where(c.id == order)
    if version is not None:
        query = query.where(c.sop_version_id == version)
    if lock:
        query = query.with_for_update(of=t.changeover)
    return [OrderRow(**row) for row in await tx.rows(query.limit(50))]


async def runs_of(tx: Reader, order: UUID) -> list[OrderedRun]:
    """The runs of an order, by site and name."""
    c, r, s = t.changeover_run.c, t.run.c, t.site.c
    rows = await tx.rows(
        sa.select(
            *(c[name] for name in ("id", "run_id", "from_version_id")),
            _LEFT.c.version.label("from_version"),
            *(c[name] for name in ("from_sha256", "submission_id", "result", "reason_zh", "reason_en")),
            c.settled_at,
            *(r[name] for name in ("summary_zh", "summary_en", "business_key", "site_id")),
            s.name_zh.label("site_zh"),
            s.name_en.label("site_en"),
            r.state.label("run_state"),
        )
        .select_from(
            t.changeover_run.join(t.run, r.id == c.run_id)
            .join(t.site, s.id == r.site_id)
            .join(_LEFT, _LEFT.c.id == c.from_version_id)
        )
        .where(c.changeover_id == order)
        .order_by(s.code, r.summary_zh, c.id)
    )
    return [OrderedRun(**row) for row in rows]


async def left_by(tx: Reader, run_id: UUID) -> list[Mapping[str, Any]]:
    """The versions that a run has left, in their order, with who moved it."""
    return list(await tx.rows(left(run_id)))


def left(run_id: UUID) -> sa.Select[Any]:
    c, o = t.changeover_run.c, t.changeover.c
    to = t.sop_version.alias("to_version")
    return (
        sa.select(
            c.from_version_id.label("sop_version_id"),
            c.from_sha256.label("sha256"),
            _LEFT.c.version,
            to.c.version.label("to_version"),
            c.submission_id,
            c.settled_at,
            o.id.label("order"),
            _PROPOSER.c.name.label("proposer"),
            _DECIDER.c.name.label("decider"),
        )
        .select_from(
            t.changeover_run.join(t.changeover, o.id == c.changeover_id)
            .join(_LEFT, _LEFT.c.id == c.from_version_id)
            .join(to, to.c.id == o.sop_version_id)
            .join(_PROPOSER, _PROPOSER.c.id == o.proposed_by)
            .join(_DECIDER, _DECIDER.c.id == o.decided_by)
        )
        .where(c.run_id == run_id, c.result == "moved")
        .order_by(c.settled_at, c.id)
    )


async def ordered_by(tx: Reader, submission: UUID) -> Mapping[str, Any] | None:
    """What an approved order says of the run whose submission this is."""
    c, o = t.changeover_run.c, t.changeover.c
    return await tx.one_or_none(
        sa.select(
            *(c[name] for name in ("run_id", "from_version_id", "from_sha256", "result")),
            o.id.label("order"),
            o.sop_version_id,
            o.sha256,
            t.sop_version.c.version,
        )
        .select_from(
            t.changeover_run.join(t.changeover, o.id == c.changeover_id).join(
                t.sop_version, t.sop_version.c.id == o.sop_version_id
            )
        )
        .where(c.submission_id == submission, o.state == "approved")
    )


async def ordered_already(tx: Reader, run_ids: Sequence[UUID]) -> set[UUID]:
    """Which of the runs stand in an order that is not decided or not settled yet."""
    c, o = t.changeover_run.c, t.changeover.c
    rows = await tx.rows(
        sa.select(c.run_id)
        .join(t.changeover, o.id == c.changeover_id)
        .where(c.run_id.in_(run_ids), c.result.is_(None), o.state.in_(("proposed", "approved")))
    )
    return {row["run_id"] for row in rows}

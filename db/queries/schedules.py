"""Db queries: schedules, and what became of each time that one came due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.session import Reader, Transaction


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule with the names of its procedure, site and people."""

    id: UUID
    name: str
    sop: str
    title_zh: str
    title_en: str
    site_id: UUID
    site: str
    site_zh: str
    site_en: str
    time_zone: str
    inputs: Mapping[str, Any]
    calendar: Mapping[str, Any]
    active: bool
    reason: str
    made_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    owner_post: str


@dataclass(frozen=True)
class FiringRow:
    """One time that a schedule came due; `run_state` is None when nothing was started."""

    id: UUID
    schedule_id: UUID
    due_at: datetime
    run_id: UUID
    state: str
    code: str | None
    message_zh: str
    message_en: str
    run_state: str | None
    run_outcome: str | None


def _schedules() -> sa.Select[Any]:
    c = t.schedule.c
    maker, changer = t.person.alias("maker"), t.person.alias("changer")
    return (
        sa.select(
            *(c[name] for name in ("id", "name", "site_id", "inputs", "calendar", "active", "reason")),
            c.created_at,
            c.changed_at,
            t.sop.c.key.label("sop"),
            t.sop.c.title_zh,
            t.sop.c.title_en,
            t.sop.c.owner_post,
            t.site.c.code.label("site"),
            t.site.c.name_zh.label("site_zh"),
            t.site.c.name_en.label("site_en"),
            t.site.c.time_zone,
            maker.c.name.label("made_by"),
            changer.c.name.label("changed_by"),
        )
        .select_from(
            t.schedule.join(t.sop, t.sop.c.id == c.sop_id)
            .join(t.site, t.site.c.id == c.site_id)
            .join(maker, maker.c.id == c.made_by)
            .join(changer, changer.c.id == c.changed_by)
        )
        .order_by(t.site.c.code, c.name)
    )


async def schedules(tx: Reader, sites: frozenset[UUID] | None = None) -> list[ScheduleRow]:
    """The schedules of these sites (None: all), by site and name."""
    query = _schedules()
    if sites is not None:
        query = query.where(t.schedule.c.site_id.in_(sites))
    return [ScheduleRow(**row) for row in await tx.rows(query)]


async def schedule(tx: Reader, schedule_id: UUID, *, lock: bool = False) -> ScheduleRow | None:
    """One schedule; `lock` keeps others from changing it until the transaction ends."""
    query = _schedules().where(t.schedule.c.id == schedule_id)
    row = await tx.one_or_none(query.with_for_update(of=t.schedule) if lock else query)
    return ScheduleRow(**row) if row else None


def _firings() -> sa.Select[Any]:
    f, r = t.schedule_firing.c, t.run.c
    return sa.select(
        *(f[name] for name in ("id", "schedule_id", "due_at", "run_id", "state", "code")),
        f.message_zh,
        f.message_en,
        r.state.label("run_state"),
        r.outcome.label("run_outcome"),
    ).select_from(t.schedule_firing.outerjoin(t.run, r.id == f.run_id))


async def last_firings(tx: Reader, schedule_ids: Sequence[UUID], most: int) -> dict[UUID, list[FiringRow]]:
    """The latest firings of each schedule, newest first."""
    f = t.schedule_firing.c
    number = sa.func.row_number().over(partition_by=f.schedule_id, order_by=f.due_at.desc()).label("n")
    ranked = sa.select(f.id, number).where(f.schedule_id.in_(schedule_ids)).subquery()
    query = _firings().join(ranked, ranked.c.id == f.id).where(ranked.c.n <= most)
    found: dict[UUID, list[FiringRow]] = {id_: [] for id_ in schedule_ids}
    for row in await tx.rows(query.order_by(f.due_at.desc())):
        found[row["schedule_id"]].append(FiringRow(**row))
    return found


async def begin_firing(tx: Transaction, schedule_id: UUID, due_at: datetime) -> FiringRow:
    """The row of a firing: the one that there is, or a new one with the id of the run that it will start."""
    made = insert(t.schedule_firing).values(
        id=new_id(), schedule_id=schedule_id, due_at=due_at, run_id=new_id()
    )
    await tx.execute(made.on_conflict_do_nothing(index_elements=["schedule_id", "due_at"]))
    f = t.schedule_firing.c
    row = await tx.one(_firings().where(f.schedule_id == schedule_id, f.due_at == due_at))
    return FiringRow(**row)


async def end_firing(
    tx: Transaction, firing_id: UUID, state: str, code: str | None = None, zh: str = "", en: str = ""
) -> bool:
    """Says what became of a firing, once; whether it was said now."""
    f = t.schedule_firing.c
    row = await tx.one_or_none(
        sa.update(t.schedule_firing)
        .where(f.id == firing_id, f.state == "begun")
        .values(state=state, code=code, message_zh=zh, message_en=en)
        .returning(f.id)
    )
    return row is not None

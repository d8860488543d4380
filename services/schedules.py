"""Services: schedules that start procedures - rows, kept in the engine's scheduler.

The rows are the truth: the worker makes the engine's scheduler agree with them when it starts and again and
again (`reconcile`). What becomes of a firing is in `schedule_firing`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from db import tables as t
from db.ids import new_id
from db.queries import schedules as queries
from db.queries.schedules import FiringRow, ScheduleRow
from db.refusals import violated
from domain.errors import NotFound
from domain.schedules import (
    Calendar,
    ScheduleActive,
    ScheduleElsewhere,
    ScheduleExists,
    ScheduleIn,
    SchedulePaused,
)
from domain.sop_progress.refusals import ReasonRequired
from domain.submissions import printable
from engine.gateway import EngineSilent
from engine.scheduling import Timetable
from services import audit, run_start
from services.permissions import Permission, require, visible_sites

if TYPE_CHECKING:
    from datetime import datetime

    from db.session import Transaction
    from services.platform import Actor, Platform

RECONCILED_EVERY_S = 60.0
SHOWN_FIRINGS = 5
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ScheduleView:
    """A schedule as it is shown; `next_at` is None while the engine does not say."""

    row: ScheduleRow
    calendar: Calendar
    next_at: list[datetime] | None
    firings: list[FiringRow]


async def list_schedules(platform: Platform, *, actor: Actor) -> list[ScheduleView]:
    """The schedules of the actor's sites, with their next times and what they started last."""
    permission = _seeing(actor)
    require(actor, permission)
    async with platform.database.read() as tx:
        rows = await queries.schedules(tx, visible_sites(actor, permission))
        firings = await queries.last_firings(tx, [row.id for row in rows], SHOWN_FIRINGS)
    times = await asyncio.gather(*(_next_times(platform, row) for row in rows))
    return [_view(row, at, firings[row.id]) for row, at in zip(rows, times, strict=True)]


async def get(platform: Platform, schedule_id: UUID, *, actor: Actor) -> ScheduleView:
    """One schedule; NotFound, NotPermitted at another site."""
    async with platform.database.read() as tx:
        row = await _readable(tx, schedule_id, actor, _seeing(actor))
        firings = await queries.last_firings(tx, [row.id], SHOWN_FIRINGS)
    return _view(row, await _next_times(platform, row), firings[row.id])


async def create(
    platform: Platform,
    wanted: ScheduleIn,
    *,
    actor: Actor,
    schedule_id: UUID | None = None,
    request_id: str = "",
) -> ScheduleView:
    """A new schedule; refused like a start with these inputs would be, or when the name is taken at the site.

    The same `schedule_id` again is the same schedule.
    """
    made = schedule_id or new_id()
    async with audit.refusals(
        platform, actor, "create.schedule", "schedule", wanted.name, request_id=request_id
    ):
        require(actor, Permission.ADMIN_SCHEDULES)
        try:
            async with platform.database.write(actor.ref, request_id) as tx:
                if await queries.schedule(tx, made) is None:
                    await _insert(tx, made, wanted, actor)
                else:
                    tx.audited_elsewhere("the schedule was made and audited when it was first asked for")
        except IntegrityError as error:
            if violated(error) == "uq_schedule_site_id_name":
                raise ScheduleExists(name=wanted.name) from error
            raise
    await _agree(platform, made)
    return await get(platform, made, actor=actor)


async def pause(
    platform: Platform, schedule_id: UUID, *, reason: str, actor: Actor, request_id: str = ""
) -> ScheduleView:
    """Starts nothing any more until it is resumed; SchedulePaused if it is paused already."""
    return await _switch(platform, schedule_id, reason, actor, request_id, active=False)


async def resume(
    platform: Platform, schedule_id: UUID, *, reason: str, actor: Actor, request_id: str = ""
) -> ScheduleView:
    """Starts runs again from the next time on; what was missed meanwhile is not made up for."""
    return await _switch(platform, schedule_id, reason, actor, request_id, active=True)


async def reconcile(platform: Platform) -> int:
    """Makes the engine's scheduler agree with the rows; how many schedules differed."""
    async with platform.database.read() as tx:
        rows = await queries.schedules(tx)
    changed = 0
    for row in rows:
        wanted = timetable(row)
        found = await platform.gateway.schedule(wanted.schedule_id)
        if found is None or found.digest != wanted.digest:
            await platform.gateway.put_schedule(wanted)
            changed += 1
    return changed


async def reconcile_forever(platform: Platform, every_s: float = RECONCILED_EVERY_S) -> None:
    """Reconciles until cancelled, at once and then again and again; a round that fails is logged."""
    while True:
        try:
            changed = await reconcile(platform)
            if changed:
                log.info("schedules put into the engine", changed=changed)
        except EngineSilent:
            log.info("schedules not compared: the engine is silent")
        except Exception:
            log.warning("schedules not compared", exc_info=True)
        await asyncio.sleep(every_s)


def timetable(row: ScheduleRow) -> Timetable:
    """What the engine's scheduler is told of a schedule."""
    calendar = Calendar.model_validate(row.calendar)
    return Timetable(
        schedule_id=str(row.id),
        time_zone=row.time_zone,
        times=calendar.times,
        weekdays=calendar.weekdays,
        days=calendar.days,
        active=row.active,
        summary=f"{row.site} {row.title_zh}",
    )


async def _insert(tx: Transaction, made: UUID, wanted: ScheduleIn, actor: Actor) -> None:
    inputs = printable(wanted.inputs)
    sites = visible_sites(actor, Permission.ADMIN_SCHEDULES)
    sop_id, site = await run_start.check(tx, wanted.sop, inputs, sites=sites, site=wanted.site)
    require(actor, Permission.ADMIN_SCHEDULES, site.id)
    if wanted.site not in {site.code, str(site.id)}:
        raise ScheduleElsewhere(found=site.code, site=wanted.site)
    calendar = wanted.calendar.model_dump(mode="json")
    await tx.execute(
        sa.insert(t.schedule).values(
            id=made,
            name=wanted.name,
            sop_id=sop_id,
            site_id=site.id,
            inputs=inputs,
            calendar=calendar,
            made_by=actor.person_id,
            changed_by=actor.person_id,
            reason=wanted.reason,
        )
    )
    await tx.audit(
        "create.schedule",
        "schedule",
        made,
        after={
            "name": wanted.name,
            "sop": wanted.sop,
            "site": site.code,
            "inputs": inputs,
            "calendar": calendar,
        },
        reason=wanted.reason,
    )


async def _switch(
    platform: Platform,
    schedule_id: UUID,
    reason: str,
    actor: Actor,
    request_id: str,
    *,
    active: bool,
) -> ScheduleView:
    verb, reason = "resume" if active else "suspend", printable(reason).strip()
    async with (
        audit.refusals(platform, actor, f"{verb}.schedule", "schedule", schedule_id, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        row = await _readable(tx, schedule_id, actor, lock=True)
        if not reason:
            raise ReasonRequired
        if row.active == active:
            raise ScheduleActive if active else SchedulePaused
        await tx.execute(
            sa.update(t.schedule)
            .where(t.schedule.c.id == row.id)
            .values(
                active=active,
                reason=reason,
                changed_by=actor.person_id,
                changed_at=sa.func.clock_timestamp(),
            )
        )
        await tx.audit(
            f"{verb}.schedule",
            "schedule",
            row.id,
            before={"active": row.active},
            after={"active": active, "name": row.name},
            reason=reason,
        )
    await _agree(platform, schedule_id)
    return await get(platform, schedule_id, actor=actor)


async def _agree(platform: Platform, schedule_id: UUID) -> None:
    """Tells the engine at once; if it is silent, the worker tells it within a minute."""
    async with platform.database.read() as tx:
        row = await queries.schedule(tx, schedule_id)
    assert row is not None
    try:
        await platform.gateway.put_schedule(timetable(row))
    except Exception as error:  # noqa: BLE001 - the row stands: the worker makes the engine agree with it
        log.warning(
            "schedule is owed to the engine", schedule_id=str(schedule_id), error=type(error).__name__
        )


def _seeing(actor: Actor) -> Permission:
    """What lets the actor see schedules: to administer them, or to read everything."""
    return Permission.ADMIN_SCHEDULES if actor.may(Permission.ADMIN_SCHEDULES) else Permission.AUDIT_READ


async def _readable(
    tx: Any,
    schedule_id: UUID,
    actor: Actor,
    permission: Permission = Permission.ADMIN_SCHEDULES,
    *,
    lock: bool = False,
) -> ScheduleRow:
    row = await queries.schedule(tx, schedule_id, lock=lock)
    if row is None:
        raise NotFound(what=f"定时计划 / schedule {schedule_id}")
    require(actor, permission, row.site_id)
    return row


async def _next_times(platform: Platform, row: ScheduleRow) -> list[datetime] | None:
    if not row.active:
        return []
    try:
        found = await platform.gateway.schedule(str(row.id))
    except EngineSilent:
        return None
    return list(found.next_times) if found else None


def _view(row: ScheduleRow, next_at: list[datetime] | None, firings: list[FiringRow]) -> ScheduleView:
    return ScheduleView(row, Calendar.model_validate(row.calendar), next_at, firings)

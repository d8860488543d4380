"""Services: the drill - an installation of its own with invented people, whose clock is moved forward (D6).

Nothing here is reached from a live installation: the database says whether it is a drill's, and moves the
clock of no other one. Runs follow the database's clock; one that lags is moved with the next step.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
import structlog

from db.queries import drill as queries
from db.queries import references, training
from domain.errors import FieldProblem, Invalid
from domain.evidence import NotADrill
from domain.master_data import TrainingIn
from services import audit, training_records
from services.permissions import Permission, require

if TYPE_CHECKING:
    from services.platform import Actor, Platform

MOST_SECONDS = 400 * 86_400
"""One step; the engine's own limits and the certificates of a house lie further away."""
AT_ONCE = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DrillClock:
    """What time it is in the drill, how far that is ahead, and the next deadline of an open task."""

    now: datetime
    ahead: timedelta
    next_due: datetime | None
    lagging: int = 0
    """Runs that did not hear of the last step; they will with the next."""


async def clock(platform: Platform, *, actor: Actor) -> DrillClock:
    """The clock of the drill; NotADrill elsewhere."""
    require(actor, Permission.TASK_READ)
    only_in_a_drill(platform)
    async with platform.database.read() as tx:
        ahead = timedelta(seconds=await references.clock_offset(tx))
        return DrillClock(await references.clock_now(tx), ahead, await queries.next_due(tx))


async def ahead_of_time(platform: Platform) -> timedelta:
    """How far the clock of the installation is ahead: nothing but in a drill."""
    if platform.settings.mode != "drill":
        return timedelta()
    async with platform.database.read() as tx:
        return timedelta(seconds=await references.clock_offset(tx))


async def advance(platform: Platform, seconds: int, *, actor: Actor, request_id: str = "") -> DrillClock:
    """Move the clock of the drill forward: the database's first, then that of every open run.

    Deadlines, reminders and escalations that lie in between come due. NotADrill, Invalid.
    """
    async with audit.refusals(platform, actor, "advance.clock", "clock", "drill", request_id=request_id):
        require(actor, Permission.SOP_DRAFT)
        only_in_a_drill(platform)
        if not 0 < seconds <= MOST_SECONDS:
            words = "只能向前拨动，每次最多 400 天", "only forward, by at most 400 days at a time"
            raise Invalid([FieldProblem("seconds", "out_of_range", *words)])
        async with platform.database.write(actor.ref, request_id) as tx:
            ahead = int(await tx.scalar(sa.select(sa.func.advance_drill_clock(seconds))))
            after = {"seconds": seconds, "ahead_seconds": ahead}
            await tx.audit("advance.clock", "clock", "drill", after=after)
            runs = await queries.open_runs(tx)
    lagging = await _follow(platform, runs, ahead)
    async with platform.database.read() as tx:
        now, due = await references.clock_now(tx), await queries.next_due(tx)
    return DrillClock(now, timedelta(seconds=ahead), due, lagging)


async def train_everybody(platform: Platform, version_id: UUID, *, actor: Actor, request_id: str = "") -> int:
    """Record the invented people whose posts have work in a version as trained on it; how many were not."""
    only_in_a_drill(platform)
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.write(actor.ref, request_id) as tx:
        needs = await training.needs(tx, version_id=version_id, missing=True)
        for need in needs:
            trained = [TrainingIn(sop=need.sop, version=need.version)]
            await training_records.add(tx, need.person_id, trained, actor.person_id)
        after = {"persons": [need.username for need in needs]}
        await tx.audit("record.training", "sop_version", str(version_id), after=after)
    return len(needs)


def only_in_a_drill(platform: Platform) -> None:
    """NotADrill in a live installation."""
    if platform.settings.mode != "drill":
        raise NotADrill


async def _follow(platform: Platform, runs: list[UUID], ahead: int) -> int:
    """Tells the runs; gives how many did not hear of it."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(run_id: UUID) -> int:
        async with turns:
            try:
                await platform.gateway.advance_clock(str(run_id), ahead)
            except Exception:
                log.warning("a run lags behind the clock", run_id=str(run_id), exc_info=True)
                return 1
        return 0

    return sum(await asyncio.gather(*(one(run_id) for run_id in runs)))

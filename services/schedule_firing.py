"""Services: a schedule has come due - one run is started for that time, once, or it is said why not.

The firing's row chooses the run's id before the run is made: a second delivery starts the same run. Whether
two runs may be open at once is said by the procedure's business key. A refused start is told to its owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
import structlog

from db import tables as t
from db.queries import schedules as queries
from domain.errors import Refusal
from domain.schedules import SchedulePaused
from services import run_start
from services.permissions import Permission
from services.platform import Actor
from services.run_start import OpenRunExists

if TYPE_CHECKING:
    from datetime import datetime

    from db.queries.schedules import FiringRow, ScheduleRow
    from services.platform import Platform

SCHEDULER_ID = UUID("00000000-0000-7000-8000-000000000009")
"""The account that starts what is scheduled; migration 0009 made it, and nobody can log in as it."""
UNKNOWN = "unknown"
log = structlog.get_logger(__name__)


def scheduler() -> Actor:
    """The system as an actor: a machine that may start runs everywhere and do nothing else."""
    return Actor(
        person_id=SCHEDULER_ID,
        username="system.scheduler",
        name="定时计划 / Scheduler",
        kind="machine",
        language="zh",
        permissions=frozenset({Permission.RUN_START}),
        scopes=frozenset({Permission.RUN_START.value}),
    )


async def fire(platform: Platform, schedule_id: UUID, due_at: datetime) -> str:
    """Starts the run of one firing; `started`, `skipped`, `refused`, or `unknown` without such a schedule.

    An outage raises, and is tried again.
    """
    async with platform.database.write(scheduler().ref) as tx:
        tx.audited_elsewhere("a firing is audited when it is known what became of it")
        row = await queries.schedule(tx, schedule_id)
        if row is None:
            log.error("the engine has a schedule that no row knows", schedule_id=str(schedule_id))
            return UNKNOWN
        firing = await queries.begin_firing(tx, schedule_id, due_at)
    if firing.state != "begun":
        return firing.state
    try:
        await _start(platform, row, firing)
    except (SchedulePaused, OpenRunExists) as reason:
        return await _end(platform, row, firing, "skipped", reason)
    except Refusal as refusal:
        return await _end(platform, row, firing, "refused", refusal)
    return await _end(platform, row, firing, "started", None)


async def _start(platform: Platform, row: ScheduleRow, firing: FiringRow) -> None:
    if not row.active:
        raise SchedulePaused
    await run_start.start(
        platform,
        row.sop,
        row.inputs,
        actor=scheduler(),
        site=row.site,
        run_id=firing.run_id,
        request_id=f"schedule/{row.id}",
    )


async def _end(
    platform: Platform, row: ScheduleRow, firing: FiringRow, state: str, why: Refusal | None
) -> str:
    """Says what became of the firing; what was refused is told to the owner of the procedure."""
    code = why.code if why else None
    zh, en = (why.message("zh")[:1000], why.message("en")[:1000]) if why else ("", "")
    async with platform.database.write(scheduler().ref) as tx:
        if not await queries.end_firing(tx, firing.id, state, code, zh, en):
            tx.audited_elsewhere("another delivery has said what became of it")
            return state
        await tx.audit(
            "fire.schedule",
            "schedule",
            row.id,
            after={"name": row.name, "state": state, "code": code, "message_zh": zh, "message_en": en},
            run_id=firing.run_id if state == "started" else None,
        )
        if state == "refused":
            post_id = await tx.scalar(sa.select(t.post.c.id).where(t.post.c.code == row.owner_post))
            await tx.execute(
                sa.insert(t.notification).values(
                    post_id=post_id,
                    site_id=row.site_id,
                    template="schedule.refused",
                    title_zh=f"定时计划未能启动：{row.name}",
                    title_en=f"A schedule could not start its run: {row.name}",
                    body_zh=f"{row.title_zh}（{row.site}）：{zh}",
                    body_en=f"{row.title_en} ({row.site}): {en}",
                )
            )
    return state

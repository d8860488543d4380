"""Engine: schedules in the engine's own scheduler - put there from our rows, read for their next times.

A schedule catches up with what it missed for at most a day and never overlaps itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from contracts import names
from contracts.schedules import ScheduleDue

CATCH_UP = timedelta(days=1)
"""How long after its time a missed start is made up for; the engine's own default would be a year."""
SHOWN_TIMES = 3
SUNDAY = 7
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True)
class Timetable:
    """When a schedule fires: `times` (HH:MM) on all days, weekdays (1 is Monday) or days of the month."""

    schedule_id: str
    time_zone: str
    times: tuple[str, ...]
    weekdays: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    active: bool = True
    summary: str = ""

    @property
    def digest(self) -> str:
        """By which the engine's schedule is compared with the row."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Scheduled:
    """A schedule as the engine has it."""

    digest: str
    next_times: Sequence[datetime] = ()


async def put(client: Client, wanted: Timetable) -> None:
    """Makes the engine's schedule what is wanted; the same again changes nothing."""
    made = _schedule(wanted)
    id_ = names.schedule_id(wanted.schedule_id)
    try:
        await client.create_schedule(id_, made, rpc_timeout=PATIENCE)
    except ScheduleAlreadyRunningError:

        def changed(_now: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(schedule=made)

        await client.get_schedule_handle(id_).update(changed, rpc_timeout=PATIENCE)


async def read(client: Client, schedule_id: str) -> Scheduled | None:
    """The engine's schedule with its next times; None when it has none."""
    handle = client.get_schedule_handle(names.schedule_id(schedule_id))
    try:
        found = await handle.describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise
    times = [] if found.schedule.state.paused else list(found.info.next_action_times)[:SHOWN_TIMES]
    return Scheduled(found.schedule.state.note or "", times)


def _schedule(wanted: Timetable) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            names.SCHEDULED_WORKFLOW,
            ScheduleDue(schedule=wanted.schedule_id),
            id=names.schedule_id(wanted.schedule_id),
            task_queue=names.TASK_QUEUE,
            static_summary=wanted.summary[:200],
        ),
        spec=ScheduleSpec(
            calendars=[_calendar(wanted, time) for time in wanted.times], time_zone_name=wanted.time_zone
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
        state=ScheduleState(note=wanted.digest, paused=not wanted.active),
    )


def _calendar(wanted: Timetable, time: str) -> ScheduleCalendarSpec:
    hour, _, minute = time.partition(":")
    every_day = (ScheduleRange(start=0, end=6),)
    every_month_day = (ScheduleRange(start=1, end=31),)
    return ScheduleCalendarSpec(
        hour=(ScheduleRange(start=int(hour)),),
        minute=(ScheduleRange(start=int(minute)),),
        day_of_week=[ScheduleRange(start=day % SUNDAY) for day in wanted.weekdays] or every_day,
        day_of_month=[ScheduleRange(start=day) for day in wanted.days] or every_month_day,
    )

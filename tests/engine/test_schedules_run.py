"""Schedules in the engine's own scheduler: the site's time, paused and resumed, a firing with its nominal time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from temporalio import activity
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy

from contracts import names
from contracts.schedules import ScheduleFired, StartScheduled
from engine.client import connect
from engine.gateway import Gateway
from engine.scheduling import CATCH_UP, Timetable
from engine.workers import build_worker
from tests.servers import TemporalServer

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    return await connect(temporal_server.address, temporal_server.namespace)


@pytest.fixture
async def gateway(client: Client) -> AsyncIterator[Gateway]:
    yield Gateway(client)
    async for found in await client.list_schedules():
        await client.get_schedule_handle(found.id).delete()


def timetable(**more: object) -> Timetable:
    given = {"schedule_id": str(uuid4()), "time_zone": "Asia/Shanghai", "times": ("02:00",), **more}
    return Timetable(**given)  # type: ignore[arg-type]


async def next_times(gateway: Gateway, wanted: Timetable) -> list[datetime]:
    await gateway.put_schedule(wanted)
    found = await gateway.schedule(wanted.schedule_id)
    assert found is not None and found.digest == wanted.digest
    return [at.astimezone(SHANGHAI) for at in found.next_times]


async def test_the_times_are_those_of_the_site(gateway: Gateway) -> None:
    daily = await next_times(gateway, timetable(times=("02:00", "14:30")))
    assert len(daily) == 3
    assert {(at.hour, at.minute) for at in daily} == {(2, 0), (14, 30)}
    weekly = await next_times(gateway, timetable(weekdays=(1, 7)))
    assert {at.isoweekday() for at in weekly} == {1, 7}
    assert {(at.hour, at.minute) for at in weekly} == {(2, 0)}
    monthly = await next_times(gateway, timetable(days=(1, 15)))
    assert {at.day for at in monthly} == {1, 15}


async def test_what_is_paused_has_no_next_time_and_what_is_resumed_has(gateway: Gateway) -> None:
    wanted = timetable()
    assert await next_times(gateway, wanted)
    paused = timetable(schedule_id=wanted.schedule_id, active=False)
    assert await next_times(gateway, paused) == []
    assert await next_times(gateway, wanted)


async def test_a_schedule_that_the_engine_does_not_have_is_none(gateway: Gateway) -> None:
    assert await gateway.schedule(str(uuid4())) is None


async def test_it_catches_up_for_a_day_and_never_overlaps_itself(gateway: Gateway, client: Client) -> None:
    wanted = timetable()
    await gateway.put_schedule(wanted)
    found = await client.get_schedule_handle(names.schedule_id(wanted.schedule_id)).describe()
    assert found.schedule.policy.catchup_window == CATCH_UP == timedelta(days=1)
    assert found.schedule.policy.overlap == ScheduleOverlapPolicy.SKIP


async def test_a_firing_tells_its_nominal_time_and_is_tried_again(gateway: Gateway, client: Client) -> None:
    """A time that was missed is made up for; its first attempt fails; the second is the same firing."""
    fired: list[StartScheduled] = []

    @activity.defn(name=names.START_SCHEDULED)
    async def start(given: StartScheduled) -> ScheduleFired:
        fired.append(given)
        if len(fired) == 1:
            raise ConnectionError("the database is away")
        return ScheduleFired(state="started")

    wanted = timetable()
    await gateway.put_schedule(wanted)
    handle = client.get_schedule_handle(names.schedule_id(wanted.schedule_id))
    yesterday = datetime.now(SHANGHAI).replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=1)
    async with build_worker(client, [start]):
        span = timedelta(minutes=1)
        await handle.backfill(ScheduleBackfill(start_at=yesterday - span, end_at=yesterday + span))
        async with asyncio.timeout(60):
            while len(fired) < 2:
                await asyncio.sleep(0.05)
    assert [one.schedule for one in fired] == [wanted.schedule_id] * 2
    assert {one.due_at for one in fired} == {yesterday.astimezone(UTC)}

"""Schedules: checked when they are made, put into the engine, fired once for each time."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from db import tables as t
from domain.batches import IdentityIsImmutable
from domain.schedules import (
    Calendar,
    ScheduleActive,
    ScheduleElsewhere,
    ScheduleExists,
    ScheduleIn,
    SchedulePaused,
)
from domain.sop_progress.refusals import ReasonRequired
from services import run_commands, schedules
from services.permissions import NotPermitted
from services.run_inputs import InputsInvalid
from services.schedule_firing import SCHEDULER_ID, UNKNOWN, fire
from services.schedules import ScheduleView
from services.signatures import SignatureGiven
from services.sop_catalogue import NotInForce
from tests.procedures import definition, human
from tests.services.tasks.steps import refused_events
from tests.stand_in_engine import StandInEngine
from tests.world import PASSWORD, World

NIGHTLY = {
    **definition(human("look"), {"end": "seen"}),
    "sop": "nightly",
    "scope": {"site": "inputs.site", "department": "'warehouse'"},
    "inputs": {
        "site": {"type": "site", "required": True},
        "days": {"type": "integer", "required": True},
    },
}
TWO_O_CLOCK = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)


def wanted(**more: Any) -> ScheduleIn:
    return ScheduleIn.model_validate(
        {
            "name": "每夜检查",
            "sop": "nightly",
            "site": "SH1",
            "inputs": {"site": "SH1", "days": 180},
            "calendar": {"times": ["02:00"]},
            "reason": "GSP 85",
            **more,
        }
    )


async def made(world: World, **more: Any) -> ScheduleView:
    await world.publish(NIGHTLY)
    return await schedules.create(world.platform, wanted(**more), actor=await world.actor("admin"))


async def runs_of(world: World) -> list[Mapping[str, Any]]:
    r = t.run.c
    return await world.rows(sa.select(r.id, r.started_by, r.inputs, r.state).order_by(r.started_at))


async def firings(world: World) -> list[tuple[str, str | None]]:
    f = t.schedule_firing.c
    rows = await world.rows(sa.select(f.state, f.code).order_by(f.due_at))
    return [(row["state"], row["code"]) for row in rows]


async def test_a_schedule_is_checked_kept_and_put_into_the_engine(
    world: World, engine: StandInEngine
) -> None:
    view = await made(world)
    assert (view.row.site, view.row.sop, view.row.made_by, view.row.active) == (
        "SH1",
        "nightly",
        "ADMIN",
        True,
    )
    assert view.calendar.in_words().zh == "每天 02:00"
    [timetable] = engine.schedules.values()
    assert (timetable.time_zone, timetable.times, timetable.active) == ("Asia/Shanghai", ("02:00",), True)
    a = t.audit_event.c
    rows = await world.rows(sa.select(a.after, a.reason).where(a.action == "create.schedule"))
    assert [(row["after"]["inputs"], row["reason"]) for row in rows] == [
        ({"site": "SH1", "days": 180}, "GSP 85")
    ]


async def test_what_could_not_be_started_is_not_scheduled(world: World, engine: StandInEngine) -> None:
    await world.publish(NIGHTLY)
    admin = await world.actor("admin")
    for more, refusal in (
        ({"inputs": {"site": "SH1"}}, InputsInvalid),
        ({"inputs": {"site": "SH1", "days": 180, "other": 1}}, InputsInvalid),
        ({"inputs": {"site": "UR1", "days": 180}}, ScheduleElsewhere),
    ):
        with pytest.raises(refusal):
            await schedules.create(world.platform, wanted(**more), actor=admin)
    await world.retire_all()
    with pytest.raises(NotInForce):
        await schedules.create(world.platform, wanted(), actor=admin)
    assert engine.schedules == {}
    assert {row["action"] for row in await refused_events(world)} == {"create.schedule"}


@pytest.mark.parametrize(
    "calendar",
    [
        {"times": []},
        {"times": ["24:00"]},
        {"times": ["2:00"]},
        {"times": ["02:00"], "weekdays": [0]},
        {"times": ["02:00"], "weekdays": [8]},
        {"times": ["02:00"], "days": [29]},
        {"times": ["02:00"], "days": [1], "weekdays": [1]},
        {"times": ["02:00"], "cron": "* * * * *"},
        {"times": [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]},
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(calendar: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wanted(calendar=calendar)


@pytest.mark.parametrize(
    ("calendar", "zh", "en"),
    [
        ({"times": ["14:00", "02:00"]}, "每天 02:00、14:00", "every day at 02:00 and 14:00"),
        ({"times": ["07:30"], "weekdays": [5, 1]}, "每周一、周五 07:30", "Mondays and Fridays at 07:30"),
        (
            {"times": ["00:00"], "days": [1, 15]},
            "每月 1、15 日 00:00",
            "on day 1 and 15 of the month at 00:00",
        ),
    ],
)
def test_a_calendar_is_said_in_words(calendar: dict[str, Any], zh: str, en: str) -> None:
    said = Calendar.model_validate(calendar).in_words()
    assert (said.zh, said.en) == (zh, en)


async def test_two_schedules_of_a_site_have_two_names_and_a_repeat_is_the_same_one(world: World) -> None:
    first = uuid4()
    await world.publish(NIGHTLY)
    admin = await world.actor("admin")
    one = await schedules.create(world.platform, wanted(), actor=admin, schedule_id=first)
    again = await schedules.create(world.platform, wanted(), actor=admin, schedule_id=first)
    assert again.row == one.row
    with pytest.raises(ScheduleExists):
        await schedules.create(world.platform, wanted(), actor=admin)


async def test_only_who_administers_schedules_sees_and_makes_them(world: World) -> None:
    view = await made(world)
    li = await world.actor("li")
    with pytest.raises(NotPermitted):
        await schedules.list_schedules(world.platform, actor=li)
    with pytest.raises(NotPermitted):
        await schedules.create(world.platform, wanted(name="other"), actor=li)
    with pytest.raises(NotPermitted):
        await schedules.pause(world.platform, view.row.id, reason="x", actor=li)
    assert [
        v.row.id for v in await schedules.list_schedules(world.platform, actor=await world.actor("admin"))
    ] == [view.row.id]


async def test_paused_and_resumed_with_a_reason(world: World, engine: StandInEngine) -> None:
    view = await made(world)
    admin, id_ = await world.actor("admin"), view.row.id
    with pytest.raises(ReasonRequired):
        await schedules.pause(world.platform, id_, reason="  ", actor=admin)
    with pytest.raises(ScheduleActive):
        await schedules.resume(world.platform, id_, reason="x", actor=admin)
    paused = await schedules.pause(world.platform, id_, reason="盘点", actor=admin)
    assert (paused.row.active, paused.row.reason, paused.next_at) == (False, "盘点", [])
    assert [timetable.active for timetable in engine.schedules.values()] == [False]
    with pytest.raises(SchedulePaused):
        await schedules.pause(world.platform, id_, reason="x", actor=admin)
    assert await fire(world.platform, id_, TWO_O_CLOCK) == "skipped"
    assert await firings(world) == [("skipped", "schedule_paused")]
    resumed = await schedules.resume(world.platform, id_, reason="盘点结束", actor=admin)
    assert resumed.row.active and resumed.next_at


async def test_a_firing_starts_one_run_however_often_it_is_delivered(world: World) -> None:
    view = await made(world)
    states = await asyncio.gather(*(fire(world.platform, view.row.id, TWO_O_CLOCK) for _ in range(4)))
    assert set(states) == {"started"}
    [run] = await runs_of(world)
    assert (run["started_by"], run["inputs"]) == (SCHEDULER_ID, {"site": "SH1", "days": 180})
    assert await firings(world) == [("started", None)]
    a = t.audit_event.c
    assert await world.scalar(sa.select(sa.func.count()).where(a.action == "fire.schedule")) == 1
    shown = await schedules.get(world.platform, view.row.id, actor=await world.actor("admin"))
    assert [(f.state, f.run_id, f.run_state) for f in shown.firings] == [("started", run["id"], "running")]


async def test_a_firing_that_was_interrupted_starts_the_run_that_it_chose(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies between the run and the word about it."""
    from services import schedule_firing

    view = await made(world)
    whole = schedule_firing._end

    async def dies(*_: Any) -> str:
        raise ConnectionError("the worker died")

    monkeypatch.setattr(schedule_firing, "_end", dies)
    with pytest.raises(ConnectionError):
        await fire(world.platform, view.row.id, TWO_O_CLOCK)
    monkeypatch.setattr(schedule_firing, "_end", whole)
    assert await fire(world.platform, view.row.id, TWO_O_CLOCK) == "started"
    assert len(await runs_of(world)) == 1


async def test_the_procedure_says_whether_two_runs_may_be_open_at_once(world: World) -> None:
    """Without a business key every firing starts its own; with one the second is left out while the first is open."""
    free = await made(world)
    for day in range(2):
        assert await fire(world.platform, free.row.id, TWO_O_CLOCK + timedelta(days=day)) == "started"
    assert len(await runs_of(world)) == 2
    await world.publish({**NIGHTLY, "sop": "keyed", "business_key": "inputs.site"})
    keyed = await schedules.create(
        world.platform, wanted(name="keyed", sop="keyed"), actor=await world.actor("admin")
    )
    id_ = keyed.row.id
    assert await fire(world.platform, id_, TWO_O_CLOCK) == "started"
    assert await fire(world.platform, id_, TWO_O_CLOCK + timedelta(days=1)) == "skipped"
    run = (await runs_of(world))[-1]
    await run_commands.command(
        world.platform,
        run["id"],
        "cancel",
        reason="done",
        actor=await world.actor("zhou"),
        signature=SignatureGiven(PASSWORD),
    )
    assert await fire(world.platform, id_, TWO_O_CLOCK + timedelta(days=2)) == "started"
    shown = await schedules.get(world.platform, id_, actor=await world.actor("admin"))
    assert [(f.state, f.code) for f in shown.firings] == [
        ("started", None),
        ("skipped", "open_run_exists"),
        ("started", None),
    ]


async def test_a_start_that_is_refused_is_said_and_told_to_the_owner(world: World) -> None:
    view = await made(world)
    await world.retire_all()
    assert await fire(world.platform, view.row.id, TWO_O_CLOCK) == "refused"
    assert await firings(world) == [("refused", "sop_not_in_force")]
    n = t.notification.c
    rows = await world.rows(sa.select(n.title_zh, t.post.c.code).join(t.post, t.post.c.id == n.post_id))
    assert [(row["title_zh"], row["code"]) for row in rows] == [("定时计划未能启动：每夜检查", "qa_manager")]
    assert await fire(world.platform, view.row.id, TWO_O_CLOCK) == "refused"  # said once
    assert len(await world.rows(sa.select(n.id))) == 1


async def test_a_schedule_that_no_row_knows_starts_nothing(world: World) -> None:
    assert await fire(world.platform, uuid4(), TWO_O_CLOCK) == UNKNOWN
    assert await runs_of(world) == []


async def test_the_engine_is_made_to_agree_with_the_rows(world: World, engine: StandInEngine) -> None:
    engine.silent = True
    view = await made(world)
    assert view.next_at is None
    assert engine.schedules == {}
    engine.silent = False
    assert await schedules.reconcile(world.platform) == 1
    assert await schedules.reconcile(world.platform) == 0
    async with world.write() as tx:
        await tx.execute(sa.update(t.schedule).values(active=False))
    assert await schedules.reconcile(world.platform) == 1
    assert [timetable.active for timetable in engine.schedules.values()] == [False]


async def test_what_became_of_a_firing_stays(world: World) -> None:
    view = await made(world)
    await fire(world.platform, view.row.id, TWO_O_CLOCK)
    f = t.schedule_firing.c
    for change in ({"state": "refused"}, {"run_id": UUID(int=7)}):
        with pytest.raises(IdentityIsImmutable):
            async with world.write() as tx:
                await tx.execute(sa.update(t.schedule_firing).where(f.id.is_not(None)).values(**change))

"""External events: kept first, given to every run that waits once, found by who begins to wait later."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from db import tables as t
from domain.batches import IdentityIsImmutable
from domain.signals import SignalDataInvalid, SignalKeyInvalid, SignalMismatch
from services import auth, runs, signals, sweeps
from services.permissions import NotPermitted, Permission
from services.platform import Actor
from services.signals import SignalAnswer
from services.sweeps import Sweeper
from services.timeline import run_timeline
from tests.procedures import EVENT, SILENT, definition, human, text
from tests.services.tasks.steps import do, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, machine

KEYS: dict[UUID, str] = {}
WAITS = {
    **definition({**EVENT, "title": text("答复")}, human("after"), {"end": "answered"}, sections=SILENT),
    "sop": "waits",
    "inputs": {"n": {"type": "text"}},
}
TWICE = {
    **definition(
        {**EVENT, "id": "one"}, {**EVENT, "id": "two"}, human("after"), {"end": "answered"}, sections=SILENT
    ),
    "sop": "twice",
}


async def again(world: World, sop: str = "waits", site: str = "SH1", who: str = "li") -> UUID:
    return (await runs.start(world.platform, sop, {}, actor=await world.actor(who), site=site)).row.id


async def erp(world: World) -> Actor:
    """An integrator's system, the same at every call."""
    if "erp" not in world.people:
        key = await machine(world, [Permission.SIGNAL_SEND, Permission.RUN_READ])
        world.people["erp"] = (await auth.actor_of_bearer(world.platform, key)).person_id
        KEYS[world.people["erp"]] = key
    return await auth.actor_of_bearer(world.platform, KEYS[world.people["erp"]])


async def send(world: World, key: str = "PO-1", signal_id: UUID | None = None, **data: Any) -> SignalAnswer:
    return await signals.send(
        world.platform,
        "erp_answer",
        key,
        data or {"count": 3},
        actor=await erp(world),
        signal_id=signal_id,
    )


async def open_paths(world: World, run: UUID) -> list[str]:
    k = t.task.c
    rows = await world.rows(sa.select(k.path).where(k.run_id == run, k.state == "open").order_by(k.path))
    return [row["path"] for row in rows]


async def waits(world: World, run: UUID) -> list[tuple[str, str]]:
    w = t.signal_wait.c
    rows = await world.rows(sa.select(w.path, w.state).where(w.run_id == run).order_by(w.path))
    return [(row["path"], row["state"]) for row in rows]


async def test_every_run_that_waits_goes_on_once(world: World) -> None:
    first = await started(world, WAITS)
    second = await again(world)
    answer = await send(world)
    assert answer.state == "delivered"
    assert {(d.run_id, d.state) for d in answer.deliveries} == {(first, "taken"), (second, "taken")}
    for run in (first, second):
        assert await open_paths(world, run) == ["after#1"]
        assert await waits(world, run) == [("reply#1", "taken")]


async def test_an_event_that_nobody_waits_for_is_kept_and_found(world: World) -> None:
    kept = await send(world, count=7)
    assert (kept.state, kept.deliveries) == ("kept", [])
    run = await started(world, WAITS)
    assert await open_paths(world, run) == ["after#1"]
    found = await signals.view(world.platform, kept.id, actor=await world.actor("admin"))
    assert [(d.run_id, d.state) for d in found.deliveries] == [(run, "taken")]
    e = t.effect.c
    result = await world.scalar(sa.select(e.result).where(e.path == "reply#1", e.kind == "wait"))
    assert result["asked"]["event"]["data"] == {"count": 7}


async def test_an_event_that_is_too_old_is_not_found(world: World) -> None:
    short = {**WAITS, "steps": [{**EVENT, "wait": {**EVENT["wait"], "keep": "PT0S"}}, *WAITS["steps"][1:]]}
    await send(world)
    run = await started(world, short)
    assert await waits(world, run) == [("reply#1", "waiting")]


async def test_one_event_is_not_taken_twice_by_one_run(world: World) -> None:
    await send(world)
    run = await started(world, TWICE)
    assert await waits(world, run) == [("one#1", "taken"), ("two#1", "waiting")]
    assert (await send(world, count=4)).state == "delivered"
    assert await waits(world, run) == [("one#1", "taken"), ("two#1", "taken")]


async def test_another_key_or_name_reaches_nobody(world: World) -> None:
    run = await started(world, WAITS)
    assert (await send(world, key="PO-2")).state == "kept"
    other = await signals.send(world.platform, "other", "PO-1", {}, actor=await erp(world))
    assert other.state == "kept"
    assert await waits(world, run) == [("reply#1", "waiting")]


async def test_the_same_event_again_is_the_same_event(world: World) -> None:
    run, event = await started(world, WAITS), uuid4()
    first = await send(world, signal_id=event)
    assert await send(world, signal_id=event) == first
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.signal)) == 1
    with pytest.raises(SignalMismatch):
        await send(world, signal_id=event, count=4)
    assert await open_paths(world, run) == ["after#1"]


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({"note": "x"}, "data.count", "field_required"),
        ({"count": "three"}, "data.count", "not_an_integer"),
        ({"count": 3, "other": 1}, "data.other", "field_unknown"),
    ],
)
async def test_data_that_a_procedure_does_not_declare_is_refused_at_the_door(
    world: World, data: dict[str, Any], field: str, code: str
) -> None:
    run = await started(world, WAITS)
    with pytest.raises(SignalDataInvalid) as refused:
        await send(world, **data)
    assert [(p.field, p.code) for p in refused.value.fields] == [(field, code)]
    assert await waits(world, run) == [("reply#1", "waiting")]
    with pytest.raises(SignalDataInvalid):  # nobody waits for it: the procedures in force say what it brings
        await send(world, key="PO-9", **data)
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.signal)) == 0


@pytest.mark.parametrize("key", ["", "  ", "a\x00b", "x" * 201])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    with pytest.raises(SignalKeyInvalid):
        await send(world, key=key)


async def test_who_may_not_send_is_refused_and_written_down(world: World) -> None:
    with pytest.raises(NotPermitted):
        await signals.send(world.platform, "erp_answer", "PO-1", {}, actor=await world.actor("li"))
    a = t.audit_event.c
    refused = await world.rows(sa.select(a.action).where(a.refused))
    assert [row["action"] for row in refused] == ["send.signal"]


async def test_a_person_reaches_the_runs_of_their_own_sites_only(world: World) -> None:
    async with world.write() as tx:
        await tx.execute(
            sa.update(t.post)
            .where(t.post.c.code == "receiver")
            .values(permissions=["run.start", "run.read", "signal.send"])
        )
    here = await started(world, WAITS)
    there = await again(world, site="UR1", who="far")
    answer = await signals.send(
        world.platform, "erp_answer", "PO-1", {"count": 3}, actor=await world.actor("far")
    )
    assert [d.run_id for d in answer.deliveries] == [there]
    assert await waits(world, here) == [("reply#1", "waiting")]
    later = await again(world)
    assert await waits(world, later) == [("reply#1", "waiting")]


async def test_a_silent_engine_is_made_up_for_by_the_sweep(world: World, engine: StandInEngine) -> None:
    run = await started(world, WAITS)
    engine.silent = True
    answer = await send(world)
    assert (answer.state, [d.state for d in answer.deliveries]) == ("pending", ["pending"])
    assert await waits(world, run) == [("reply#1", "matched")]
    engine.silent = False
    await sweep(world)
    assert await waits(world, run) == [("reply#1", "taken")]
    assert (await signals.view(world.platform, answer.id, actor=await erp(world))).state == ("delivered")


async def test_a_suspended_run_takes_the_event_after_it_is_resumed(
    world: World,
) -> None:
    run = await started(world, WAITS)
    boss = await world.actor("zhou")
    await runs.command(world.platform, run, "suspend", reason="look", actor=boss)
    answer = await send(world)
    assert answer.state == "pending"
    assert await sweep(world) == 0
    await runs.command(world.platform, run, "resume", reason="go on", actor=boss)
    assert await sweep(world) == 1
    assert await open_paths(world, run) == ["after#1"]


async def test_nobody_answers(world: World, engine: StandInEngine) -> None:
    run = await started(world, WAITS)
    await engine.pass_time(str(run), timedelta(hours=2))
    assert await waits(world, run) == [("reply#1", "over")]
    assert await world.scalar(sa.select(t.run.c.outcome).where(t.run.c.id == run)) == "silent"
    assert (await send(world)).state == "kept"


async def test_an_event_refused_by_a_run_that_went_on_is_found_by_its_next_wait(
    world: World, engine: StandInEngine
) -> None:
    """The event is on its way while the step is sent back: its next pass takes it."""
    raw = definition(human("first"), EVENT, {"end": "done"}, sections=SILENT)
    run = await started(world, {**raw, "sop": "back"})
    await do(world, "li", run, "first#1")
    engine.silent = True
    event = await send(world)
    engine.silent = False
    await runs.command(
        world.platform, run, "send_back", to="first", reason="again", actor=await world.actor("zhou")
    )
    await sweep(world)
    assert await waits(world, run) == [("reply#1", "over")]
    told = await signals.view(world.platform, event.id, actor=await erp(world))
    assert (told.state, [d.state for d in told.deliveries]) == ("kept", ["refused"])
    await do(world, "li", run, "first#2")
    assert await waits(world, run) == [("reply#1", "over"), ("reply#2", "taken")]


async def test_sending_and_beginning_to_wait_never_miss_each_other(world: World) -> None:
    await world.publish(WAITS)
    actor = await erp(world)
    for n in range(12):
        sending = signals.send(world.platform, "erp_answer", "PO-1", {"count": n}, actor=actor)
        run, answer = await asyncio.gather(again(world), sending)
        taken = await world.scalar(
            sa.select(sa.func.count())
            .select_from(t.signal_wait)
            .where(t.signal_wait.c.signal_id == answer.id)
        )
        assert (await waits(world, run))[0][1] == "taken", taken


async def test_the_time_line_tells_what_came_and_what_was_waited_for(world: World) -> None:
    run = await started(world, WAITS)
    await send(world, count=3, note="合格")
    entries = await run_timeline(world.platform, run, actor=await world.actor("zhou"))
    told = [(e.kind, e.text.zh) for e in entries if e.step_path == "reply#1"]
    assert told == [("wait", "等待外部事件“答复”"), ("signal", "收到外部事件“答复”")]
    [came] = [e for e in entries if e.kind == "signal"]
    assert came.actor == "ERP"
    assert came.data["data"] == {"count": 3, "note": "合格"}


async def test_an_event_is_evidence_and_a_wait_is_matched_once(world: World) -> None:
    await started(world, WAITS)
    other = await send(world, key="PO-2")
    taken = await send(world)
    w = t.signal_wait.c
    async with world.database.read() as tx:
        wait = await tx.scalar(sa.select(w.id))
    with pytest.raises(IdentityIsImmutable):
        async with world.write() as tx:
            await tx.execute(sa.update(t.signal_wait).where(w.id == wait).values(signal_id=other.id))
    with pytest.raises(IdentityIsImmutable):
        async with world.write() as tx:
            await tx.execute(
                sa.update(t.signal_wait).where(w.id == wait).values(state="waiting", closed_at=None)
            )
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with world.write() as tx:
            await tx.execute(sa.update(t.signal).where(t.signal.c.id == taken.id).values(name="x"))


async def sweep(world: World) -> int:
    """Repairs at once what is owed."""
    before, sweeps.OWED_AFTER_S = sweeps.OWED_AFTER_S, 0.0
    try:
        return (await Sweeper(world.platform).round()).answered
    finally:
        sweeps.OWED_AFTER_S = before

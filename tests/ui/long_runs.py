"""Runs with many events, under way, ended, and archived with as many events of the engine."""

from __future__ import annotations

import itertools
import json
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from engine.histories import Execution, RunHistories
from services import runs, tasks
from services.archiving import Archiver
from services.signatures import SignatureGiven
from tests.replay.tampering import recorded_run
from tests.ui.house import House
from tests.world import PASSWORD


async def busy(house: House, number: str) -> UUID:
    """A run in which people and the system have done something."""
    run = await house.run(number)
    task = await house.task_of(run, "arrival")
    for who, act in (
        ("li", tasks.claim),
        ("li", tasks.release),
        ("qian", tasks.claim),
        ("qian", tasks.release),
    ):
        await act(house.world.platform, task, actor=await house.actor(who))
    await house.arrive(run)
    return run


async def prolong(house: House, run: UUID, events: int) -> None:
    """As if somebody had claimed and released a task again and again."""
    k = t.task.c
    task = await house.world.scalar(sa.select(k.id).where(k.run_id == run, k.step_id == "acceptance"))
    values = [
        {
            "actor_id": house.world.people["li"],
            "actor_name": "LI",
            "action": ("claim.task", "release.task")[n % 2],
            "object_type": "task",
            "object_id": str(task),
            "after": {"state": "claimed", "assignee": "LI"},
            "run_id": run,
        }
        for n in range(events)
    ]
    async with house.world.write() as tx:
        for start in range(0, events, 1000):
            await tx.execute(sa.insert(t.audit_event), values[start : start + 1000])


async def end(house: House, run: UUID) -> None:
    """Cancelled by the quality manager."""
    await runs.command(
        house.world.platform,
        run,
        "cancel",
        reason="货物未到",
        signature=SignatureGiven(PASSWORD),
        actor=await house.actor("zhou"),
    )


async def archive(house: House, run: UUID, events: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the archiver, from an engine that has a chain of so many events of it."""
    recorded = [event for one in recorded_run("probe", "long", 2) for event in one["events"]]
    whole = list(itertools.islice(itertools.cycle(recorded), events))
    half = events // 2
    chain = [
        Execution(str(number), json.dumps({"events": part}).encode(), len(part), ended=True)
        for number, part in enumerate((whole[:half], whole[half:]), 1)
    ]

    async def histories(*_: Any) -> RunHistories:
        return RunHistories(chain)

    with monkeypatch.context() as patch:
        patch.setattr(house.engine, "histories", histories)
        await Archiver(house.world.platform).round()
    assert await house.world.rows(sa.select(t.archive.c.id).where(t.archive.c.run_id == run))

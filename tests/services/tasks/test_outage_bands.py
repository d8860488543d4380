"""A worker that is stopped in the middle of a run: its time line says when the system did not answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from temporalio.client import Client

from activities.advance import Advances
from db import tables as t
from db.session import Database
from domain import outages
from engine.gateway import Gateway
from engine.workers import build_worker
from services import run_lines
from tests.services.tasks.archiving import archived, opened
from tests.services.tasks.steps import do, started
from tests.world import make_world, two_steps

AWAY_S = 1.5


@pytest.fixture(autouse=True)
def told_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test need not wait as long as people do."""
    told = outages.outages
    sooner = timedelta(seconds=1)
    monkeypatch.setattr(
        run_lines, "outages", lambda history, asked, until, waits: told(history, asked, until, waits, sooner)
    )


async def test_a_worker_that_was_stopped_shows_in_the_time_line_and_from_the_archive(
    db: Database, client: Client
) -> None:
    world = await make_world(db, Gateway(client), seal_key="A" * 43)
    run = await started(world, {**two_steps(), "sop": f"two_{uuid4().hex[:8]}"})
    actor = await world.actor("li")
    await asyncio.sleep(AWAY_S)
    [now] = (await run_lines.page(world.platform, run, actor=actor)).outages
    assert (now.end, now.why) == (None, ("no_worker",))
    async with build_worker(client, [Advances(world.platform).advance]):
        await opened(world, run, "one#1")
        await do(world, "li", run, "one#1", "ok", {"count": 3})
        await opened(world, run, "two#1")
        await do(world, "wang", run, "two#1")
        await archived(world, run)
    header = await world.rows(sa.select(t.archive.c.run_id))
    assert [row["run_id"] for row in header] == [run]
    [told] = (await run_lines.page(world.platform, run, actor=actor)).outages
    assert told.why == ("no_worker",) and told.end is not None
    assert told.end - told.start >= timedelta(seconds=AWAY_S)

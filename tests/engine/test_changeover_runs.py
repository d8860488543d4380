"""A run goes over on a real engine: forged, spoken to at the same time, and longer than one history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.client import connect
from tests.engine.running import Playing, Stage, stage_on
from tests.procedures import CHANGED, PROCEDURES, bundle_of, definition, human
from tests.saying import completion, moving
from tests.servers import TemporalServer

OLD, NEW = bundle_of(PROCEDURES["changed_over"]), bundle_of(CHANGED)


@pytest.fixture
async def stage(temporal_server: TemporalServer) -> AsyncIterator[Stage]:
    client = await connect(temporal_server.address, temporal_server.namespace)
    async with stage_on(client, cached_runs=0) as made:
        yield made


async def at_slow(stage: Stage) -> Playing:
    playing = await stage.start("changed_over")
    await playing.open("first#1")
    assert await playing.say(completion("first#1")) == "done"
    await playing.open("slow#1")
    return playing


async def started(playing: Playing) -> int:
    events = await playing.history_events()
    return sum(event["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED" for event in events)


async def test_a_forged_order_moves_nothing(stage: Stage) -> None:
    playing = await at_slow(stage)
    forged = moving(OLD, NEW)
    playing.effects.forged.add(forged.submission)
    assert await playing.say(forged) == "not_confirmed"
    assert await playing.say(completion("slow#1")) == "done"
    await playing.open("old#1")
    assert await playing.say(completion("old#1")) == "done"
    assert await playing.result() == ("completed", "completed")
    assert await started(playing) == 1


async def test_who_speaks_at_the_same_time_is_heard_by_the_version_that_is_in_force_then(
    stage: Stage,
) -> None:
    playing = await at_slow(stage)
    moved, done = await asyncio.gather(playing.say(moving(OLD, NEW)), playing.say(completion("slow#1")))
    assert done == "done"
    follows = {"changed_over": "new#1", "changeover_refused": "old#1"}[moved]
    await playing.open(follows)
    assert await playing.say(completion(follows)) == "done"
    assert await playing.result() == ("completed", "completed")


async def test_it_goes_over_again_and_again_and_never_twice_from_the_same_version(stage: Stage) -> None:
    playing = await at_slow(stage)
    newest = bundle_of(definition(human("first"), human("slow"), human("newest"), {"end": "completed"}))
    assert await playing.say(moving(OLD, NEW)) == "changed_over"
    assert await playing.say(moving(OLD, newest)) == "changeover_refused"  # it has left that version
    assert await playing.say(moving(NEW, newest)) == "changed_over"
    assert await playing.say(completion("slow#1")) == "done"
    await playing.open("newest#1")
    assert [a.changeovers for a in playing.effects.advances][-1] == 2
    assert await playing.say(completion("newest#1")) == "done"
    assert await playing.result() == ("completed", "completed")
    assert await started(playing) == 3

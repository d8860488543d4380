"""Continue-as-new with open tasks, and what a forged or repeated Update does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from engine.client import connect
from engine.gateway import Settled
from tests.engine.running import Stage, stage_on
from tests.procedures import LINES, definition, human
from tests.saying import completion, event
from tests.servers import IMPATIENT, TemporalServer, in_memory_temporal


@pytest.fixture(scope="module")
def impatient_server() -> Iterator[TemporalServer]:
    """A server that suggests continue-as-new after 40 events instead of 4,096."""
    with in_memory_temporal(IMPATIENT) as server:
        yield server


@pytest.fixture
async def stage(impatient_server: TemporalServer) -> AsyncIterator[Stage]:
    client = await connect(impatient_server.address, impatient_server.namespace)
    async with stage_on(client) as made:
        yield made


async def test_a_long_run_continues_as_new_with_its_open_tasks_and_answered_submissions(stage: Stage) -> None:
    rounds = {
        "id": "again",
        "repeat": {
            "limit": 50,
            "until": "step.n >= 12",
            "steps": [human("step", form={"n": {"type": "integer", "label": {"zh": "n"}, "required": True}})],
        },
    }
    aside = {"id": "both", "parallel": {"branches": {"main": [rounds], "aside": [human("note")]}}}
    playing = await stage.start(definition(aside, {"end": "completed"}))
    first = completion("both#1.main.again#1~1.step#1", data={"n": 1})
    for n in range(1, 13):
        path = f"both#1.main.again#1~{n}.step#1"
        await playing.open("both#1.aside.note#1", path)
        assert await playing.say(first if n == 1 else completion(path, data={"n": n})) == "done"
        # The answer to the first submission stays the same, in whatever execution it is asked again.
        again = await stage.gateway.update(playing.run_id, "complete_task", first, first.submission, 20.0)
        assert isinstance(again, Settled) and again.result.state == "done"
    assert await playing.say(completion("both#1.aside.note#1")) == "done"
    assert await playing.result() == ("completed", "completed")
    numbers = [a.number for a in playing.effects.advances]
    assert numbers == sorted(set(numbers))
    starts = [
        e for e in await playing.history_events() if e["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
    ]
    assert len(starts) > 2


async def test_events_are_taken_once_over_continuations(stage: Stage) -> None:
    playing = await stage.start("events_long")
    first = event("again#1~1.reply#1", count=1)
    for n in range(1, 9):
        path = f"again#1~{n}.reply#1"
        await playing.waits(path)
        assert await playing.say(first if n == 1 else event(path, count=n)) == "taken"
        if n < 8:
            assert await playing.say(first) == "taken"  # the same answer, in whatever execution
    assert await playing.result() == ("completed", "completed")
    assert playing.effects.kinds()["settle_signal"] == 8
    starts = [
        e for e in await playing.history_events() if e["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
    ]
    assert len(starts) > 1


async def test_lines_of_actions_without_a_person_continue_as_new_too(stage: Stage) -> None:
    act = {"action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
    steps = [{"id": f"act{n}", **act} for n in range(4)]
    each = {"id": "each", "for_each": {"lines": "make.lines", "chunk": 2, "steps": steps}}
    playing = await stage.start(definition(LINES, each, {"end": "completed"}))
    assert await playing.result() == ("completed", "completed")
    assert playing.effects.done == [f"each#1[{line}].act{n}#1" for line in range(1, 6) for n in range(4)]
    starts = [
        e for e in await playing.history_events() if e["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
    ]
    assert len(starts) > 2


async def test_a_forged_update_settles_nothing_and_the_task_stays_open(stage: Stage) -> None:
    playing = await stage.start("human")
    await playing.open("one#1")
    forged = completion("one#1", outcome="ok", data={"count": 3})
    playing.effects.forged.add(forged.submission)
    assert await playing.say(forged) == "not_confirmed"
    await playing.open("one#1")
    assert await playing.say(completion("one#1", outcome="ok", data={"count": 3})) == "done"
    await playing.open("two#1")
    assert playing.effects.kinds()["settle"] == 1


async def test_the_same_update_twice_is_applied_once(stage: Stage) -> None:
    playing = await stage.start("human")
    await playing.open("one#1")
    command = completion("one#1", outcome="ok", data={"count": 3})
    assert [await playing.say(command) for _ in range(3)] == ["done"] * 3
    assert playing.effects.kinds()["settle"] == 1

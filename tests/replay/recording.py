"""Records the histories of the replay gate: `python -m tests.replay.recording` on purpose, never in a test run.

A history is recorded once, when its construct first runs or when a new semantics number is given, and then
stays: it stands for the runs that are under way in the field.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

from contracts.payload import SEMANTICS
from engine.client import connect
from tests.engine.running import Playing, Stage, stage_on
from tests.engine.scripts import SCRIPTS, play
from tests.replay.receiving import KEY, WAYS, play_way
from tests.servers import IMPATIENT, in_memory_temporal

HISTORIES = Path(__file__).parent / "histories"
CONTINUING = {"long", "events_long", "calls_long"}
"""Recorded where continue-as-new is suggested after 40 events: every execution of the run is kept."""
Player = Callable[[Stage, str], Awaitable[Playing]]


def target(folder: str, name: str, number: int = 1) -> Path:
    """Where an execution is kept; the first one without its number."""
    part = "" if number == 1 else f".{number}"
    return HISTORIES / folder / f"{name}{part}.s{SEMANTICS}.json"


async def executions(client: Client, playing: Playing) -> AsyncIterator[WorkflowHistory]:
    """The histories of a run's executions, in order."""
    newest = await playing.handle.fetch_history()
    run_id = newest.events[0].workflow_execution_started_event_attributes.first_execution_run_id
    while run_id:
        history = await client.get_workflow_handle(playing.handle.id, run_id=run_id).fetch_history()
        yield history
        last = history.events[-1]
        run_id = ""
        if last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
            run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id


def without_traces(value: Any) -> Any:
    """The same without stack traces: they name the paths of the machine that recorded."""
    if isinstance(value, dict):
        return {key: without_traces(one) for key, one in value.items() if key != "stackTrace"}
    return [without_traces(one) for one in value] if isinstance(value, list) else value


async def record(address: str, namespace: str, names: set[str], folder: str, play_one: Player) -> None:
    client = await connect(address, namespace, attempts=20, identity="recording")
    async with stage_on(client) as stage:
        for name in sorted(names):
            if target(folder, name).exists():
                continue
            playing = await play_one(stage, name)
            await playing.result()
            number = 0
            async for history in executions(client, playing):
                number += 1
                path = target(folder, name, number)
                path.parent.mkdir(parents=True, exist_ok=True)
                events = without_traces(json.loads(history.to_json()))
                path.write_text(json.dumps({"workflow_id": history.workflow_id, **events}, indent=1) + "\n")


def on_a_server(*dynamic: str, **recorded: tuple[set[str], Player]) -> None:
    """Records folders of histories on a server of their own."""
    with in_memory_temporal(*dynamic) as server:
        for folder, (names, play_one) in recorded.items():
            asyncio.run(record(server.address, server.namespace, names, folder, play_one))


def main() -> None:
    on_a_server(probe=(set(SCRIPTS) - CONTINUING, play), **{KEY: (set(WAYS), play_way)})
    on_a_server(IMPATIENT, probe=(CONTINUING, play))
    os._exit(0)  # a process that used a Temporal client may crash in its exit


if __name__ == "__main__":
    main()

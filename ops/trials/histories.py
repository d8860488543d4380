"""Room `ops`, trials: what the engine's own histories say about runs. It knows no workflow."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts import names
from engine.client import connect
from engine.gateway import Gateway
from ops import addresses
from ops.settings import Settings

ENDED_WELL = frozenset(
    {"EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED", "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW"}
)
STARTED = "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"


@dataclass(frozen=True)
class Execution:
    """One link of a run's continue-as-new chain."""

    events: int
    bytes: int
    last: str


@dataclass
class Histories:
    """The histories of many runs; `incomplete` are runs without one from its first to its last event."""

    executions: dict[str, list[Execution]] = field(default_factory=dict)

    @property
    def incomplete(self) -> list[str]:
        return [run_id for run_id, chain in self.executions.items() if not complete(chain)]

    def report(self) -> dict[str, Any]:
        """Executions, events and bytes: in all, and the largest of one execution."""
        every = [execution for chain in self.executions.values() for execution in chain]
        return {
            "runs": len(self.executions),
            "incomplete": len(self.incomplete),
            "executions": len(every),
            "events": sum(execution.events for execution in every),
            "bytes": sum(execution.bytes for execution in every),
            "most_events_of_one_execution": max((execution.events for execution in every), default=0),
            "most_bytes_of_one_execution": max((execution.bytes for execution in every), default=0),
        }


def complete(chain: list[Execution]) -> bool:
    """Whether every link ended as it should, the last one by completing."""
    return bool(chain) and all(e.last in ENDED_WELL for e in chain) and chain[-1].last.endswith("COMPLETED")


async def read(home: Path, run_ids: list[str]) -> Histories:
    """The whole history of each run, from the engine of the installation in `home`."""
    settings = Settings(home=home)
    client = await connect(addresses.temporal_address(settings), settings.temporal_namespace)
    gateway = Gateway(client)
    found = Histories()
    for run_id in run_ids:
        chain: list[Execution] = []
        for events in links(await history_if_known(gateway, run_id)):
            first = events[0]["workflowExecutionStartedEventAttributes"]
            handle = client.get_workflow_handle(
                names.workflow_id(run_id), run_id=first["originalExecutionRunId"]
            )
            info = (await handle.describe()).raw_description.workflow_execution_info
            chain.append(Execution(len(events), info.history_size_bytes, events[-1]["eventType"]))
        found.executions[run_id] = chain
    return found


async def history_if_known(gateway: Gateway, run_id: str) -> list[dict[str, Any]]:
    """All events of a run; none while the engine does not know it."""
    return await gateway.history(run_id) if await gateway.is_known(run_id) else []


async def read_when_complete(home: Path, run_ids: list[str], seconds: float = 180) -> Histories:
    """The histories once all are complete: what an outage lost, the sweeper delivers again."""
    deadline = time.monotonic() + seconds
    found = await read(home, run_ids)
    while found.incomplete and time.monotonic() < deadline:
        await asyncio.sleep(1)
        found.executions.update((await read(home, found.incomplete)).executions)
    return found


def links(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The events of a chain, parted at every start."""
    parted: list[list[dict[str, Any]]] = []
    for event in events:
        if event["eventType"] == STARTED:
            parted.append([])
        parted[-1].append(event)
    return parted

"""Takes histories of the shipped procedures from a running installation: `python -m tests.replay.taking ADDRESS`.

The demo plays people through every procedure with the real actions; the shortest run of each way of ending is
kept. As with the recorded ones: taken once, then it stays. What names a machine is left out. The installation
must have been started with the present code: the files are named after its semantics number.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from typing import Any

from temporalio.client import Client

from contracts.payload import SEMANTICS
from domain.sop_yaml import parse
from engine.client import connect
from services import sop_files
from tests.replay.receiving import KEY
from tests.replay.recording import HISTORIES, without_traces

LARGEST = 150_000
"""Bytes of a file that is kept; the bundle of the largest procedures alone takes most of it."""
PROCESS = re.compile(r"^\d+@\S+$")
"""How the SDK names a process: its number and its machine."""
CONTINUED = '"eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW"'


def unnamed(value: Any) -> Any:
    """The same with one name for every process that took part, also where a queue is named after it."""
    if isinstance(value, dict):
        return {k: "recording" if k == "identity" else unnamed(one) for k, one in value.items()}
    if isinstance(value, list):
        return [unnamed(one) for one in value]
    return PROCESS.sub("recording", value) if isinstance(value, str) else value


async def ended_runs(client: Client) -> list[tuple[str, str, str]]:
    """(procedure, how it ended, history as text) of all runs that have ended, shortest first."""
    found = []
    async for one in client.list_workflows("ExecutionStatus = 'Completed' AND WorkflowType = 'SopRun'"):
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        start, end = await started_with(handle), await handle.result()
        history = json.loads((await handle.fetch_history()).to_json())
        kept = {"workflow_id": one.id, **unnamed(without_traces(history))}
        found.append((start, end.get("outcome") or end["state"], json.dumps(kept, ensure_ascii=False) + "\n"))
    return sorted(found, key=lambda run: len(run[2]))


async def started_with(handle: Any) -> str:
    """The procedure of a run: its summary begins with the procedure's title."""
    summary: str = await (await handle.describe()).static_summary() or ""
    shipped = [parse(file.text).definition for file in sop_files.newest_in_order()]
    return next((one.sop for one in shipped if summary.startswith(one.title.zh)), "")


async def take(address: str, namespace: str) -> None:
    client = await connect(address, namespace, identity="recording")
    for sop, outcome, text in await ended_runs(client):
        path = HISTORIES / sop / f"{outcome}.s{SEMANTICS}.json"
        fits = len(text.encode()) <= LARGEST and CONTINUED not in text
        sys.stdout.write(f"{sop} {outcome} {len(text.encode())}{'' if fits else ': left'}\n")
        if sop and sop != KEY and fits and not path.exists():  # deliveries are recorded way by way
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "xunji"))
    sys.stdout.flush()
    os._exit(0)  # a process that used a Temporal client may crash in its exit

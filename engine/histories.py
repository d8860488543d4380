"""Engine: whole histories of a run - every execution of its continue-as-new chain, as JSON that replays.

What somebody did to a run in the engine itself, past the product's doors, is told beside them.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from temporalio.service import RPCError, RPCStatusCode

from contracts import names

if TYPE_CHECKING:
    from temporalio.client import Client

ENDS = {
    "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED": None,
    "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW": None,
    "EVENT_TYPE_WORKFLOW_EXECUTION_FAILED": "failed_in_engine",
    "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED": "terminated",
    "EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT": "timed_out_in_engine",
    "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED": "cancelled_in_engine",
}
"""How an execution ends, and what that means when it is not the product's own way."""
RESET = "WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW"


@dataclass(frozen=True)
class Execution:
    """One execution: its id, its history as written (JSON, UTF-8), and the number of its events."""

    id: str
    content: bytes
    events: int
    ended: bool


@dataclass
class RunHistories:
    """All executions, oldest first; `anomalies` are codes, each once and in order."""

    executions: list[Execution] = field(default_factory=list)
    anomalies: list[str] = field(default_factory=list)
    semantics: int | None = None

    @property
    def closed(self) -> bool:
        return bool(self.executions) and self.executions[-1].ended


async def fetch(client: Client, run_id: str) -> RunHistories | None:
    """The histories of a run; None when the engine does not know it (any more)."""
    workflow_id = names.workflow_id(run_id)
    try:
        described = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise
    first = described.raw_description.workflow_execution_info.first_run_id or described.run_id
    found, following = RunHistories(), [first]
    seen: set[str] = set()
    while following:
        execution_id = following.pop(0)
        if execution_id in seen:
            continue
        seen.add(execution_id)
        following += await _take(client, workflow_id, execution_id, found)
        if not following and described.run_id not in seen:  # a reset begins an execution that nobody names
            following.append(described.run_id)
    if "reset" in found.anomalies and "terminated" in found.anomalies[:-1]:
        found.anomalies.remove("terminated")  # a reset terminates what it resets
    return found


async def _take(client: Client, workflow_id: str, execution_id: str, found: RunHistories) -> list[str]:
    """Add one execution; the ids of those that it continued as."""
    try:
        history = await client.get_workflow_handle(workflow_id, run_id=execution_id).fetch_history()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        _note(found, "execution_lost")
        return []
    told: dict[str, Any] = history.to_json_dict()
    events = told["events"]
    last = events[-1]
    ended = last["eventType"] in ENDS
    if found.semantics is None:
        found.semantics = _semantics(events[0])
    content = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    found.executions.append(Execution(execution_id, content, len(events), ended))
    _note(found, ENDS.get(last["eventType"]))
    if any(event.get("workflowTaskFailedEventAttributes", {}).get("cause") == RESET for event in events):
        _note(found, "reset")
    continued = last.get("workflowExecutionContinuedAsNewEventAttributes", {}).get("newExecutionRunId")
    return [continued] if continued else []


def _note(found: RunHistories, anomaly: str | None) -> None:
    if anomaly and anomaly not in found.anomalies:
        found.anomalies.append(anomaly)


def _semantics(started: dict[str, Any]) -> int | None:
    """The number of the run's semantics, from the input that its first event carries."""
    payloads = started.get("workflowExecutionStartedEventAttributes", {}).get("input", {}).get("payloads", [])
    try:
        given = json.loads(base64.b64decode(payloads[0]["data"]))
        return int(given["semantics"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None

"""Engine: what holds a run's executions together - ids, input handed over - and a run to its definition."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from contracts import names
from contracts.payload import FIRST_SEMANTICS
from domain.canonical import sha256_of
from domain.history_form import attributes_of, kind_of, number_of
from domain.replay_comparison import differences
from domain.replay_findings import ReplayFinding
from domain.sop_bundle import Bundle

Events = Sequence[Mapping[str, Any]]
_SAME = ("workflowType", "taskQueue", "firstExecutionRunId", "workflowId")
"""What every execution of a chain was started with alike."""


def check_chain(executions: Sequence[Events]) -> Iterator[ReplayFinding]:
    """Every execution but the first is what the one before continued as."""
    if executions and executions[0]:
        first = attributes_of(executions[0][0])
        if first.get("continuedExecutionRunId"):
            yield _chain(executions[0][0], 1, "continuedExecutionRunId", first["continuedExecutionRunId"], "")
        own = first.get("firstExecutionRunId")
        if own != first.get("originalExecutionRunId"):
            yield _chain(
                executions[0][0], 1, "originalExecutionRunId", first.get("originalExecutionRunId"), own
            )
    for number, (before, after) in enumerate(pairwise(executions), 2):
        if before and after:
            yield from _follows(before, after, number)
    if executions and executions[-1] and kind_of(executions[-1][-1]).endswith("CONTINUED_AS_NEW"):
        yield ReplayFinding("last", len(executions), number_of(executions[-1][-1]))


def check_identity(events: Events, workflow_id: str, number: int) -> Iterator[ReplayFinding]:
    """The history is this run's and holds the definition it is pinned to; updates are their submissions."""
    start = attributes_of(events[0]) if events else {}
    named, given = start.get("workflowId"), _input(start)
    if named is not None and named != workflow_id:
        yield _at(events[0], "workflow_id", number, "workflowId", named, workflow_id)
    if start.get("workflowType", {}).get("name") == names.RUN_WORKFLOW:
        if names.workflow_id(str(given.get("run_id"))) != workflow_id:
            yield _at(events[0], "run_id", number, "run_id", given.get("run_id"), workflow_id)
        yield from _pinned(events[0], given, number)
    accepted: set[str] = set()
    for event in events:
        if kind_of(event) != "WORKFLOW_EXECUTION_UPDATE_ACCEPTED":
            continue
        request = attributes_of(event).get("acceptedRequest", {})
        update, submission = request.get("meta", {}).get("updateId", ""), _submission(request)
        if submission is not None and _plain_id(update) != _plain_id(submission):
            yield _at(event, "update_id", number, "updateId", update, submission)
        if update in accepted:
            yield _at(event, "twice", number, "updateId", update, None)
        accepted.add(update)


def semantics_of(executions: Sequence[Events]) -> int | None:
    """The semantics number by which the run was interpreted, None where there is no start."""
    if not executions or not executions[0]:
        return None
    try:
        number = _input(attributes_of(executions[0][0])).get("semantics", FIRST_SEMANTICS)
    except (AttributeError, TypeError):  # a damaged start
        return None
    return number if isinstance(number, int) else None


def _follows(before: Events, after: Events, number: int) -> Iterator[ReplayFinding]:
    start, first, end = after[0], attributes_of(before[0]), attributes_of(before[-1])
    began = attributes_of(start)
    wanted = {
        "continuedExecutionRunId": first.get("originalExecutionRunId"),
        "originalExecutionRunId": end.get("newExecutionRunId"),
        **{name: first.get(name) for name in _SAME},
    }
    for name, value in wanted.items():
        if began.get(name) != value:
            yield _chain(start, number, name, began.get(name), value)
    for path, one, two in differences(_values(began), _values(end), "input"):
        yield _chain(start, number, path, one, two)


def _pinned(start: Mapping[str, Any], given: Mapping[str, Any], number: int) -> Iterator[ReplayFinding]:
    """The bundle has the hash that the run is pinned to."""
    wanted = given.get("sha256")
    try:
        actual = sha256_of("sop_bundle", 1, bundle=given["bundle"])
        if actual != wanted:  # one that was written in an older form is read first
            actual = Bundle.from_json(given["bundle"]).sha256
    except Exception as error:  # noqa: BLE001 - a damaged bundle is read by many readers
        actual = type(error).__name__
    if actual != wanted:
        yield _at(start, "bundle", number, "sha256", wanted, actual)


def _input(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    values = _values(attributes)
    return values[0] if values and isinstance(values[0], dict) else {}


def _values(attributes: Mapping[str, Any]) -> list[Any]:
    """The payloads of an input, decoded; what is no JSON stays as it is."""
    return [_value(one) for one in (attributes.get("input") or {}).get("payloads", [])]


def _value(payload: Mapping[str, Any]) -> Any:
    try:
        return json.loads(base64.b64decode(payload["data"]))
    except (KeyError, TypeError, ValueError):
        return dict(payload)


def _submission(request: Mapping[str, Any]) -> str | None:
    payloads = request.get("input", {}).get("args", {}).get("payloads", [])
    said = _value(payloads[0]) if payloads else None
    return str(said["submission"]) if isinstance(said, dict) and "submission" in said else None


def _plain_id(text: str) -> str:
    try:
        return UUID(text).hex
    except ValueError:
        return text


def _chain(event: Mapping[str, Any], number: int, name: str, recorded: Any, wanted: Any) -> ReplayFinding:
    return _at(event, "chain", number, name, recorded, wanted)


def _at(
    event: Mapping[str, Any], rule: str, number: int, name: str, recorded: Any, computed: Any
) -> ReplayFinding:
    return ReplayFinding(
        rule,
        number,
        number_of(event),
        str(event.get("eventType", "")),
        field=name,
        recorded=recorded,
        computed=computed,
    )

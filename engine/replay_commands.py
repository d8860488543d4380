"""Engine: commands in plain form - as events of a history recorded them, and as the replayed code gives them.

Both sides are read off the engine's own messages into the same shape; `replay_comparison` compares them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent

from domain.replay_comparison import Command

DURATIONS = (
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
    "heartbeat_timeout",
)
PATCH = "core_patch"
UNTOLD = ("stackTrace", "source", "encodedAttributes")
"""What a failure says of the machine on which it arose."""


def recorded_commands(events: Iterable[HistoryEvent]) -> list[Command]:
    """The commands that a history holds, in its order."""
    found: list[Command] = []
    activities: dict[int, str] = {}
    updates: dict[int, str] = {}
    for event in events:
        name = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
        holds: Any = getattr(event, event.WhichOneof("attributes") or "", None)
        if name == "ACTIVITY_TASK_SCHEDULED":
            activities[event.event_id] = event.activity_task_scheduled_event_attributes.activity_id
        elif name == "WORKFLOW_EXECUTION_UPDATE_ACCEPTED":
            accepted = event.workflow_execution_update_accepted_event_attributes
            updates[event.event_id] = accepted.protocol_instance_id
        if name == "ACTIVITY_TASK_CANCEL_REQUESTED":
            kind, key, content = "activity_cancel", activities.get(holds.scheduled_event_id, ""), {}
        elif name == "WORKFLOW_EXECUTION_UPDATE_COMPLETED":
            kind, key, content = "update_answer", updates.get(holds.accepted_event_id, ""), _outcome(holds)
        elif name in _RECORDED:
            kind, key, content = _RECORDED[name](holds)
        else:
            continue
        found.append(Command(kind, key, content, event.event_id, EventType.Name(event.event_type)))
    return found


def computed_commands(completions: Iterable[Any]) -> list[Command]:
    """The commands of a replay's activations, without what was taken back before the engine heard of it."""
    said: list[tuple[int, Command]] = []
    activities: dict[int, str] = {}
    for task, completion in completions:
        for command in completion.successful.commands:
            name = command.WhichOneof("variant")
            holds = getattr(command, name)
            if name == "schedule_activity":
                activities[holds.seq] = holds.activity_id
            if name == "request_cancel_activity":
                told = Command("activity_cancel", activities.get(holds.seq, ""))
            elif name == "respond_to_query":
                continue
            elif name in _COMPUTED:
                told = Command(*_COMPUTED[name](holds))
            else:
                told = Command(name, str(getattr(holds, "seq", "")))
            said.append((task, told))
    return list(_without_taken_back(said))


def _without_taken_back(said: list[tuple[int, Command]]) -> Iterator[Command]:
    """A timer that is set and cancelled within one workflow task never reaches the engine."""
    set_in = {command.key: task for task, command in said if command.kind == "timer"}
    cancelled = {command.key: task for task, command in said if command.kind == "timer_cancel"}
    gone = {key for key, task in cancelled.items() if set_in.get(key) == task}
    for _, command in said:
        if command.kind not in {"timer", "timer_cancel"} or command.key not in gone:
            yield command


def plain(payload: Payload) -> Any:
    """A payload's value; one that is not JSON as its encoding and bytes, so that no byte goes uncompared."""
    encoding = payload.metadata.get("encoding", b"").decode(errors="replace")
    more = {key for key in payload.metadata if key != "encoding"}
    if encoding == "json/plain" and not more:
        try:
            return json.loads(payload.data, object_pairs_hook=_no_key_twice)
        except ValueError:
            pass  # shown as the bytes that they are
    return MessageToDict(payload)


def failure(of: Failure) -> dict[str, Any]:
    """A failure as far as it is the same on every machine; details in plain form."""

    def told(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: told(value) for key, value in part.items() if key not in UNTOLD}
        return [told(one) for one in part] if isinstance(part, list) else part

    found: dict[str, Any] = told(MessageToDict(of))
    details = [plain(one) for one in of.application_failure_info.details.payloads]
    if details:
        found["applicationFailureInfo"]["details"] = details
    return found


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _values(payloads: Iterable[Payload]) -> list[Any]:
    return [plain(one) for one in payloads]


def _named(payloads: Mapping[str, Payload]) -> dict[str, Any]:
    return {key: plain(payloads[key]) for key in sorted(payloads)}


def _lasting(of: Any, *names: str) -> dict[str, str]:
    """Durations as text; one of nothing and none at all are the same to the engine."""
    return {name: getattr(of, name).ToJsonString() for name in names if getattr(of, name).ToNanoseconds()}


def _retry(of: Any) -> dict[str, Any]:
    return MessageToDict(of.retry_policy) if of.HasField("retry_policy") else {}


def _activity(of: Any, arguments: Iterable[Payload], headers: Mapping[str, Payload]) -> tuple[str, str, Any]:
    content = {
        "activity_type": getattr(of.activity_type, "name", of.activity_type),
        "task_queue": getattr(of.task_queue, "name", of.task_queue),
        "input": _values(arguments),
        "header": _named(headers),
        "retry_policy": _retry(of),
        "priority": MessageToDict(of.priority),
        **_lasting(of, *DURATIONS),
    }
    return "activity", of.activity_id, content


def _continue(of: Any, arguments: Iterable[Payload], headers: Mapping[str, Payload]) -> tuple[str, str, Any]:
    content = {
        "input": _values(arguments),
        "header": _named(headers),
        "memo": _named(of.memo.fields if hasattr(of.memo, "fields") else of.memo),
        "search_attributes": _named(of.search_attributes.indexed_fields),
        **_lasting(of, "backoff_start_interval"),
    }
    return "continue", "", content


def _child(of: Any, arguments: Iterable[Payload], headers: Mapping[str, Payload]) -> tuple[str, str, Any]:
    content = {
        "workflow_type": getattr(of.workflow_type, "name", of.workflow_type),
        "task_queue": getattr(of.task_queue, "name", of.task_queue),
        "input": _values(arguments),
        "header": _named(headers),
        "parent_close_policy": of.parent_close_policy,
        "retry_policy": _retry(of),
        "cron_schedule": of.cron_schedule,
        **_lasting(of, "workflow_execution_timeout", "workflow_run_timeout"),
    }
    return "child", of.workflow_id, content


def _signal(of: Any, arguments: Iterable[Payload], headers: Mapping[str, Payload]) -> tuple[str, str, Any]:
    content = {"name": of.signal_name, "input": _values(arguments), "header": _named(headers)}
    return "signal", of.workflow_execution.workflow_id, content


def _outcome(of: Any) -> dict[str, Any]:
    if of.outcome.HasField("failure"):
        return {"failure": failure(of.outcome.failure)}
    return {"result": _values(of.outcome.success.payloads)}


def _marker(of: Any) -> tuple[str, str, Any]:
    if of.marker_name != PATCH:
        return "marker", of.marker_name, {name: _values(one.payloads) for name, one in of.details.items()}
    data = _values(of.details["patch-data"].payloads)
    patch = data[0] if data and isinstance(data[0], dict) else {}
    return "marker", f"{PATCH}/{patch.get('id', '')}", {"deprecated": patch.get("deprecated", False)}


def _update_response(of: Any) -> tuple[str, str, Any]:
    said = of.WhichOneof("response")
    if said == "accepted":
        return "update_accepted", of.protocol_instance_id, {}
    if said == "rejected":
        return "update_answer", of.protocol_instance_id, {"failure": failure(of.rejected)}
    return "update_answer", of.protocol_instance_id, {"result": [plain(of.completed)]}


_Reader = Callable[[Any], tuple[str, str, Any]]
_RECORDED: Mapping[str, _Reader] = {
    "ACTIVITY_TASK_SCHEDULED": lambda of: _activity(of, of.input.payloads, of.header.fields),
    "TIMER_STARTED": lambda of: ("timer", of.timer_id, _lasting(of, "start_to_fire_timeout")),
    "TIMER_CANCELED": lambda of: ("timer_cancel", of.timer_id, {}),
    "WORKFLOW_EXECUTION_UPDATE_ACCEPTED": lambda of: ("update_accepted", of.protocol_instance_id, {}),
    "MARKER_RECORDED": _marker,
    "START_CHILD_WORKFLOW_EXECUTION_INITIATED": lambda of: _child(of, of.input.payloads, of.header.fields),
    "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED": lambda of: _signal(
        of, of.input.payloads, of.header.fields
    ),
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": lambda of: (
        "attributes",
        "",
        _named(of.search_attributes.indexed_fields),
    ),
    "WORKFLOW_PROPERTIES_MODIFIED": lambda of: ("memo", "", _named(of.upserted_memo.fields)),
    "WORKFLOW_EXECUTION_CONTINUED_AS_NEW": lambda of: _continue(of, of.input.payloads, of.header.fields),
    "WORKFLOW_EXECUTION_COMPLETED": lambda of: ("result", "", {"result": _values(of.result.payloads)}),
    "WORKFLOW_EXECUTION_FAILED": lambda of: ("failure", "", {"failure": failure(of.failure)}),
    "WORKFLOW_EXECUTION_CANCELED": lambda _: ("cancelled", "", {}),
}
_COMPUTED: Mapping[str, _Reader] = {
    "schedule_activity": lambda of: _activity(of, of.arguments, of.headers),
    "start_timer": lambda of: ("timer", str(of.seq), _lasting(of, "start_to_fire_timeout")),
    "cancel_timer": lambda of: ("timer_cancel", str(of.seq), {}),
    "update_response": _update_response,
    "set_patch_marker": lambda of: ("marker", f"{PATCH}/{of.patch_id}", {"deprecated": of.deprecated}),
    "start_child_workflow_execution": lambda of: _child(of, of.input, of.headers),
    "signal_external_workflow_execution": lambda of: _signal(of, of.args, of.headers),
    "upsert_workflow_search_attributes": lambda of: (
        "attributes",
        "",
        _named(of.search_attributes.indexed_fields),
    ),
    "modify_workflow_properties": lambda of: ("memo", "", _named(of.upserted_memo.fields)),
    "continue_as_new_workflow_execution": lambda of: _continue(of, of.arguments, of.headers),
    "complete_workflow_execution": lambda of: ("result", "", {"result": [plain(of.result)]}),
    "fail_workflow_execution": lambda of: ("failure", "", {"failure": failure(of.failure)}),
    "cancel_workflow_execution": lambda _: ("cancelled", "", {}),
}

"""Commands that the interpreter does not give today are read off both sides alike, so that a new one is compared."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from temporalio.api.history.v1 import HistoryEvent
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

from domain.replay_comparison import Command, compare, differences
from engine.replay_commands import computed_commands, recorded_commands

ONE = {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}
EXECUTION = {"workflowId": "run/2", "runId": "r"}
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "child": (
        {
            "eventType": "EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED",
            "startChildWorkflowExecutionInitiatedEventAttributes": {
                "workflowId": "run/2",
                "workflowType": {"name": "SopRun"},
                "taskQueue": {"name": "xunji"},
                "input": {"payloads": [ONE]},
                "workflowRunTimeout": "0s",
                "parentClosePolicy": "PARENT_CLOSE_POLICY_ABANDON",
            },
        },
        {
            "startChildWorkflowExecution": {
                "seq": 1,
                "workflowId": "run/2",
                "workflowType": "SopRun",
                "taskQueue": "xunji",
                "input": [ONE],
                "parentClosePolicy": "PARENT_CLOSE_POLICY_ABANDON",
            }
        },
    ),
    "signal": (
        {
            "eventType": "EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED",
            "signalExternalWorkflowExecutionInitiatedEventAttributes": {
                "workflowExecution": EXECUTION,
                "signalName": "calls_ended",
                "input": {"payloads": [ONE]},
            },
        },
        {
            "signalExternalWorkflowExecution": {
                "seq": 1,
                "workflowExecution": EXECUTION,
                "signalName": "calls_ended",
                "args": [ONE],
            }
        },
    ),
    "attributes": (
        {
            "eventType": "EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
            "upsertWorkflowSearchAttributesEventAttributes": {
                "searchAttributes": {"indexedFields": {"a": ONE}}
            },
        },
        {"upsertWorkflowSearchAttributes": {"searchAttributes": {"indexedFields": {"a": ONE}}}},
    ),
    "memo": (
        {
            "eventType": "EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED",
            "workflowPropertiesModifiedEventAttributes": {"upsertedMemo": {"fields": {"a": ONE}}},
        },
        {"modifyWorkflowProperties": {"upsertedMemo": {"fields": {"a": ONE}}}},
    ),
    "marker": (
        {
            "eventType": "EVENT_TYPE_MARKER_RECORDED",
            "markerRecordedEventAttributes": {
                "markerName": "core_patch",
                "details": {
                    "patch-data": {"payloads": [{**ONE, "data": "eyJpZCI6InAiLCJkZXByZWNhdGVkIjpmYWxzZX0="}]}
                },
            },
        },
        {"setPatchMarker": {"patchId": "p"}},
    ),
}


def both(kind: str) -> tuple[list[Command], list[Command]]:
    event, command = PAIRS[kind]
    recorded = recorded_commands([ParseDict({"eventId": "5", **event}, HistoryEvent())])
    said = ParseDict({"successful": {"commands": [command]}}, WorkflowActivationCompletion())
    return recorded, computed_commands([(4, said)])


@pytest.mark.parametrize("kind", PAIRS)
def test_a_command_is_the_same_in_the_history_and_from_the_code(kind: str) -> None:
    recorded, computed = both(kind)
    assert [one.kind for one in recorded] == [kind]
    assert not list(compare(recorded, computed, 1))


@pytest.mark.parametrize("kind", ["child", "signal", "attributes", "memo"])
def test_another_value_in_it_is_found(kind: str) -> None:
    recorded, computed = both(kind)
    changed = [Command(one.kind, one.key, _with_two(one.content), one.event_id) for one in recorded]
    (found,) = compare(changed, computed, 1)
    assert (found.rule, found.recorded, found.computed) == ("differs", 2, 1)


def test_a_timer_set_and_cancelled_in_one_task_never_was() -> None:
    said = ParseDict(
        {"successful": {"commands": [{"startTimer": {"seq": 1}}, {"cancelTimer": {"seq": 1}}]}},
        WorkflowActivationCompletion(),
    )
    assert not computed_commands([(4, said)])


@pytest.mark.parametrize(("one", "two"), [(1, True), (1, 1.0), (0, None), ("1", 1), ({}, []), (None, "")])
def test_values_of_different_types_differ(one: object, two: object) -> None:
    assert list(differences({"a": one}, {"a": two})) == [("a", one, two)]


def _with_two(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_two(inner) for key, inner in value.items()}
    return [_with_two(inner) for inner in value] if isinstance(value, list) else 2 if value == 1 else value

"""Ways of changing a history, and the level that finds each: the engine's replay, the strict one, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tests.replay.tampering import (
    Change,
    Run,
    added_update,
    another_path,
    attribute,
    cut,
    deleted,
    doubled,
    inserted,
    later,
    numbered,
    operations_turned,
    outer,
    payload,
    respelled,
    swapped,
    turned,
    within,
    without,
)

Level = Literal["sdk", "strict", "none"]
HUMAN, LONG, CALL = ("probe", "human", 2), ("probe", "long", 2), ("probe", "call", 2)
ACTION, FORGED, WAIT = ("probe", "action", 2), ("probe", "forged", 2), ("probe", "wait_short", 2)
SCHEDULED, COMPLETED = "ACTIVITY_TASK_SCHEDULED", "ACTIVITY_TASK_COMPLETED"
TIMER, ENDED = "TIMER_STARTED", "WORKFLOW_EXECUTION_COMPLETED"
STARTED, CONTINUED = "WORKFLOW_EXECUTION_STARTED", "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
ACCEPTED, ANSWERED = "WORKFLOW_EXECUTION_UPDATE_ACCEPTED", "WORKFLOW_EXECUTION_UPDATE_COMPLETED"
SIGNALED, TASK_STARTED = "WORKFLOW_EXECUTION_SIGNALED", "WORKFLOW_TASK_STARTED"
TASK_COMPLETED = "WORKFLOW_TASK_COMPLETED"
INPUT, SAID = ("input",), ("acceptedRequest", "input", "args")
MARKER = {
    "eventType": "EVENT_TYPE_MARKER_RECORDED",
    "markerRecordedEventAttributes": {"markerName": "core_patch", "workflowTaskCompletedEventId": "10"},
}


class Case(NamedTuple):
    """A recorded run, what is done to it, who finds it; `unnoticed` is the entry on the list of what is not."""

    source: tuple[str, str, int]
    change: Change
    found_by: Level
    unnoticed: str = ""


def _marker_put_in(run: Run) -> None:
    run[0]["events"].insert(10, {**MARKER, "eventId": "11", "eventTime": run[0]["events"][9]["eventTime"]})
    numbered(12, 1)(run)


def _timer_made_marker(run: Run) -> None:
    event = next(e for e in run[0]["events"] if e["eventType"] == f"EVENT_TYPE_{TIMER}")
    event.pop("timerStartedEventAttributes")
    event.update(MARKER)


CASES: Mapping[str, Case] = {
    # what an advance was told to do
    "another actor in an advance": Case(
        HUMAN, payload(SCHEDULED, INPUT, within("operations", 0, "actor", value="p9"), 1), "strict"
    ),
    "an operation left out of an advance": Case(
        HUMAN, payload(SCHEDULED, INPUT, lambda said: said["operations"].pop(), 1), "strict"
    ),
    "another time in an advance": Case(
        HUMAN, payload(SCHEDULED, INPUT, within("now", value="2026-11-27T06:11:57.000000Z")), "strict"
    ),
    "a key put into an advance": Case(HUMAN, payload(SCHEDULED, INPUT, within("extra", value=1)), "strict"),
    "a number made a truth value": Case(
        HUMAN, payload(SCHEDULED, INPUT, within("number", value=True)), "strict"
    ),
    "another time-out of an advance": Case(
        HUMAN, attribute(SCHEDULED, "startToCloseTimeout", value="60s"), "strict"
    ),
    "another beat of an advance": Case(
        HUMAN, attribute(SCHEDULED, "heartbeatTimeout", value="30s"), "strict"
    ),
    "another retry policy": Case(
        HUMAN, attribute(SCHEDULED, "retryPolicy", "maximumAttempts", value=3), "strict"
    ),
    "another kind of activity": Case(
        HUMAN, attribute(SCHEDULED, "activityType", "name", value="other"), "sdk"
    ),
    "another id of an activity": Case(HUMAN, attribute(SCHEDULED, "activityId", value="77"), "sdk"),
    "another queue of an activity": Case(
        HUMAN, attribute(SCHEDULED, "taskQueue", "name", value="other"), "strict"
    ),
    # timers
    "another length of a timer": Case(HUMAN, attribute(TIMER, "startToFireTimeout", value="60s"), "strict"),
    "another id of a timer": Case(HUMAN, attribute(TIMER, "timerId", value="7"), "strict"),
    "a timer that did not fire": Case(WAIT, deleted("TIMER_FIRED", renumbered=True), "sdk"),
    "a timer fired that was not set": Case(WAIT, attribute("TIMER_FIRED", "timerId", value="9"), "sdk"),
    # what people said
    "another outcome of an update": Case(
        HUMAN, payload(ACCEPTED, SAID, within("outcome", value="bad")), "sdk"
    ),
    "other data of an update": Case(
        HUMAN, payload(ACCEPTED, SAID, within("data", "count", value=4)), "strict"
    ),
    "another person in an update": Case(
        HUMAN, payload(ACCEPTED, SAID, within("actor", value="p9")), "strict"
    ),
    "another hash in an update": Case(HUMAN, payload(ACCEPTED, SAID, within("hash", value="x")), "strict"),
    "another performer in an update": Case(
        HUMAN, payload(ACCEPTED, SAID, within("performers", value=["p9"])), "strict"
    ),
    "another submission in an update": Case(
        HUMAN, payload(ACCEPTED, SAID, within("submission", value="0" * 32)), "strict"
    ),
    "another reason in an update": Case(
        HUMAN, payload(ACCEPTED, SAID, within("reason", value="because")), "strict"
    ),
    "an update of another name": Case(
        HUMAN, attribute(ACCEPTED, "acceptedRequest", "input", "name", value="sign_task"), "sdk"
    ),
    "another id of an update": Case(
        HUMAN, attribute(ACCEPTED, "acceptedRequest", "meta", "updateId", value="0" * 32), "strict"
    ),
    "another answer to an update": Case(
        HUMAN, payload(ANSWERED, ("outcome", "success"), within("state", value="refused")), "strict"
    ),
    "another refusal of an update": Case(
        FORGED, attribute(ANSWERED, "outcome", "failure", "message", value="no"), "strict"
    ),
    "an update that was never answered": Case(HUMAN, deleted(ANSWERED, renumbered=True), "sdk"),
    "an update that never was": Case(HUMAN, added_update, "sdk"),
    "a key put into an update": Case(
        HUMAN, payload(ACCEPTED, SAID, within("extra", value=1)), "none", "unused_input"
    ),
    "another path of a signal": Case(CALL, another_path, "sdk"),
    "another name of a signal": Case(CALL, attribute(SIGNALED, "signalName", value="other"), "sdk"),
    # what the world answered
    "another answer of an action": Case(
        ACTION, payload(COMPLETED, ("result",), within("asked", "outputs", value={"x": 1}), 0), "sdk"
    ),
    "an advance that was called forged": Case(
        HUMAN, payload(COMPLETED, ("result",), within("forged", value=["0" * 32]), 1), "sdk"
    ),
    "a key put into a result": Case(
        HUMAN, payload(COMPLETED, ("result",), within("extra", value=1)), "none", "unused_result"
    ),
    # the beginning and the end
    "another actor at the start": Case(
        HUMAN, payload(STARTED, INPUT, within("actor", value="p9")), "none", "unused_input"
    ),
    "another site at the start": Case(HUMAN, payload(STARTED, INPUT, within("site", value="SH2")), "strict"),
    "another run in the start": Case(
        HUMAN,
        payload(STARTED, INPUT, within("run_id", value="00000000-0000-7000-8000-000000000001")),
        "strict",
    ),
    "another definition in the start": Case(
        HUMAN,
        payload(
            STARTED, INPUT, within("bundle", "definition", "steps", 1, "human", "separate_from", value=[])
        ),
        "strict",
    ),
    "another semantics number": Case(HUMAN, payload(STARTED, INPUT, within("semantics", value=1)), "sdk"),
    "an input that is no JSON": Case(
        HUMAN, attribute(STARTED, "input", "payloads", 0, "data", value="bm90IGpzb24="), "sdk"
    ),
    "another workflow type": Case(HUMAN, attribute(STARTED, "workflowType", "name", value="Other"), "sdk"),
    "another workflow id": Case(HUMAN, attribute(STARTED, "workflowId", value="run/other"), "strict"),
    "another result of the run": Case(
        HUMAN, payload(ENDED, ("result",), within("outcome", value="refused")), "strict"
    ),
    "an end that did not come": Case(HUMAN, cut(1), "strict"),
    "the last hop is missing": Case(HUMAN, cut(9), "strict"),
    # events as such
    "an activity taken out": Case(HUMAN, deleted(SCHEDULED, 1, 3, renumbered=True), "sdk"),
    "a timer taken out": Case(HUMAN, deleted(TIMER, renumbered=True), "sdk"),
    "an acceptance taken out": Case(HUMAN, deleted(ACCEPTED, renumbered=True), "sdk"),
    "a task's event taken out": Case(HUMAN, deleted("WORKFLOW_TASK_SCHEDULED", 1), "sdk"),
    "an activity put in": Case(HUMAN, inserted(SCHEDULED, 1, renumbered=True), "sdk"),
    "an end put in twice": Case(HUMAN, inserted(ENDED, renumbered=True), "strict"),
    "a result put in twice": Case(HUMAN, inserted(COMPLETED, 1, renumbered=True), "sdk"),
    "a marker put in": Case(HUMAN, _marker_put_in, "sdk"),
    "a timer made a marker": Case(HUMAN, _timer_made_marker, "sdk"),
    "two events swapped": Case(HUMAN, swapped(15, 16), "sdk"),
    "two events swapped and renumbered": Case(HUMAN, swapped(15, 16, renumbered=True), "sdk"),
    "events renumbered": Case(HUMAN, numbered(20, 1), "sdk"),
    "another event pointed to": Case(HUMAN, attribute(COMPLETED, "scheduledEventId", value="16"), "sdk"),
    "another task pointed to": Case(
        HUMAN, attribute(SCHEDULED, "workflowTaskCompletedEventId", value="2", n=1), "strict"
    ),
    "another time of a workflow task": Case(
        HUMAN, outer(TASK_STARTED, "eventTime", "2026-11-27T06:20:00.000000001Z", 2), "strict"
    ),
    # the chain
    "another state handed on": Case(LONG, payload(CONTINUED, INPUT, within("advances", value=99)), "strict"),
    "another state taken over": Case(
        LONG, payload(STARTED, INPUT, within("processed", value={}), at=1), "strict"
    ),
    "another execution named as the next": Case(
        LONG, attribute(CONTINUED, "newExecutionRunId", value="other"), "strict"
    ),
    "an execution taken out": Case(LONG, without(1), "strict"),
    "the first execution taken out": Case(LONG, without(0), "strict"),
    "the last execution taken out": Case(LONG, without(-1), "strict"),
    "two executions swapped": Case(LONG, turned, "strict"),
    "an early run made a late one": Case(("probe", "human", 1), later, "strict"),
    "an execution twice": Case(LONG, doubled, "strict"),
    # what nobody notices
    "another process": Case(HUMAN, attribute(TASK_COMPLETED, "identity", value="x"), "none", "identity"),
    "another time of an event": Case(
        HUMAN, outer(ACCEPTED, "eventTime", "2026-11-27T06:20:00Z"), "none", "event_time"
    ),
    "another request number": Case(
        HUMAN, attribute(TASK_STARTED, "requestId", value="x"), "none", "request_id"
    ),
    "another version of the SDK": Case(
        HUMAN, attribute(TASK_COMPLETED, "sdkMetadata", "sdkVersion", value="9"), "none", "worker_version"
    ),
    "another size": Case(
        HUMAN, attribute(TASK_STARTED, "historySizeBytes", value="1"), "none", "history_size"
    ),
    "another attempt": Case(HUMAN, attribute("ACTIVITY_TASK_STARTED", "attempt", value=7), "none", "attempt"),
    "another stack trace": Case(
        FORGED, attribute(ANSWERED, "outcome", "failure", "stackTrace", value="x"), "none", "stack_trace"
    ),
    "another title": Case(
        HUMAN, outer(STARTED, "userMetadata", {"summary": {"data": "Ing="}}), "none", "summary"
    ),
    "another spelling": Case(HUMAN, respelled, "none", "spelling"),
    "an empty field left out": Case(
        HUMAN,
        payload(SCHEDULED, INPUT, lambda said: said["operations"][0].pop("missing"), 1),
        "none",
        "empty_field",
    ),
    "operations in another order, of an early run": Case(
        HUMAN, payload(SCHEDULED, INPUT, lambda said: said["operations"].reverse(), 1), "none", "known_change"
    ),
    "operations in another order": Case(HUMAN, operations_turned, "strict"),
    "a key that nobody knows": Case(HUMAN, outer(STARTED, "invented", 1), "none", "unknown_key"),
}

"""Domain: whether a history is well formed - numbers, kinds, what points to what.

Pure, over the history's JSON form. It notices events that were taken out, put in or renumbered where the
engine's replay is indifferent: most events are no commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.replay_findings import ReplayFinding

Event = Mapping[str, Any]
PREFIX = "EVENT_TYPE_"
_ENDS = frozenset(
    f"WORKFLOW_EXECUTION_{end}"
    for end in ("COMPLETED", "FAILED", "CANCELED", "TERMINATED", "TIMED_OUT", "CONTINUED_AS_NEW")
)
_TASK, _ACTIVITY = "WORKFLOW_TASK", "ACTIVITY_TASK"
_UPDATE = "WORKFLOW_EXECUTION_UPDATE"
_CLOSES = ("COMPLETED", "FAILED", "TIMED_OUT")
_POINTS: Mapping[str, Mapping[str, str]] = {
    f"{_TASK}_STARTED": {"scheduledEventId": f"{_TASK}_SCHEDULED"},
    **{
        f"{of}_{end}": {"scheduledEventId": f"{of}_SCHEDULED", "startedEventId": f"{of}_STARTED"}
        for of in (_TASK, _ACTIVITY)
        for end in _CLOSES
    },
    f"{_ACTIVITY}_STARTED": {"scheduledEventId": f"{_ACTIVITY}_SCHEDULED"},
    "TIMER_FIRED": {"startedEventId": "TIMER_STARTED"},
    "TIMER_CANCELED": {"startedEventId": "TIMER_STARTED"},
    f"{_UPDATE}_COMPLETED": {"acceptedEventId": f"{_UPDATE}_ACCEPTED"},
}
"""Which attribute of which event points to an earlier event of which type."""
_MAY_BE_MISSING = frozenset({(f"{of}_TIMED_OUT", "startedEventId") for of in (_TASK, _ACTIVITY)})
"""What timed out before anybody began it points to nothing."""
_ONCE = {
    f"{_ACTIVITY}_STARTED": "scheduledEventId",
    **{f"{_ACTIVITY}_{end}": "scheduledEventId" for end in _CLOSES},
    "TIMER_FIRED": "startedEventId",
    "TIMER_CANCELED": "startedEventId",
    f"{_UPDATE}_COMPLETED": "acceptedEventId",
}
_FORKS = frozenset({"TIMER_FIRED", "TIMER_CANCELED"})


def kind_of(event: Event) -> str:
    """The type of an event without its prefix: `TIMER_STARTED`."""
    return str(event.get("eventType", "")).removeprefix(PREFIX)


def number_of(event: Event) -> int:
    """The number of an event, 0 where it has none."""
    text = str(event.get("eventId", ""))
    return int(text) if text.isascii() and text.isdecimal() else 0


def attributes_of(event: Event) -> Mapping[str, Any]:
    """What the event holds; empty where the key is not the one that its type asks for."""
    found: Mapping[str, Any] = event.get(key_of(kind_of(event)), {})
    return found


def key_of(kind: str) -> str:
    """The key of an event's attributes: `timerStartedEventAttributes`."""
    first, *rest = kind.lower().split("_")
    return first + "".join(word.capitalize() for word in rest) + "EventAttributes"


def check_form(events: Sequence[Event], execution: int, *, closed: bool = True) -> Iterator[ReplayFinding]:
    """All faults of form of one execution; a `closed` one has its end as the last event."""
    if not events:
        yield ReplayFinding("empty", execution)
        return
    if kind_of(events[0]) != "WORKFLOW_EXECUTION_STARTED":
        yield _at(events[0], "first", execution)
    if closed and kind_of(events[-1]) not in _ENDS:
        yield _at(events[-1], "last", execution)
    yield from (_at(event, "after_end", execution) for event in events[:-1] if kind_of(event) in _ENDS)
    number = 0
    for event in events:
        given, number = str(event.get("eventId")), number + 1
        if given != str(number):
            yield _at(event, "number", execution, field="eventId", recorded=given, computed=number)
            number = number_of(event) or number  # what follows in order is told once
        named = [key for key in event if key.endswith("EventAttributes")]
        if named != [key_of(kind_of(event))]:
            yield _at(event, "attributes", execution)
    yield from _references(events, execution)


def _references(events: Sequence[Event], execution: int) -> Iterator[ReplayFinding]:
    earlier: dict[str, Event] = {}
    task_completed, seen = "", set[tuple[str, str]]()
    for event in events:
        kind, holds = kind_of(event), attributes_of(event)
        for name, wanted in _POINTS.get(kind, {}).items():
            target = str(holds.get(name, "0"))
            missing = target == "0" and (kind, name) in _MAY_BE_MISSING
            if not missing and not _fits(event, earlier.get(target, {}), wanted):
                yield _at(event, "reference", execution, field=name, recorded=target)
        by = holds.get("workflowTaskCompletedEventId")
        if by is not None and str(by) != task_completed:
            yield _at(event, "reference", execution, field="workflowTaskCompletedEventId", recorded=by)
        if kind in _ONCE:
            mark = (kind.rpartition("_")[0] if kind in _FORKS else kind, str(holds.get(_ONCE[kind])))
            if mark in seen:
                yield _at(event, "twice", execution, recorded=kind)
            seen.add(mark)
        if kind == f"{_TASK}_COMPLETED":
            task_completed = str(event.get("eventId"))
        earlier[str(event.get("eventId"))] = event


def _fits(event: Event, target: Event, wanted: str) -> bool:
    """Whether the target is of the wanted kind, and of the same timer or update."""
    if kind_of(target) != wanted:
        return False
    mine, other = attributes_of(event), attributes_of(target)
    if wanted == "TIMER_STARTED":
        return bool(mine.get("timerId") == other.get("timerId"))
    if wanted == f"{_UPDATE}_ACCEPTED":
        accepted = other.get("acceptedRequest", {}).get("meta", {})
        return bool(mine.get("meta", {}).get("updateId") == accepted.get("updateId"))
    return True


def _at(event: Event, rule: str, execution: int, **more: Any) -> ReplayFinding:
    return ReplayFinding(rule, execution, number_of(event), str(event.get("eventType", "")), **more)

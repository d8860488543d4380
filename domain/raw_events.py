"""Domain: the engine's own events, one by one - a plain sentence in both languages and what the event holds.

Reads the JSON form of histories as servers, command line and viewers write it: types in either spelling,
events bare, wrapped, grouped or by name, oldest or newest first. Nothing is left out: what is unknown is
shown as it is.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from domain.raw_event_words import NO_EVENT, OWN, SENTENCES, UNKNOWN
from domain.sop_definition import Text

Event = Mapping[str, Any]
_PREFIX = "EVENT_TYPE_"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_POINTERS = ("scheduledEventId", "startedEventId", "initiatedEventId", "acceptedEventId")
_NAMED = (
    *("activityType", "workflowType", "signalName", "markerName", "timerId", "operation"),
    *("acceptedRequest", "request", "searchAttributes", "upsertedMemo", "workflowExecution"),
)
"""Where an event has its name; the first that is there counts."""
_TEXT = ("json/plain", "json/protobuf")
_SECONDS = re.compile(r"^(\d+)(?:\.\d+)?s$")
_UNITS = ((86_400, "天", "d"), (3600, "小时", "h"), (60, "分", "min"), (1, "秒", "s"))
NOTHING = Text(zh="–", en="–")


@dataclass(frozen=True)
class RawEvent:
    """One event: number and time as written, its sentence, and its fields with payloads opened.

    `execution` counts the executions of a run from 1. An event of an unknown type is not `known`.
    """

    number: str
    at: str
    type: str
    text: Text
    fields: Mapping[str, Any] = field(default_factory=dict)
    execution: int = 1
    known: bool = True


def tell(document: Any) -> list[RawEvent]:
    """All events of a document, oldest first within each execution."""
    found: list[RawEvent] = []
    execution, earlier = 0, dict[str, Event]()
    for event in events_in(document):
        if kind_of(event) == "WORKFLOW_EXECUTION_STARTED" or not execution:
            execution, earlier = execution + 1, {}
        found.append(_told(event, earlier, execution))
        earlier[str(event.get("eventId"))] = event
    return found


def events_in(document: Any) -> list[Event]:
    """The events of a history in whichever wrapping; of what holds none, nothing."""
    if isinstance(document, Mapping):
        if "eventType" in document:
            return [document]
        named = [document[key] for key in ("history", "events") if document.get(key)]
        inner = named[:1] or list(document.values())
        return [event for one in inner for event in events_in(one)]
    if not isinstance(document, Sequence) or isinstance(document, str | bytes):
        return []
    found = [event for one in document for event in events_in(one)]
    numbers = [int(text) if (text := str(event.get("eventId"))).isdecimal() else 0 for event in found]
    newest_first = len(numbers) > 1 and all(a > b for a, b in pairwise(numbers))
    return found[::-1] if newest_first else found


def kind_of(event: Event) -> str:
    """The type in one spelling: `TIMER_STARTED` of `EVENT_TYPE_TIMER_STARTED` and of `TimerStarted`."""
    text = str(event.get("eventType") or "")
    return text.removeprefix(_PREFIX) if text.isupper() else _HUMP.sub("_", text).upper()


def _told(event: Event, earlier: Mapping[str, Event], execution: int) -> RawEvent:
    kind, holds = kind_of(event), _attributes(event)
    words = SENTENCES.get(kind)
    what = _name(holds, earlier) if words else _as_it_is(event.get("eventType"))
    why = _why(holds)
    attempt, long = holds.get("attempt") or 1, _long(holds.get("startToFireTimeout"))
    template = words or (UNKNOWN if event.get("eventType") else NO_EVENT)
    shown = holds or {key: value for key, value in event.items() if key not in {"eventId", "eventTime"}}
    return RawEvent(
        number=str(event.get("eventId", "")),
        at=str(event.get("eventTime") or ""),
        type=str(event.get("eventType") or ""),
        text=Text(
            zh=template.zh.format(what=what.zh, why=why.zh, long=long.zh, attempt=attempt),
            en=template.en.format(what=what.en, why=why.en, long=long.en, attempt=attempt),
        ),
        fields={key: _opened(value) for key, value in shown.items()},
        execution=execution,
        known=words is not None,
    )


def _attributes(event: Event) -> Mapping[str, Any]:
    """What the event holds, under the key of its type or the one that viewers add."""
    for key, value in event.items():
        if key.endswith("EventAttributes") and isinstance(value, Mapping):
            return value
    added = event.get("attributes")
    return added if isinstance(added, Mapping) else {}


def _name(holds: Mapping[str, Any], earlier: Mapping[str, Event], depth: int = 3) -> Text:
    """The name that the event gives, or the event that it points to."""
    for key in _NAMED:
        name = _text(holds.get(key))
        if name:
            own = OWN.get(name, Text(zh=name, en=name))
            return _numbered(own, holds) if key == "activityType" else own
    for key in _POINTERS:
        target = earlier.get(str(holds.get(key)))
        if target is not None and depth:
            return _name(_attributes(target), earlier, depth - 1)
    return NOTHING


def _numbered(name: Text, holds: Mapping[str, Any]) -> Text:
    """Activities of one type are told apart by their ids."""
    number = str(holds.get("activityId") or "")
    return Text(zh=f"{name.zh} {number}", en=f"{name.en} {number}") if number else name


def _text(value: Any) -> str:
    """A name in one of the forms that events have it in."""
    if not isinstance(value, Mapping):
        return str(value) if value not in (None, "") else ""
    inner = value.get("indexedFields") or value.get("fields")
    if isinstance(inner, Mapping):
        return ", ".join(map(str, inner))
    given = value.get("input")
    return _text(
        value.get("name") or value.get("workflowId") or (given if isinstance(given, Mapping) else "")
    )


def _long(value: Any) -> Text:
    """A duration by its two largest units; one in another form as it is."""
    found = _SECONDS.match(str(value or ""))
    if not found:
        return _as_it_is(value)
    left, parts = int(found[1]), list[tuple[str, str]]()
    for size, zh, en in _UNITS:
        count, left = divmod(left, size)
        if count or (size == 1 and not parts):
            parts.append((f"{count} {zh}", f"{count} {en}"))
    return Text(zh=" ".join(zh for zh, _ in parts[:2]), en=" ".join(en for _, en in parts[:2]))


def _as_it_is(value: Any) -> Text:
    text = str(value or "")
    return Text(zh=text, en=text) if text else NOTHING


def _why(holds: Mapping[str, Any]) -> Text:
    failure = holds.get("failure")
    said = [
        failure.get("message") if isinstance(failure, Mapping) else None,
        *(holds.get(key) for key in ("reason", "cause", "timeoutType")),
    ]
    return _as_it_is(next((one for one in said if one), ""))


def _opened(value: Any) -> Any:
    """The same with payloads decoded where they are text; others stay as they are."""
    if isinstance(value, Mapping):
        if "data" in value and isinstance(value.get("metadata"), Mapping):
            return _payload(value)
        return {key: _opened(one) for key, one in value.items()}
    return [_opened(one) for one in value] if isinstance(value, list) else value


def _payload(payload: Mapping[str, Any]) -> Any:
    try:
        encoding = base64.b64decode(payload["metadata"].get("encoding") or "").decode()
        if encoding in _TEXT:
            return json.loads(base64.b64decode(payload["data"]))
    except (ValueError, TypeError, AttributeError):
        pass  # shown as it is
    return dict(payload)


def by_number(events: Sequence[RawEvent], numbers: Sequence[int]) -> Iterator[RawEvent]:
    """Those with one of the numbers, in order."""
    wanted = {str(number) for number in numbers}
    return (event for event in events if event.number in wanted)

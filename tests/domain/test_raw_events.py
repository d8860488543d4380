"""The engine's own events in plain words: ours, and those of other people's systems."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType

from domain.raw_event_words import OWN, SENTENCES
from domain.raw_events import RawEvent, kind_of, tell
from tests.replay.recording import HISTORIES
from workflows.sop_run import SopRun

HELD = re.compile(r'"eventType"')


def read(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())


def check(event: RawEvent) -> None:
    assert event.text.zh
    assert event.text.en
    assert "{" not in event.text.zh + event.text.en or "{" in str(event.fields)
    assert event.known, event.type


def test_every_type_that_the_engine_has_is_told_in_both_languages() -> None:
    known = {name.removeprefix("EVENT_TYPE_") for name in EventType.keys()} - {"UNSPECIFIED"}  # noqa: SIM118
    assert known <= set(SENTENCES)
    assert all(words.zh != words.en for words in SENTENCES.values())


def test_our_own_names_have_words() -> None:
    updates = SopRun.__temporal_workflow_definition.updates  # type: ignore[attr-defined]
    assert set(updates) <= set(OWN)


@pytest.mark.parametrize(
    "path", sorted(HISTORIES.rglob("*.json"))[::9], ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_our_own_histories_are_told_whole(path: Path) -> None:
    told = tell(read(path))
    assert [event.number for event in told] == [str(number) for number in range(1, len(told) + 1)]
    for event in told:
        check(event)


def test_foreign_histories_are_told_whole(shared_data: Path) -> None:
    """Whichever SDK and server wrote them, wrapped in whichever way."""
    files = sorted((shared_data / "temporal_histories").rglob("*.json*"))
    assert len(files) >= 60
    for path in files:
        document = read(path)
        told = tell(document)
        if "event-groups" not in path.name:  # groups name an event more than once
            assert len(told) == len(HELD.findall(json.dumps(document))), path.name
        for event in told:
            check(event)
        numbers = [int(event.number) for event in told]
        if path.parent.name != "ui" or "raw-events" in path.name:
            assert numbers == sorted(numbers), path.name


EVENT = {"eventId": "5", "eventTime": "2026-11-27T06:11:57Z"}
NUMBER = {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}


def one(kind: str, **holds: Any) -> RawEvent:
    (told,) = tell([{**EVENT, "eventType": kind, "someEventAttributes": holds}])
    return told


@pytest.mark.parametrize("spelling", ["EVENT_TYPE_TIMER_STARTED", "TimerStarted", "TIMER_STARTED"])
def test_a_type_is_known_in_either_spelling(spelling: str) -> None:
    assert kind_of({"eventType": spelling}) == "TIMER_STARTED"
    told = one(spelling, timerId="3", startToFireTimeout="60s")
    assert told.text.zh == "设定时器 3，1 分 后到时"
    assert told.text.en == "The timer 3 was set to ring in 1 min"


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        ("28799.98s", "7 小时 59 分", "7 h 59 min"),
        ("0s", "0 秒", "0 s"),
        ("90000s", "1 天 1 小时", "1 d 1 h"),
        ("PT1M", "PT1M", "PT1M"),
        ("", "–", "–"),
    ],
)
def test_a_duration_is_told_by_its_two_largest_units(seconds: str, zh: str, en: str) -> None:
    told = one("TimerStarted", timerId="1", startToFireTimeout=seconds).text
    assert f"，{zh} 后到时" in told.zh
    assert told.en.endswith(f" in {en}")


def test_an_unknown_type_is_said_to_be_unknown_and_shown_as_it_is() -> None:
    told = one("EVENT_TYPE_MOON_ROSE", phase="full")
    assert told.text.en == "Unknown event type EVENT_TYPE_MOON_ROSE, shown as it is"
    assert told.text.zh == "未知的事件类型 EVENT_TYPE_MOON_ROSE，照原样显示"
    assert told.fields == {"phase": "full"}
    assert not told.known


def test_names_with_braces_and_missing_attributes_do_no_harm() -> None:
    assert "{0}" in one("TimerStarted", timerId="{0}").text.en
    assert one("ActivityTaskFailed").text.en == "– failed: –"
    (bare,) = tell([{"eventType": "", "eventId": "1", "x": 1}])
    assert bare.text.en == "No event type, shown as it is"


def test_payloads_are_opened_where_they_are_text() -> None:
    sealed = {"metadata": {"encoding": "YmluYXJ5L3BsYWlu"}, "data": "AAE="}
    told = one("MarkerRecorded", markerName="m", details={"a": {"payloads": [NUMBER, sealed]}})
    assert told.fields["details"] == {"a": {"payloads": [1, sealed]}}


def test_an_event_is_named_after_the_one_that_it_points_to() -> None:
    scheduled = {"eventId": "5", "eventType": "ActivityTaskScheduled"}
    scheduled["activityTaskScheduledEventAttributes"] = {
        "activityType": {"name": "advance"},
        "activityId": "7",
    }  # type: ignore[assignment]
    begun = {"eventId": "6", "eventType": "ActivityTaskStarted"}
    begun["activityTaskStartedEventAttributes"] = {"scheduledEventId": "5", "attempt": 2}  # type: ignore[assignment]
    told = tell([scheduled, begun])
    assert told[1].text.zh == "开始执行“推进 7”，第 2 次"
    assert told[1].text.en == "advance 7 begins, attempt 2"


def test_newest_first_is_turned_and_executions_are_counted() -> None:
    start = {"eventType": "WorkflowExecutionStarted"}
    first = [{**start, "eventId": "1"}, {"eventId": "2", "eventType": "WorkflowExecutionContinuedAsNew"}]
    told = tell({"history": {"events": first[::-1]}})
    assert [event.number for event in told] == ["1", "2"]
    assert [event.execution for event in tell([*first, *first])] == [1, 1, 2, 2]


@pytest.mark.parametrize("nothing", [None, 1, "text", [], {}, {"events": []}, [[], {}]])
def test_what_holds_no_event_tells_none(nothing: Any) -> None:
    assert tell(nothing) == []

"""Outages in a history: what came late is told as one span, and what came in time is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.outages import START, Outage, Why, outages
from domain.outages import told as sentence

BEGUN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HISTORIES = sorted((Path(__file__).parents[1] / "replay" / "histories").rglob("*.json"))
WORKER: Why = "no_worker"
AGAIN: Why = "tried_again"


def at(seconds: float) -> datetime:
    return BEGUN + timedelta(seconds=seconds)


def history(*events: tuple[float, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Events at so many seconds, numbered from 1, with what they hold."""
    return [
        {
            "eventId": str(number),
            "eventTime": f"{at(seconds):%Y-%m-%dT%H:%M:%S.%f}123Z",
            f"{name}EventAttributes": holds,
        }
        for number, (seconds, name, holds) in enumerate(events, 1)
    ]


def started(scheduled: int, attempt: int = 1) -> dict[str, Any]:
    return {"scheduledEventId": str(scheduled), "attempt": attempt}


def told(found: list[Outage]) -> list[tuple[float, float | None, tuple[str, ...]]]:
    return [
        (
            round((one.start - BEGUN).total_seconds()),
            None if one.end is None else round((one.end - BEGUN).total_seconds()),
            one.why,
        )
        for one in found
    ]


def test_a_worker_that_was_away() -> None:
    found = outages(
        history(
            (0, "workflowExecutionStarted", {}),
            (0, "workflowTaskScheduled", {}),
            (0.01, "workflowTaskStarted", started(2)),
            (60, "workflowTaskScheduled", {}),  # on the queue of the worker that is gone
            (65, "workflowTaskTimedOut", started(4)),
            (65, "workflowTaskScheduled", {}),
            (200, "workflowTaskStarted", started(6)),
        )
    )
    assert told(found) == [(60, 200, (WORKER,))]


def test_a_worker_that_died_in_the_middle_and_a_step_that_was_tried_again() -> None:
    found = outages(
        history(
            (0, "workflowExecutionStarted", {}),
            (0, "activityTaskScheduled", {}),
            (30, "activityTaskStarted", started(2, attempt=3)),
            (30.1, "activityTaskCompleted", started(2)),
            (90, "activityTaskScheduled", {}),
            (110, "activityTaskTimedOut", started(5)),
        )
    )
    assert told(found) == [(0, 30, (AGAIN,)), (90, 110, (WORKER,))]


def test_a_deadline_that_rang_late_and_a_submission_that_waited() -> None:
    events = history(
        (0, "workflowExecutionStarted", {}),
        (1, "timerStarted", {"startToFireTimeout": "100s"}),
        (2, "timerStarted", {"startToFireTimeout": "7200s"}),
        (161, "timerFired", {"startedEventId": "2"}),
        (161, "workflowExecutionUpdateAccepted", {"acceptedRequest": {"meta": {"updateId": "s1"}}}),
        (170, "workflowExecutionUpdateAccepted", {"acceptedRequest": {"meta": {"updateId": "s2"}}}),
    )
    asked = {"s1": at(120), "s2": at(169), "never": at(1)}
    assert told(outages(events, asked)) == [(101, 161, ("late_timer", "not_taken_in"))]
    assert told(outages(events, {START: at(-40)})) == [
        (-40, 0, ("not_taken_in",)),
        (101, 161, ("late_timer",)),
    ]


def test_what_is_still_not_taken_up_while_the_run_is_open() -> None:
    events = history((0, "workflowExecutionStarted", {}), (5, "workflowTaskScheduled", {}))
    assert told(outages(events, until=at(65))) == [(5, None, (WORKER,))]
    assert outages(events, until=at(8)) == []
    assert outages(events) == []


def test_what_was_submitted_and_not_answered_yet_is_told_while_the_run_is_open() -> None:
    events = history(
        (0, "workflowExecutionStarted", {}),
        (5, "workflowExecutionUpdateAccepted", {"acceptedRequest": {"meta": {"updateId": "taken"}}}),
    )
    asked = {"taken": at(5), "waits": at(20)}
    for unanswered in ({"waits"}, {"waits", "taken"}):
        assert told(outages(events, asked, at(40), unanswered)) == [(20, None, ("not_taken_in",))]
        assert told(outages([], asked, at(40), {"waits"})) == [(20, None, ("not_taken_in",))]
        assert outages(events, asked, at(25), unanswered) == outages(events, asked, None, unanswered) == []
    assert outages(events, asked, at(40)) == []


def test_a_few_seconds_are_none_and_short_ones_do_not_add_up() -> None:
    busy: list[tuple[float, str, dict[str, Any]]] = [(0, "workflowExecutionStarted", {})]
    for number in range(10):
        busy += [
            (2.5 * number, "workflowTaskScheduled", {}),
            (2.5 * number + 2.4, "workflowTaskStarted", started(len(busy) + 1)),
        ]
    assert outages(history(*busy)) == []
    nine = history((0, "workflowTaskScheduled", {}), (9, "workflowTaskStarted", started(1)))
    assert outages(nine) == []


def test_numbers_begin_anew_in_each_execution_of_a_chain() -> None:
    first = history((0, "workflowExecutionStarted", {}), (0, "workflowTaskScheduled", {}))
    second = history(
        (100, "workflowExecutionStarted", {"continuedExecutionRunId": "x"}),
        (100, "workflowTaskScheduled", {}),
        (100.1, "workflowTaskStarted", started(2)),
    )
    assert outages([*first, *second], {START: at(0)}) == []


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (12.4, "12 秒", "12 s"),
        (60, "1 分", "1 min"),
        (3661, "1 小时 1 分 1 秒", "1 h 1 min 1 s"),
        (90_000, "25 小时", "25 h"),
        (0, "0 秒", "0 s"),
    ],
)
def test_an_outage_is_a_sentence_in_both_languages(seconds: float, zh: str, en: str) -> None:
    said = sentence(Outage(at(0), at(seconds), (WORKER, "late_timer")))
    assert said.zh == f"系统 {zh} 没有响应：没有执行进程接手；期限到时未及时处理"
    assert said.en == f"The system did not answer for {en}: no worker took up the work; a deadline came late"


def test_one_that_lasts_says_so() -> None:
    said = sentence(Outage(at(0), None, (AGAIN,)))
    assert said.zh.startswith("系统从此时起没有响应：")
    assert said.en.startswith("The system has not answered since then: ")


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"eventTime": "never"},
        {"eventTime": "2026-11-24T08:00:00Z", "timerStartedEventAttributes": {"startToFireTimeout": "soon"}},
        {"eventTime": "2026-11-24T08:00:00Z", "timerFiredEventAttributes": None},
        {"eventId": "1", "eventTime": "2026-11-24T08:00:00Z", "unheardOfEventAttributes": {"x": 1}},
    ],
)
def test_rubbish_is_passed_over(event: dict[str, Any]) -> None:
    assert outages([event], {START: at(0)}) == []


def recorded() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for path in HISTORIES:
        read = json.loads(path.read_text(encoding="utf-8"))
        yield path.name, read["events"] if isinstance(read, dict) and "events" in read else []


def test_recorded_histories_of_a_system_that_answered_have_none() -> None:
    looked = 0
    for name, events in recorded():
        found = [
            one for one in outages(events) if one.why != ("late_timer",)
        ]  # recorded with a clock that skips
        assert found == [], name
        looked += bool(events)
    assert looked > 20

"""Domain: when a run could not go on because the system did not answer, told from its engine history. Pure.

Nobody writes down that nobody answers; it shows afterwards in what came late: work that no worker took up, a
step of the system that timed out or had to be tried again, a deadline that rang late, a submission that the
engine took in long after it was made. Spans that touch are one outage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from domain.sop_definition import Text

Why = Literal["no_worker", "tried_again", "late_timer", "not_taken_in"]

WORDS: Mapping[Why, tuple[str, str]] = {
    "no_worker": ("没有执行进程接手", "no worker took up the work"),
    "tried_again": ("系统步骤未成功，经过重试", "a step of the system had to be tried again"),
    "late_timer": ("期限到时未及时处理", "a deadline came late"),
    "not_taken_in": ("提交的内容未被及时受理", "what was submitted was not taken in"),
}
TOLD_FROM = timedelta(seconds=10)
"""A worker that starts again, or a machine that is busy, takes some seconds."""
PIECE = timedelta(seconds=3)
"""A shorter delay is no part of an outage."""
TOUCHING = timedelta(seconds=2)
AT_ONCE = ("complete", "sign")
"""Kinds of submissions that a running run answers at once; an event waits while a run is suspended."""
START = ""
"""The start of the run among what was asked."""


@dataclass(frozen=True)
class Outage:
    """The system did not answer from `start` to `end` (None: it still does not), and what shows it."""

    start: datetime
    end: datetime | None
    why: tuple[Why, ...]


def outages(
    history: Sequence[Mapping[str, Any]],
    asked: Mapping[str, datetime] | None = None,
    until: datetime | None = None,
    unanswered: Collection[str] = (),
    told_from: timedelta = TOLD_FROM,
) -> list[Outage]:
    """All outages, oldest first. `asked`: when updates were submitted, by id; `until`: now, if it is open.

    `unanswered`: those of them that should have an answer by now (`AT_ONCE`) and have none.
    """
    pieces = _Reading(asked or {}, min(PIECE, told_from), set(unanswered)).pieces(history, until)
    found: list[tuple[datetime, datetime, list[Why]]] = []
    for start, end, why in sorted(pieces):
        if found and start - found[-1][1] <= TOUCHING:
            begun, ended, reasons = found[-1]
            found[-1] = (begun, max(ended, end), reasons if why in reasons else [*reasons, why])
        else:
            found.append((start, end, [why]))
    return [
        Outage(start, None if end == until else end, tuple(reasons))
        for start, end, reasons in found
        if end - start >= told_from
    ]


def told(outage: Outage) -> Text:
    """An outage in a sentence that stands at the instant at which it began."""
    zh = "；".join(WORDS[one][0] for one in outage.why)
    en = "; ".join(WORDS[one][1] for one in outage.why)
    if outage.end is None:
        return Text(zh=f"系统从此时起没有响应：{zh}", en=f"The system has not answered since then: {en}")
    (zh_long, en_long) = _lasted(outage.end - outage.start)
    return Text(zh=f"系统 {zh_long} 没有响应：{zh}", en=f"The system did not answer for {en_long}: {en}")


def _lasted(length: timedelta) -> tuple[str, str]:
    """A length in hours, minutes and seconds, without those that are nothing."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    parts = [*zip(divmod(minutes, 60), ("小时", "分"), ("h", "min"), strict=True), (seconds, "秒", "s")]
    shown = [part for part in parts if part[0]] or parts[-1:]
    return " ".join(f"{n} {zh}" for n, zh, _ in shown), " ".join(f"{n} {en}" for n, _, en in shown)


Piece = tuple[datetime, datetime, Why]


@dataclass
class _Reading:
    """Goes through a history once; what was begun waits here for what ends it."""

    asked: Mapping[str, datetime]
    least: timedelta
    unanswered: set[str] = field(default_factory=set)
    waiting: dict[str, datetime] = field(default_factory=dict)
    timers: dict[str, datetime] = field(default_factory=dict)

    def pieces(self, history: Sequence[Mapping[str, Any]], until: datetime | None) -> list[Piece]:
        found: list[Piece] = []
        for event in history:
            at = _instant(event.get("eventTime"))
            if at is not None:
                found += self._of(event, at)
        if until is not None:
            found += [(since, until, "no_worker") for since in self.waiting.values()]
            found += [(self.asked[one], until, "not_taken_in") for one in self.unanswered]
        return [one for one in found if one[1] - one[0] >= self.least]

    def _of(self, event: Mapping[str, Any], at: datetime) -> Iterator[Piece]:
        number, (name, said) = str(event.get("eventId", "")), _attributes(event)
        begun_by = str(said.get("scheduledEventId", ""))
        if name == "workflowExecutionStarted":
            self.waiting.clear()  # numbers begin anew in each execution
            self.timers.clear()
            if not said.get("continuedExecutionRunId"):
                yield from self._late(START, at)
        elif name in {"workflowTaskScheduled", "activityTaskScheduled"}:
            self.waiting[number] = at
        elif name in {"workflowTaskStarted", "workflowTaskTimedOut", "activityTaskTimedOut"}:
            yield from self._ended(begun_by, at, "no_worker")
        elif name == "activityTaskStarted":
            again = int(said.get("attempt") or 1) > 1
            yield from self._ended(begun_by, at, "tried_again" if again else "no_worker")
        elif name in {"timerStarted", "timerFired"}:
            yield from self._of_timer(number, said, at)
        elif name == "workflowExecutionUpdateAccepted":
            meta = (said.get("acceptedRequest") or {}).get("meta") or {}
            yield from self._late(str(meta.get("updateId", "")), at)

    def _of_timer(self, number: str, said: Mapping[str, Any], at: datetime) -> Iterator[Piece]:
        length = _length(said.get("startToFireTimeout"))
        due = self.timers.pop(str(said.get("startedEventId", "")), None)
        if length is not None:
            self.timers[number] = at + length
        if due is not None:
            yield due, at, "late_timer"

    def _ended(self, begun_by: str, at: datetime, why: Why) -> Iterator[Piece]:
        since = self.waiting.pop(begun_by, None)
        if since is not None:
            yield since, at, why

    def _late(self, asked: str, at: datetime) -> Iterator[Piece]:
        self.unanswered.discard(asked)
        if asked in self.asked:
            yield self.asked[asked], at, "not_taken_in"


def _attributes(event: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """What an event is called and holds; ('', {}) for one that holds nothing."""
    for key, value in event.items():
        if key.endswith("EventAttributes"):
            return key.removesuffix("EventAttributes"), value if isinstance(value, Mapping) else {}
    return "", {}


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _length(text: object) -> timedelta | None:
    """A length as the engine writes it: `7200s`."""
    try:
        return timedelta(seconds=float(str(text).removesuffix("s")))
    except ValueError:
        return None

"""Domain: calendars of schedules - at which times of which days a procedure starts, in the site's time zone.

A calendar says it as people do: times of the day, and optionally days of the week or of the month. The next
times are the engine's to say. It knows no table and no engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domain.errors import Refusal
from domain.plain_text import Code, Name, Reason
from domain.sop_definition import Text

MAX_TIMES = 24
LAST_DAY = 28
"""Every month has it; the 29th to 31st would be left out in some."""
_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$", re.ASCII)
_WEEKDAYS = {
    1: ("周一", "Monday"),
    2: ("周二", "Tuesday"),
    3: ("周三", "Wednesday"),
    4: ("周四", "Thursday"),
    5: ("周五", "Friday"),
    6: ("周六", "Saturday"),
    7: ("周日", "Sunday"),
}


def _times(values: tuple[str, ...]) -> tuple[str, ...]:
    if any(not _TIME.match(value) for value in values):
        raise ValueError("时间须为 HH:MM（00:00 至 23:59） / write a time as HH:MM, 00:00 to 23:59")
    return tuple(sorted(set(values)))


def _numbers(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(values)))


Times = Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_TIMES), AfterValidator(_times)]
Weekday = Annotated[int, Field(ge=1, le=7)]
MonthDay = Annotated[int, Field(ge=1, le=LAST_DAY)]


class Calendar(BaseModel):
    """When: `times` on every day, on `weekdays` (1 is Monday), or on `days` of the month (1 to 28)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    times: Times
    weekdays: Annotated[tuple[Weekday, ...], AfterValidator(_numbers)] = ()
    days: Annotated[tuple[MonthDay, ...], AfterValidator(_numbers)] = ()

    @model_validator(mode="after")
    def _one_of(self) -> Calendar:
        if self.weekdays and self.days:
            raise ValueError("星期与日期只能选一种 / either days of the week or days of the month")
        return self

    def in_words(self) -> Text:
        """`每周一、周五 02:00` and `Mondays and Fridays at 02:00`."""
        at = "、".join(self.times), _listed(self.times)
        if self.weekdays:
            zh = "每" + "、".join(_WEEKDAYS[day][0] for day in self.weekdays)
            en = _listed([f"{_WEEKDAYS[day][1]}s" for day in self.weekdays])
        elif self.days:
            zh = "每月 " + "、".join(str(day) for day in self.days) + " 日"
            en = "on day " + _listed([str(day) for day in self.days]) + " of the month"
        else:
            zh, en = "每天", "every day"
        return Text(zh=f"{zh} {at[0]}", en=f"{en} at {at[1]}")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


class ScheduleIn(BaseModel):
    """A schedule as it is entered: what starts, where, with which inputs, when and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    sop: Code
    site: Code
    inputs: dict[str, Any] = {}
    calendar: Calendar
    reason: Reason


class ScheduleExists(Refusal):
    """Two schedules of a site have different names."""

    code = "schedule_exists"
    zh = "该仓库已有名为“{name}”的定时计划"
    en = 'There is a schedule "{name}" at this site'


class SchedulePaused(Refusal):
    code = "schedule_paused"
    zh = "该定时计划已暂停"
    en = "This schedule is paused"


class ScheduleActive(Refusal):
    code = "schedule_active"
    zh = "该定时计划正在执行"
    en = "This schedule is not paused"


class ScheduleElsewhere(Refusal):
    """The inputs lead to a run at another site than the schedule's."""

    code = "schedule_elsewhere"
    kind = "invalid"
    zh = "按所填内容，流程将在仓库 {found} 进行，而不是 {site}"
    en = "With these inputs the run takes place at {found}, not at {site}"

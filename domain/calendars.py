"""Domain: working days - a jurisdiction's public holidays and make-up days as dated data.

The calendar is an extract frozen into the bundle; a day it does not name follows the week. It reads no
database and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

SATURDAY = 5


class Calendar(BaseModel):
    """Days that differ from the week: True a working day (make-up day), False a public holiday."""

    model_config = ConfigDict(frozen=True)

    jurisdiction: str = "CN"
    days: Mapping[date, bool] = {}

    def is_working(self, day: date) -> bool:
        """Monday to Friday, unless the calendar says otherwise."""
        return self.days.get(day, day.weekday() < SATURDAY)

    def working_day_after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; the day itself does not count."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

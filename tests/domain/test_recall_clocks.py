"""The clocks of recalls: every profile has every limit for every class, with its clause; time runs as it says."""

from datetime import UTC, date, datetime

import pytest

from domain.calendars import Calendar
from domain.durations import instant_after
from domain.recall import LIMITS
from services import sop_files

CLOCKS = sop_files.limits()[LIMITS]
PROFILES = ("cn-drug-2022", "cn-drug-strict", "cn-device-2017")
SEALED = datetime(2026, 9, 29, 2, 0, tzinfo=UTC)
HOLIDAY = Calendar(days={date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True})


def due(limit: str, clock: str) -> datetime:
    return instant_after(
        CLOCKS[limit][clock].amount, start=SEALED, time_zone="Asia/Shanghai", calendar=HOLIDAY, limits={}
    )


@pytest.mark.parametrize("limit", ["notify", "plan", "progress", "completion"])
def test_every_profile_has_every_limit_with_its_clause(limit: str) -> None:
    wanted = {f"{profile}/{grade}" for profile in PROFILES for grade in ("I", "II", "III")}
    assert CLOCKS[limit].keys() == wanted
    assert all(entry.clause for entry in CLOCKS[limit].values())


@pytest.mark.parametrize(("grade", "day"), [("I", 30), ("II", 2), ("III", 6)])
def test_consignees_are_told_within_one_three_and_seven_days(grade: str, day: int) -> None:
    told = due("notify", f"cn-drug-2022/{grade}")
    assert (told.day, told.hour) == (day, 2)


def test_the_graver_the_class_the_shorter_the_clock() -> None:
    for profile in PROFILES:
        for limit in ("notify", "plan", "progress"):
            first, second, third = (due(limit, f"{profile}/{grade}") for grade in ("I", "II", "III"))
            assert first < second < third


def test_the_report_on_completion_counts_working_days_over_the_holiday() -> None:
    # 30 September, 8 to 10 (a Saturday worked), 12 to 16, 19 October: ten working days
    assert due("completion", "cn-drug-2022/I").date() == date(2026, 10, 19)

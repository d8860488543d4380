"""Decision tables, durations, calendars: exact, complete, safe across changes of the clock."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendars import Calendar
from domain.decision_table import (
    DecisionTable,
    NoRowApplies,
    RowsOverlap,
    ValueOfAnotherType,
    evaluate,
    failing_tests,
)
from domain.decision_table_coverage import uncovered
from domain.durations import DurationInvalid, LimitEntry, LimitUnknown, instant_after, split
from domain.sop_definition import Limit, WorkingDays
from tests.domain.language.definitions import TABLE, WORDS


def table(inputs: dict[str, dict[str, Any]], rows: list[dict[str, Any]], **more: Any) -> DecisionTable:
    return DecisionTable.model_validate(
        {
            "key": "t",
            "version": 1,
            "title": WORDS,
            "inputs": {name: {"label": WORDS, **column} for name, column in inputs.items()},
            "outputs": {"out": {"type": "string", "label": WORDS}},
            "rows": rows,
            **more,
        }
    )


DAYS = {"days": {"type": "int"}}


def row(out: str, **when: Any) -> dict[str, Any]:
    return {"when": when, "then": {"out": out}}


@pytest.mark.parametrize(
    ("cell", "value", "matches"),
    [
        ("<= 8.0", "8.00", True),
        ("<= 8.0", "8.000000000000000001", False),
        ("< 8.0", "7.999999999999999999", True),
        (">= 2.0", "2", True),
        ("> 2.0", "2.0", False),
        ("2.0..8.0", "2.0", True),
        ("2.0..8.0", "8.01", False),
        ("2.0..8.0", "-3", False),
        ("8.0", "8", True),
        (["1", "2.50"], "2.5", True),
        (["1", "2.50"], "3", False),
        ("-", "3", True),
        ("-", None, False),
        ("", None, True),
        ("", "3", False),
        (None, None, True),
        ("<= 8.0", None, False),
    ],
)
def test_a_cell_matches_exactly(cell: object, value: str | None, matches: bool) -> None:
    drawn = table({"x": {"type": "decimal", "optional": True}}, [row("hit", x=cell), row("miss")])
    assert evaluate(drawn, {"x": value}).row == (1 if matches else 2)


def test_columns_of_other_types_match_their_literals() -> None:
    drawn = table(
        {"on": {"type": "date"}, "ok": {"type": "bool"}, "name": {"type": "string"}, "n": {"type": "int"}},
        [row("hit", on="2026-01-01..2026-12-31", ok=True, name=["a", "<= b"], n=[1, "5..9"]), row("miss")],
    )
    hit = {"on": "2026-12-31", "ok": True, "name": "<= b", "n": 7}
    assert evaluate(drawn, hit).outputs == {"out": "hit"}
    for change in ({"on": "2027-01-01"}, {"ok": False}, {"name": "b"}, {"n": 2}):
        assert evaluate(drawn, {**hit, **change}).row == 2


def test_no_row_and_several_rows_are_named_refusals() -> None:
    gap = table(DAYS, [row("a", days="< 3"), row("b", days="> 3")])
    with pytest.raises(NoRowApplies):
        evaluate(gap, {"days": 3})
    assert list(uncovered(gap)) == [("gap", {"days": 3})]
    twice = table(DAYS, [row("a", days="<= 3"), row("b", days=">= 3")], hit_policy="unique")
    with pytest.raises(RowsOverlap):
        evaluate(twice, {"days": 3})
    assert list(uncovered(twice)) == [("overlap", {"days": 3})]
    assert list(uncovered(twice.model_copy(update={"hit_policy": "first"}))) == []
    assert list(uncovered(TABLE)) == []


def test_a_value_of_another_type_is_a_named_refusal() -> None:
    for value in ("many", True, 1.5j):
        with pytest.raises(ValueOfAnotherType):
            evaluate(table(DAYS, [row("a", days="< 3")]), {"days": value})


def test_a_failing_test_says_what_came_instead() -> None:
    tests = [{"given": {"days": 1}, "expect": {"out": "b"}}, {"given": {"days": 9}, "expect": {"out": "a"}}]
    drawn = table(DAYS, [row("a", days="< 3")], tests=tests)
    assert list(failing_tests(drawn)) == [(1, "{'out': 'a'}"), (2, "no_row_applies")]


@pytest.mark.parametrize(
    "rows",
    [
        [row("a", weeks=1)],
        [row("a", days="three")],
        [row("a", days="< x")],
        [row("a", days="1..y")],
        [row("a", days=True)],
        [{"when": {}, "then": {}}],
        [{"when": {}, "then": {"out": "a", "more": "b"}}],
        [],
    ],
)
def test_a_table_whose_cells_do_not_fit_is_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        table(DAYS, rows)


def test_a_literal_outside_the_options_is_refused() -> None:
    with pytest.raises(ValidationError, match="options"):
        table({"x": {"type": "string", "options": ["a"]}}, [row("a", x="b")])


NUMBERS = st.decimals(min_value=-1000, max_value=1000, places=3, allow_nan=False)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_ranges_agree_with_exact_arithmetic(value: Decimal, one: Decimal, other: Decimal) -> None:
    low, high = min(one, other), max(one, other)
    drawn = table({"x": {"type": "decimal"}}, [row("in", x=f"{low}..{high}"), row("out")])
    assert (evaluate(drawn, {"x": str(value)}).row == 1) is (low <= value <= high)
    assert list(uncovered(drawn)) == []


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=5, unique=True))
def test_bands_without_a_gap_are_covered_and_with_one_are_not(bounds: list[int]) -> None:
    bounds.sort()
    rows = [row("a", days=f"< {bounds[0]}")]
    rows += [row("b", days=f"{low}..{high - 1}") for low, high in itertools.pairwise(bounds)]
    whole = table(DAYS, [*rows, row("c", days=f">= {bounds[-1]}")], hit_policy="unique")
    assert list(uncovered(whole)) == []
    assert [kind for kind, _ in uncovered(table(DAYS, rows))] == ["gap"]


START = datetime(2026, 3, 6, 9, 30, tzinfo=UTC)  # a Friday, 17:30 in Shanghai
SHANGHAI = "Asia/Shanghai"


def after(duration: Any, start: datetime = START, zone: str = SHANGHAI, **more: Any) -> datetime:
    settings = {"calendar": Calendar(), "limits": {}, **more}
    return instant_after(duration, start=start, time_zone=zone, **settings)


def test_elapsed_time_and_calendar_days() -> None:
    assert after("PT2H30M") == START + timedelta(hours=2, minutes=30)
    assert after("P3D") == START + timedelta(days=3)
    assert after("P1W") == START + timedelta(days=7)
    assert after("P1DT2H") == START + timedelta(days=1, hours=2)


def test_a_calendar_day_keeps_the_wall_time_when_the_clock_changes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 28, 12, 0, tzinfo=berlin)  # the clock goes forward in the night
    assert after("P1D", before, "Europe/Berlin").astimezone(berlin).hour == 12
    assert after("PT24H", before, "Europe/Berlin").astimezone(berlin).hour == 13
    skipped = datetime(2026, 3, 28, 2, 30, tzinfo=berlin)  # 02:30 does not exist the day after
    assert after("P1D", skipped, "Europe/Berlin").astimezone(berlin) == datetime(
        2026, 3, 29, 3, 30, tzinfo=berlin
    )


def test_working_days_pass_over_weekends_and_holidays_and_count_make_up_days() -> None:
    shanghai = ZoneInfo(SHANGHAI)
    assert after(WorkingDays(working_days=1)) == datetime(2026, 3, 9, 23, 59, 59, tzinfo=shanghai)
    calendar = Calendar(days={date(2026, 3, 9): False, date(2026, 3, 8): True})
    assert after(WorkingDays(working_days=1), calendar=calendar).astimezone(shanghai).date() == date(
        2026, 3, 8
    )
    assert after(WorkingDays(working_days=2), calendar=calendar).astimezone(shanghai).date() == date(
        2026, 3, 10
    )


def test_a_limit_is_data_and_a_missing_one_a_named_refusal() -> None:
    limit = Limit.model_validate({"limit": "notify", "profile": "cn-drug-2022", "class": "inputs.class"})
    limits = {
        "cn-drug-2022": {
            "notify": {
                "I": LimitEntry(amount="P1D", clause="13"),
                "II": LimitEntry(amount=WorkingDays(working_days=3)),
            }
        }
    }
    assert after(limit, limits=limits, class_value="I") == START + timedelta(days=1)
    assert after(limit, limits=limits, class_value="II").astimezone(ZoneInfo(SHANGHAI)).date() == date(
        2026, 3, 11
    )
    with pytest.raises(LimitUnknown):
        after(limit, limits=limits, class_value="IV")
    with pytest.raises(LimitUnknown):
        after(limit, class_value="I")


@pytest.mark.parametrize("text", ["P", "PT", "3D", "P1Y", "P1M", "PT1.5H", "P-1D", "P1DT", "", "P99999999D"])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(DurationInvalid):
        split(text)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(DurationInvalid):
        after("PT1H", datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


@given(
    st.integers(0, 400),
    st.integers(0, 200),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([SHANGHAI, "Europe/Berlin", "America/New_York", "Asia/Urumqi"]),
)
def test_a_longer_duration_never_ends_earlier(days: int, hours: int, start: datetime, zone: str) -> None:
    end = after(f"P{days}DT{hours}H", start, zone)
    assert end.tzinfo is UTC
    assert end >= start + timedelta(days=days, hours=hours - 1)
    assert after(f"P{days + 1}DT{hours}H", start, zone) > end

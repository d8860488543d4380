"""How numbers, days and instants look."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ui import formats
from ui.translation import translations
from ui.view import inside

EN, ZH = translations("en"), translations("zh")


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_quantity_loses_no_digit(value: int) -> None:
    shown = formats.quantity(value, "盒")
    assert int(shown.removesuffix(f"{formats.NO_BREAK}盒").replace(formats.NARROW_SPACE, "")) == value


def test_what_is_absent_is_a_dash() -> None:
    assert {formats.quantity(None), formats.day(None), formats.day(""), formats.instant(None, "UTC")} == {"–"}


def test_an_instant_is_shown_in_the_site_s_zone_with_its_offset() -> None:
    at = datetime(2026, 11, 24, 16, 31, 5, tzinfo=UTC)
    assert formats.instant(at, "Asia/Shanghai") == "2026-11-25 00:31"
    assert formats.instant("2026-11-24T16:31:05Z", "Asia/Urumqi", seconds=True) == "2026-11-24 22:31:05"
    assert formats.offset(at, "Asia/Urumqi") == "UTC+06:00"
    assert formats.offset(at, "No/Such_Zone") == "UTC+08:00"


def test_a_deadline_says_how_much_is_left_or_over() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert formats.due(now + timedelta(minutes=35), now, EN) == ("soon", "due in 35 min")
    assert formats.due(now - timedelta(hours=2, minutes=10), now, ZH) == ("late", "超时 2 小时 10 分钟")
    assert formats.due(now + timedelta(days=2), now, EN)[0] == "calm"
    assert formats.due(None, now, ZH)[0] == "calm"


def test_shelf_life_counts_the_last_day_and_says_when_it_is_over() -> None:
    assert formats.remaining(0, EN) == ("warn", "last day today")
    assert formats.remaining(-1, EN) == ("bad", "over for 1 day")
    assert formats.remaining(181, ZH) == ("calm", "剩 181 天")
    assert formats.remaining(None, ZH)[0] == "calm"


def test_a_day_is_iso() -> None:
    assert formats.day(date(2027, 11, 30)) == "2027-11-30"
    assert formats.day(datetime(2027, 11, 30, 5, tzinfo=UTC)) == "2027-11-30"


@given(st.text(max_size=60))
def test_nothing_leads_out_of_our_own_pages(target: str) -> None:
    safe = inside(target)
    assert safe.startswith("/")
    assert not safe.startswith(("//", "/\\"))
    assert "\\" not in safe
    assert "\n" not in safe
    assert "\r" not in safe


def test_known_tricks_do_not_lead_out() -> None:
    for trick in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a\r\nSet-Cookie: x",
        "javascript:1",
    ):
        assert inside(trick) == "/inbox"
    assert inside("/runs?state=running") == "/runs?state=running"

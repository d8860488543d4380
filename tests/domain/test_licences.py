from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.licences import Licence, LicenceNotValid, categories_of, gaps, refuse_gaps

DAY = date(2026, 11, 24)


def licence(**changes: Any) -> Licence:
    fields = {
        "kind": "gsp",
        "number": "L1",
        "scope": ("drug",),
        "valid_from": date(2020, 1, 1),
        "valid_until": DAY,
        "withdrawn": False,
    }
    return Licence(**{**fields, **changes})


def test_a_licence_holds_up_to_and_including_its_last_day() -> None:
    assert licence().valid_on(DAY)
    assert licence().why_not(DAY + timedelta(days=1)) == "expired"


def test_a_licence_that_expired_yesterday_blocks_and_says_until_when() -> None:
    (gap,) = gaps([licence(valid_until=DAY - timedelta(days=1))], ["drug"], DAY)
    assert (gap.category, gap.why, gap.number) == ("drug", "expired", "L1")
    with pytest.raises(LicenceNotValid) as refused:
        refuse_gaps("供应商甲", [gap])
    assert "2026-11-23" in refused.value.message("zh")
    assert "expired" in refused.value.message("en")


def test_a_withdrawn_licence_and_one_of_tomorrow_do_not_hold() -> None:
    assert licence(withdrawn=True).why_not(DAY) == "withdrawn"
    assert licence(valid_from=DAY + timedelta(days=1), valid_until=DAY + timedelta(days=9)).why_not(DAY) == (
        "not_yet_valid"
    )


def test_cold_goods_and_special_control_need_scopes_of_their_own() -> None:
    assert categories_of("drug", "refrigerated", special_control=True) == {
        "drug",
        "cold_chain",
        "special_control",
    }
    assert categories_of("device", "cool", special_control=False) == {"device"}
    assert [gap.category for gap in gaps([licence()], ["drug", "cold_chain"], DAY)] == ["cold_chain"]
    assert gaps([licence()], ["cold_chain"], DAY)[0].why == "missing"


def test_nothing_needed_or_all_covered_is_no_gap() -> None:
    refuse_gaps("x", gaps([licence()], ["drug"], DAY))
    assert gaps([], [], DAY) == []


days = st.dates(date(2026, 11, 1), date(2026, 12, 31))
licences = st.builds(
    licence,
    scope=st.sets(st.sampled_from(["drug", "device", "cold_chain"])).map(tuple),
    valid_from=st.none() | st.just(date(2026, 11, 10)),
    valid_until=days,
    withdrawn=st.booleans(),
)


@given(st.lists(licences, max_size=5), st.sets(st.sampled_from(["drug", "device", "cold_chain"])), days)
def test_a_category_is_a_gap_exactly_when_no_licence_covers_it_that_day(
    held: list[Licence], needed: set[str], day: date
) -> None:
    expected = {c for c in needed if not any(c in item.scope and item.valid_on(day) for item in held)}
    assert {gap.category for gap in gaps(held, needed, day)} == expected

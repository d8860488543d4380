from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.documents import DispatchAdviceIn, PurchaseOrderIn
from domain.master_data import MaterialIn, PersonIn, SiteIn, gtin14

MATERIAL = {
    "code": "M1",
    "name": {"zh": "阿莫西林胶囊", "en": "Amoxicillin"},
    "generic_name": "阿莫西林",
    "specification": "0.25g*24",
    "manufacturer": "MF1",
    "storage_class": "ambient",
    "base_unit": "盒",
    "units": [{"unit": "件", "numerator": 200}],
}
ORDER = {
    "number": "P1",
    "supplier": "S1",
    "site": "A",
    "ordered_on": "2026-11-24",
    "lines": [{"line": 1, "material": "M1", "quantity": "1.5", "unit": "件"}],
}
ADVICE_LINE = {
    "line": 1,
    "order_line": 1,
    "material": "M1",
    "batch": " B1 ",
    "produced_on": "2026-01-01",
    "expires_on": "2028-01-01",
    "quantity": 3,
    "unit": "盒",
}
ADVICE = {
    "number": "D1",
    "supplier": "S1",
    "purchase_order": "P1",
    "site": "A",
    "shipped_at": "2026-11-24T08:00:00+08:00",
    "carrier": "",
    "vehicle": "",
    "lines": [ADVICE_LINE],
}


@given(st.integers(0, 10**13 - 1))
def test_exactly_one_check_digit_fits(number: int) -> None:
    digits = f"{number:013d}"
    fitting = []
    for check in range(10):
        try:
            fitting.append(gtin14(f"{digits}{check}"))
        except ValueError:
            continue
    assert len(fitting) == 1


def test_shorter_gtins_are_filled_up_with_zeros() -> None:
    assert gtin14("4006381333931") == "04006381333931"
    with pytest.raises(ValueError, match="check digit"):
        gtin14("4006381333930")
    with pytest.raises(ValueError, match="digits"):
        gtin14("123")


def test_a_material_is_refused_with_a_unit_or_gtin_twice_or_a_gtin_of_no_unit() -> None:
    MaterialIn.model_validate(MATERIAL)
    for wrong in (
        {"units": [{"unit": "盒", "numerator": 2}]},
        {"gtins": ["4006381333931", "04006381333931"]},
        {"gtins": [{"gtin": "4006381333931", "unit": "托"}]},
        {"name": {"zh": ""}},
        {"code": "a\x00b"},
        {"colour": "red"},
        {"units": [{"unit": "件", "numerator": 1.5}]},
    ):
        with pytest.raises(ValidationError):
            MaterialIn.model_validate({**MATERIAL, **wrong})


def test_a_site_needs_a_known_time_zone_and_a_user_name_is_lower_case() -> None:
    site = {"code": "A", "name": "甲库", "legal_entity": "L1", "region": "east"}
    assert SiteIn.model_validate({**site, "time_zone": "Asia/Urumqi"}).name.zh == "甲库"
    for zone in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(ValidationError):
            SiteIn.model_validate({**site, "time_zone": zone})
    with pytest.raises(ValidationError):
        PersonIn.model_validate({"username": "Wang", "name": "王"})


def test_a_document_is_refused_for_what_it_says_wrong_about_itself() -> None:
    assert DispatchAdviceIn.model_validate(ADVICE).lines[0].batch == "B1"
    assert PurchaseOrderIn.model_validate(ORDER).lines[0].quantity == "1.5"
    wrongs: list[dict[str, Any]] = [
        {"lines": [{**ADVICE_LINE, "quantity": 1.5}]},
        {"lines": [{**ADVICE_LINE, "quantity": 0}]},
        {"lines": [{**ADVICE_LINE, "quantity": "-1"}]},
        {"lines": [{**ADVICE_LINE, "produced_on": "2029-01-01"}]},
        {"lines": [{**ADVICE_LINE, "serials": ["x", "x"]}]},
        {"lines": [ADVICE_LINE, ADVICE_LINE]},
        {"lines": []},
        {"shipped_at": "2026-11-24T08:00:00"},
        {"number": "   "},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            DispatchAdviceIn.model_validate({**ADVICE, **wrong})

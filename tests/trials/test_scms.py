"""The published delivery history, read and mapped as the trial `receiving` does it."""

from datetime import date
from pathlib import Path

import pytest

from domain.documents import DispatchAdviceIn, PurchaseOrderIn
from domain.master_data import MaterialIn, PartyIn
from ops.trials import scms_reader
from ops.trials.receiving import Expected, rejected_part
from ops.trials.scms_mapping import plan
from ops.trials.scms_reader import SharedDataMissing, day, parse, read, whole

TODAY = date(2027, 3, 1)
ROW = {
    "ID": "7",
    "PO / SO #": "SCMS-1",
    "ASN/DN #": "ASN-1",
    "Country": "Guyana",
    "Vendor": "Trinity  Biotech",
    "Manufacturing Site": "Trinity",
    "Item Description": "#102198**Didanosine 200mg [Videx], tablets, 60 Tabs",
    "Product Group": "ARV",
    "Dosage": "200mg",
    "Dosage Form": "Tablet",
    "Unit of Measure (Per Pack)": "60",
    "Line Item Quantity": "1,900",
    "PO Sent to Vendor Date": "Date Not Captured",
    "Scheduled Delivery Date": "2-Jun-06",
    "Delivered to Client Date": "3-Jun-06",
    "Delivery Recorded Date": "2-Jun-06",
    "Pack Price": "0",
    "Weight (Kilograms)": "See ASN-93 (ID#:1281)",
    "Freight Cost (USD)": "Invoiced Separately",
    "Line Item Insurance (USD)": "",
}


def test_a_dirty_row_is_used_and_its_oddities_are_counted() -> None:
    found = parse([ROW])
    assert [(line.item, line.packs, line.vendor) for line in found.lines] == [
        ("Didanosine 200mg [Videx], tablets, 60 Tabs", 1900, "Trinity Biotech")
    ]
    assert found.oddities == {
        "rows": 1,
        "order date is a word": 1,
        "delivered after the planned day": 1,
        "recorded before it was delivered": 1,
        "item number glued to the name": 1,
        "pack price is zero": 1,
        "weight is a word or a pointer": 1,
        "freight is a word or a pointer": 1,
        "insurance is empty": 1,
    }


@pytest.mark.parametrize("quantity", ["", "0", "-3", "1.5", "many", "٣"])
def test_a_line_whose_quantity_is_no_number_is_left_out_and_counted(quantity: str) -> None:
    found = parse([{**ROW, "Line Item Quantity": quantity}])
    assert not found.lines
    assert found.oddities["lines left out: quantity is not a number above zero"] == 1


def test_orders_from_the_own_warehouse_are_not_purchase_orders() -> None:
    found = parse([{**ROW, "PO / SO #": "SO-1"}, {**ROW, "Vendor": "SCMS from RDC"}])
    assert not found.lines
    assert found.oddities["rows of the own warehouse, left out"] == 2


def test_both_date_formats_are_read_and_words_are_no_dates() -> None:
    assert day("2-Jun-06") == day("6/2/06") == date(2006, 6, 2)
    assert [day(word) for word in ("Pre-PQ Process", "N/A - From RDC", "")] == [None, None, None]
    assert [whole(text) for text in ("1,000", "12", "0", "1e3")] == [1000, 12, None, None]


def test_missing_shared_data_is_said_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUNJI_SHARED_DATA", str(tmp_path))
    with pytest.raises(SharedDataMissing, match="XUNJI_SHARED_DATA"):
        scms_reader.shared_data()


def test_three_hundred_orders_become_documents_that_the_doors_take(shared_data: Path) -> None:
    planned = plan(read(shared_data).lines, 300, TODAY)
    assert len(planned.orders) == 300
    for body in planned.parties:
        PartyIn.model_validate(body)
    for body in planned.materials:
        MaterialIn.model_validate(body)
    orders = {body["number"]: PurchaseOrderIn.model_validate(body) for body in planned.orders}
    for delivery in planned.deliveries:
        advice = DispatchAdviceIn.model_validate(delivery.advice)
        ordered = {line.line: line.material for line in orders[delivery.order].lines}
        assert all(ordered[line.order_line or 0] == line.material for line in advice.lines)


def test_the_plan_is_the_same_at_every_run_and_has_every_course(shared_data: Path) -> None:
    lines = read(shared_data).lines
    planned = plan(lines, 300, TODAY)
    assert planned == plan(list(lines), 300, TODAY)
    assert {delivery.course for delivery in planned.deliveries} == {
        "usual", "turned_away", "over_delivered", "excursion_go_on", "excursion_keep", "came_warm"
    }  # fmt: skip


def test_expected_quantities_add_up(shared_data: Path) -> None:
    planned = plan(read(shared_data).lines, 300, TODAY)
    quantities = Expected.of(planned).quantities
    assert quantities["received"] == (
        quantities["accepted"] + quantities["rejected"] + quantities["quarantine_stock"]
    )
    assert 0 < quantities["rejected"] < quantities["accepted"] < quantities["ordered"]


def test_a_partial_rejection_leaves_something_of_every_batch_of_two_or_more() -> None:
    for number in range(300):
        for quantity in (1, 2, 9, 1000):
            assert 0 <= rejected_part(f"B{number}", quantity) <= quantity

"""The published order lines, read and mapped as the trial `outbound` does it; ten orders of it, played."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import SalesOrderIn
from domain.master_data import MaterialIn, PartyIn
from ops.private_instance import PrivateInstance
from ops.trials import outbound, retail_mapping, retail_reader
from ops.trials.retail_reader import OrderLine, parse
from ops.trials.scms_reader import SharedDataMissing

ROW = {
    "InvoiceNo": "536365",
    "StockCode": "85123a",
    "Description": "WHITE  HOLDER",
    "Quantity": "6",
    "InvoiceDate": "2010-12-01 08:26:00",
    "UnitPrice": "2.55",
    "CustomerID": "17850.0",
    "Country": "United Kingdom",
}
DAY = date(2010, 12, 1)


def line(invoice: str, quantity: int, *, code: str = "1001", customer: str = "7", day: int = 1) -> OrderLine:
    on, back = date(2010, 12, day), invoice.startswith("C")
    return OrderLine(invoice, code, code, quantity, customer, on, back)


def test_a_row_is_read_as_it_is_written_otherwise() -> None:
    found = parse([ROW])
    assert found.lines == [OrderLine("536365", "85123A", "WHITE HOLDER", 6, "17850", DAY, False, "2.55")]
    assert +found.oddities == {"rows": 1, "code written otherwise": 1}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"Quantity": "many"}, "quantity is no whole number"),
        ({"Quantity": "1.5"}, "quantity is no whole number"),
        ({"Quantity": "٣"}, "quantity is no whole number"),
        ({"Quantity": ""}, "quantity is no whole number"),
        ({"InvoiceNo": " "}, "no invoice number"),
        ({"InvoiceDate": "12/1/2010 8:26"}, "no date"),
        ({"CustomerID": "somebody"}, "customer is no number"),
        ({"UnitPrice": None}, "more or fewer cells than columns"),
        ({None: ["more"]}, "more or fewer cells than columns"),
        ({"StockCode": "POST"}, "no goods"),
        ({"Quantity": "-6"}, "write-off"),
        ({"Quantity": "0"}, "write-off"),
        ({"InvoiceNo": "C536365"}, "write-off"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_counted(change: dict[Any, Any], why: str) -> None:
    found = parse([{**ROW, **change}, ROW])
    assert len(found.lines) == 1
    assert found.oddities[f"left out: {why}"] == 1


@pytest.mark.parametrize("price", ["0.0", "-11062.06", "free", "NaN", "1e-9", "0.00001", "Infinity", ""])
def test_a_price_that_a_sale_cannot_have_is_no_price(price: str) -> None:
    found = parse([{**ROW, "UnitPrice": price}])
    assert found.lines[0].price is None
    assert found.oddities["no price that a sale can have"] == 1


def test_missing_shared_data_is_said_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUNJI_SHARED_DATA", str(tmp_path))
    with pytest.raises(SharedDataMissing, match="XUNJI_SHARED_DATA"):
        retail_reader.read()


def test_what_comes_back_beyond_the_sale_is_kept_apart() -> None:
    lines = [
        line("1", 6),
        line("2", 4, day=2),
        line("C1", 5, day=3),
        line("C2", 7, day=3),
        line("C3", 1, day=3),
    ]
    made = retail_mapping.plan(lines, 2)
    assert [(back.number, back.order, back.quantities, back.beyond) for back in made.returns] == [
        ("C1", "1", {"1001": 5}, {}),
        ("C2", "2", {"1001": 4}, {"1001": 3}),
        ("C3", "1", {"1001": 1}, {}),
    ]


def test_a_return_belongs_to_an_earlier_order_of_the_same_customer() -> None:
    lines = [
        *(line("C1", 1), line("1", 6, day=2), line("2", 6, customer="0")),
        *(line("C2", 1, customer="8", day=3), line("C3", 1, customer="0", day=3)),
    ]
    made = retail_mapping.plan(lines, 2)
    assert (made.returns, made.without_sale) == ([], ["C1", "C2", "C3"])


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 9), st.integers(1, 3), st.sampled_from("78")), max_size=30
    )
)
def test_no_plan_returns_more_than_it_sold_or_forgets_a_cancelled_unit(rows: list[Any]) -> None:
    lines = [
        line(f"{'C' if back else ''}{at}", n, code=f"100{code}", customer=who)
        for at, (back, n, code, who) in enumerate(rows)
    ]
    made = retail_mapping.plan(lines, len(rows))
    sold = {(order.number, code): n for order in made.orders for code, n in order.quantities.items()}
    back: Counter[tuple[str, str]] = Counter()
    for one in made.returns:
        back.update({(one.order, code): n for code, n in one.quantities.items()})
    assert all(n <= sold[key] for key, n in back.items())
    beyond = sum(sum(one.beyond.values()) for one in made.returns)
    lost = sum(one.quantity for one in lines if one.invoice in made.without_sale)
    assert back.total() + beyond + lost == sum(one.quantity for one in lines if one.back)


def test_three_hundred_orders_become_documents_that_the_doors_take(shared_data: Path) -> None:
    del shared_data
    planned = retail_mapping.plan(retail_reader.read().lines, 300)
    assert len(planned.orders) == 300
    assert planned.returns
    known = {MaterialIn.model_validate(body).code for body in retail_mapping.materials(planned)}
    parties = {PartyIn.model_validate(body).code for body in retail_mapping.parties(planned)}
    for order in planned.orders:
        body = SalesOrderIn.model_validate(retail_mapping.sales_order(order, "SHP"))
        assert body.customer in parties
        assert {one.material for one in body.lines} <= known
    for code, needed in planned.needed.items():
        early, late = retail_mapping.batches(code, needed, DAY)
        assert 0 < early["quantity"] <= needed < early["quantity"] + late["quantity"]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_ten_real_orders_leave_and_come_back(instance: PrivateInstance, shared_data: Path) -> None:
    del shared_data
    few = [one for one in retail_reader.read(days=2).lines if int(one.code[:5], 10) % 10 == 0]
    planned = retail_mapping.plan(few, 10)
    assert len(planned.orders) == 10
    figures = await outbound.play(instance, planned, at_once=4)
    assert figures["order_lines_wrong"] == {}
    assert not {what: number for what, number in figures["contradictions"].items() if number}
    assert figures["ok"], figures

"""An invoice entered in the browser: proposed from what left, refused beside its field, read with its amounts."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries import sales_returns
from tests.services.shipping import Outbound
from tests.ui.house import House


@pytest.fixture
async def outbound(house: House) -> Outbound:
    """A shipment of 20 packs of A1 and 5 of A2, which has left."""
    made = Outbound(house.world, house.engine)
    await made.prepare()
    await made.stock("A-01", "M1", "A1", 20)
    await made.stock("A-02", "M1", "A2", 20)
    await made.begin(("M1", 25))
    await made.pick()
    await made.review()
    await made.pack()
    await made.load()
    await made.hand_over()
    return made


ENTERED = {
    "number": "FP-1",
    "invoiced_on": "2026-11-26",
    "lines.1.quantity": "20",
    "lines.1.unit": "盒",
    "lines.1.price": "12.50",
    "lines.2.quantity": "",
    "lines.2.unit": "盒",
}


async def test_what_left_is_proposed_entered_and_read_with_its_amount(
    house: House, outbound: Outbound
) -> None:
    shipment = (await outbound.shipment())["id"]
    async with house.as_person("admin") as client:
        page = await client.get(f"/documents/{shipment}")
        assert f"/documents/{shipment}/invoice" in page.text
        form = await client.get(f"/documents/{shipment}/invoice")
        assert "可开票 20\u00a0盒" in form.text and "可开票 5\u00a0盒" in form.text
        assert 'name="lines.2.quantity" type="text" value="5"' in form.text
        answer = await client.post(f"/documents/{shipment}/invoice", data=ENTERED)
        assert answer.status_code == 303, answer.text
        invoice = await client.get(answer.headers["location"])
        assert "250.00" in invoice.text and "A1" in invoice.text
        assert re.search(r"合计（元）</dt><dd>\s*250\.00", re.sub(r"<(?!/?d[td])[^>]*>", "", invoice.text))
        assert "录入人" in invoice.text and "编制" not in invoice.text
        assert "FP-1" in (await client.get(f"/documents/{shipment}")).text
        again = await client.get(f"/documents/{shipment}/invoice")
        assert "可开票 0\u00a0盒" in again.text


async def test_what_came_back_is_not_proposed(
    house: House, outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def came_back(*_given: object) -> dict[int, tuple[int, frozenset[str]]]:
        return {1: (8, frozenset()), 2: (5, frozenset())}

    monkeypatch.setattr(sales_returns, "returned_so_far", came_back)
    shipment = (await outbound.shipment())["id"]
    async with house.as_person("admin") as client:
        form = await client.get(f"/documents/{shipment}/invoice")
        assert "可开票 12\u00a0盒" in form.text and "可开票 0\u00a0盒" in form.text
        entered = {**ENTERED, "lines.1.quantity": "12"}
        answer = await client.post(f"/documents/{shipment}/invoice", data=entered)
        assert answer.status_code == 303, answer.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lines.1.quantity": "21"}, "可开票 20，开票 21"),
        ({"total": "1.00"}, "合计应为 250.00"),
        ({"number": ""}, "发票号码"),
        ({"lines.1.quantity": ""}, ""),
    ],
)
async def test_what_differs_is_told_and_nothing_is_lost(
    house: House, outbound: Outbound, wrong: dict[str, str], said: str
) -> None:
    shipment = (await outbound.shipment())["id"]
    async with house.as_person("admin") as client:
        answer = await client.post(f"/documents/{shipment}/invoice", data={**ENTERED, **wrong})
        assert answer.status_code == 422
        assert said in answer.text
        assert 'value="12.50"' in answer.text
    kinds = await house.world.rows(sa.select(t.document.c.kind).distinct())
    assert "invoice" not in {row["kind"] for row in kinds}


async def test_only_a_shipment_has_an_invoice(house: House, outbound: Outbound) -> None:
    async with house.as_person("admin") as client:
        assert (await client.get(f"/documents/{outbound.order_id}/invoice")).status_code == 404

"""From the waiting zone to the green zone: what the ledger says after each action, and after undoing it."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from services import line_sets
from services.action_context import ActionRefused
from tests.services.company import Company, advice, advised, order
from tests.services.deliveries import Delivery, delivery

WHOLE = {"outcome": "accepted"}


async def test_goods_wait_in_quarantine_and_undoing_returns_them(company: Company) -> None:
    run = await delivery(company, advised(), advised(2, quantity=20))
    await run.match()
    await run.place()
    assert await run.balances() == {("B1", "W-01", "quarantine"): 40, ("B2", "W-01", "quarantine"): 20}
    await run.undo(
        "receiving.return_from_waiting_zone", "receiving.place_in_waiting_zone", {}, "waiting_zone#1"
    )
    assert await run.balances() == {}
    await run.undo("receiving.cancel_receipt", "receiving.match_order", {}, "match#1")
    assert await run.state_of(run.advice_id) == "open"


async def test_cold_goods_wait_in_the_cold(company: Company) -> None:
    line = {"line": 1, "material": "M2", "quantity": 40, "unit": "盒"}
    run = await delivery(company)
    run.order_id = await company.enter(order("PO2", line))
    run.advice_id = await company.enter(advice("DA2", advised(material="M2"), purchase_order="PO2"))
    await run.match()
    await run.place()
    assert await run.balances() == {("B1", "WC-01", "quarantine"): 40}


async def test_a_site_without_a_waiting_zone_refuses_by_name(company: Company) -> None:
    run = await delivery(company)
    await run.match()
    async with company.write() as tx:
        await tx.execute(sa.update(t.location).where(t.location.c.code == "W-01").values(active=False))
    with pytest.raises(ActionRefused) as refusal:
        await run.place()
    assert refusal.value.name == "no_waiting_zone"
    assert await run.balances() == {}


async def test_samples_are_drawn_per_batch_with_their_seed(company: Company) -> None:
    run = await delivery(company, advised(quantity=63), advised(2, quantity=15))
    matched = await run.match()
    drawn = await run.act("receiving.draw_samples", {"lines": matched["lines"]}, "sample#1")
    assert drawn["lines"]["aggregates"]["sum_quantity"] == 78
    async with company.database.read() as tx:
        first, second = (line.data for line in await line_sets.read(tx, drawn["lines"]["id"]))
    assert (first["cartons"], first["loose_carton"], len(first["sample_cartons"])) == (7, True, 4)
    assert set(first["sample_cartons"]) <= set(range(1, 8))
    assert 7 in first["sample_cartons"]
    assert len(first["further_cartons"]) == 3
    assert not set(first["further_cartons"]) & set(first["sample_cartons"])
    assert second["sample_cartons"] == [1, 2]
    assert first["seed"] != second["seed"]
    assert first["packs_per_carton"] == 3


async def test_only_what_was_accepted_becomes_qualified(company: Company) -> None:
    run = await delivery(company, advised(), advised(2, quantity=20), advised(3, quantity=10))
    accepted = await run.accept(
        WHOLE,
        {"outcome": "partial", "accepted_quantity": 15, "rejected_quantity": 5, "reason": "破损"},
        {"outcome": "rejected", "reason": "污染"},
    )
    await run.book_in(accepted, {"location": "A-01"}, {"location": "A-02", "put_away_quantity": 15}, {})
    assert await run.balances() == {
        ("B1", "A-01", "qualified"): 40,
        ("B2", "A-02", "qualified"): 15,
        ("B2", "R-01", "rejected"): 5,
        ("B3", "R-01", "rejected"): 10,
    }
    receipt = run.outputs["receiving.match_order"]["receipt"]
    put_away = run.outputs["receiving.book_in"]["put_away"]
    assert [await run.state_of(one) for one in (receipt, put_away, run.advice_id)] == ["closed"] * 3
    assert await run.state_of(run.order_id) == "in_process"


async def test_an_order_that_is_complete_is_closed_and_reopened_when_the_booking_is_reversed(
    company: Company,
) -> None:
    run = await delivery(company, advised(quantity=100))
    accepted = await run.accept(WHOLE)
    await run.book_in(accepted, {"location": "A-01"})
    assert await run.state_of(run.order_id) == "closed"
    await run.undo("receiving.reverse_booking", "receiving.book_in", {}, "book_in#1")
    await run.undo("receiving.reverse_booking", "receiving.book_in", {}, "book_in#1")
    assert await run.balances() == {("B1", "W-01", "quarantine"): 100}
    assert await run.state_of(run.order_id) == "in_process"
    await run.book_in(accepted, {"location": "A-02"}, path="book_in#2")
    assert await run.balances() == {("B1", "A-02", "qualified"): 100}
    assert await run.state_of(run.order_id) == "closed"


async def test_the_acceptance_record_holds_every_field_of_the_law(company: Company) -> None:
    run = await delivery(company)
    await run.accept({"outcome": "partial", "accepted_quantity": 30, "reason": "破损", "handling": "destroy"})
    record = UUID(run.outputs["receiving.record_acceptance"]["record"])
    c = t.document_line.c
    async with company.database.read() as tx:
        line = await tx.one_or_none(sa.select(t.document_line).where(c.document_id == record))
    assert line is not None
    assert (line["batch_number"], line["quantity"]) == ("B1", 40)
    assert str(line["expires_on"]) == "2099-01-31"
    assert line["data"] | {"accepted_at": ""} == {
        "outcome": "partial",
        "accepted_quantity": 30,
        "rejected_quantity": 10,
        "reason": "破损",
        "handling": "destroy",
        "actor": "somebody",
        "generic_name": "通用名M1",
        "dosage_form": "片剂",
        "specification": "10mg*12",
        "approval_number": "国药准字H20000001",
        "holder": "甲药厂",
        "manufacturer": "甲药厂",
        "supplier": "甲医药",
        "accepted_at": "",
    }


@pytest.mark.parametrize(
    "result",
    [
        {"outcome": "partial", "accepted_quantity": 30, "rejected_quantity": 11},
        {"outcome": "partial"},
        {"outcome": "accepted", "accepted_quantity": 39},
        {"outcome": "rejected", "accepted_quantity": 1},
    ],
)
async def test_quantities_that_do_not_add_up_are_refused(company: Company, result: dict[str, Any]) -> None:
    run = await delivery(company)
    with pytest.raises(ActionRefused) as refusal:
        await run.accept(result)
    assert refusal.value.name == "quantity_mismatch"


async def test_special_control_goods_go_to_their_locked_zone_and_nothing_else_does(company: Company) -> None:
    line = {"line": 1, "material": "M3", "quantity": 40, "unit": "盒"}
    run = await delivery(company)
    run.order_id = await company.enter(order("PO3", line))
    run.advice_id = await company.enter(advice("DA3", advised(material="M3"), purchase_order="PO3"))
    accepted = await run.accept(WHOLE)
    with pytest.raises(ActionRefused) as refusal:
        await run.book_in(accepted, {"location": "A-01"})
    assert refusal.value.name == "location_unsuitable"
    assert "特殊管理药品须专库存放" in str(refusal.value)
    await run.book_in(accepted, {"location": "X-01"})
    assert await run.balances() == {("B1", "X-01", "qualified"): 40}


@pytest.mark.parametrize(
    ("put_away", "name"),
    [
        ({"location": "X-99"}, "location_unknown"),
        ({}, "location_unknown"),
        ({"location": "C-01"}, "location_unsuitable"),
        ({"location": "W-01"}, "location_unsuitable"),
        ({"location": "X-01"}, "location_unsuitable"),
        ({"location": "A-01", "put_away_quantity": 39}, "quantity_mismatch"),
    ],
)
async def test_a_put_away_that_does_not_fit_is_refused_before_any_effect(
    company: Company, put_away: dict[str, Any], name: str
) -> None:
    run = await delivery(company)
    accepted = await run.accept(WHOLE)
    with pytest.raises(ActionRefused) as refusal:
        await run.book_in(accepted, put_away)
    assert refusal.value.name == name
    assert await run.balances() == {("B1", "W-01", "quarantine"): 40}


async def test_rejected_goods_need_a_red_zone(company: Company) -> None:
    run = await delivery(company)
    accepted = await run.accept({"outcome": "rejected"})
    async with company.write() as tx:
        await tx.execute(sa.update(t.location).where(t.location.c.code == "R-01").values(active=False))
    with pytest.raises(ActionRefused) as refusal:
        await run.book_in(accepted, {})
    assert refusal.value.name == "location_unknown"


async def test_a_long_delivery_is_booked_in_chunks(company: Company) -> None:
    lines = [advised(number, quantity=1) for number in range(1, 1_203)]
    run = await delivery(company, *lines, ordered=1_202)
    accepted = await run.accept(WHOLE)
    await run.book_in(accepted, {"location": "A-01"})
    assert run.chunks == 3
    assert sum((await run.balances()).values()) == 1_202
    assert {key[1:] for key in await run.balances()} == {("A-01", "qualified")}
    assert await run.state_of(run.order_id) == "closed"
    await run.undo("receiving.reverse_booking", "receiving.book_in", {}, "book_in#1")
    assert {key[1:] for key in await run.balances()} == {("W-01", "quarantine")}


outcomes = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 60)).map(lambda pair: (pair[0], min(pair))),
    min_size=1,
    max_size=5,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outcomes=outcomes)
async def test_whatever_is_accepted_the_books_hold_exactly_what_arrived(
    company: Company, outcomes: list[tuple[int, int]]
) -> None:
    number = await _count(company) + 1
    lines = [
        advised(at, quantity=arrived, batch=f"H{number}-{at}") for at, (arrived, _) in enumerate(outcomes, 1)
    ]
    line = {"line": 1, "material": "M1", "quantity": sum(arrived for arrived, _ in outcomes), "unit": "盒"}
    order_id = await company.enter(order(f"PO{number}", line))
    advice_id = await company.enter(advice(f"DA{number}", *lines, purchase_order=f"PO{number}"))
    async with company.write() as tx:
        run = Delivery(company, order_id, advice_id, await company.start_run(tx))
    accepted = await run.accept(*(_result(arrived, good) for arrived, good in outcomes))
    await run.book_in(accepted, *({"location": "A-01"} if good else {} for _, good in outcomes))
    held = {
        key: quantity for key, quantity in (await run.balances()).items() if key[0].startswith(f"H{number}-")
    }
    expected: dict[tuple[str, str, str], int] = {}
    for at, (arrived, good) in enumerate(outcomes, 1):
        expected[f"H{number}-{at}", "A-01", "qualified"] = good
        expected[f"H{number}-{at}", "R-01", "rejected"] = arrived - good
    assert held == {key: quantity for key, quantity in expected.items() if quantity}


def _result(arrived: int, good: int) -> dict[str, Any]:
    if good in {0, arrived}:
        return {"outcome": "accepted" if good else "rejected"}
    return {"outcome": "partial", "accepted_quantity": good, "rejected_quantity": arrived - good}


async def _count(company: Company) -> int:
    async with company.database.read() as tx:
        return int(await tx.scalar(sa.select(sa.func.count()).select_from(t.document)))

"""`receiving.match_order`: what fits becomes a receipt, what does not is refused by name and writes nothing."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from services import line_sets
from services.action_context import ActionOutcome, ActionRefused
from services.receiving_match import cancel_receipt, match_order
from tests.services.company import YESTERDAY, Company, advice, advised, order
from tests.services.deliveries import delivery


async def match(company: Company, order_id: Any, advice_id: Any) -> ActionOutcome:
    async with company.write() as tx:
        run = await company.start_run(tx)
        inputs = {"purchase_order": {"id": str(order_id)}, "dispatch_advice": {"id": str(advice_id)}}
        return await match_order(company.context(tx, run, "match#1"), inputs)


async def refused(company: Company, order_id: Any, advice_id: Any) -> ActionRefused:
    with pytest.raises(ActionRefused) as refusal:
        await match(company, order_id, advice_id)
    async with company.database.read() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(t.batch)) == 0
        assert await tx.scalar(sa.select(sa.func.count()).where(t.document.c.kind == "receipt")) == 0
    return refusal.value


async def state_of(company: Company, document_id: Any) -> str:
    async with company.database.read() as tx:
        return str(await tx.scalar(sa.select(t.document.c.state).where(t.document.c.id == document_id)))


async def test_a_delivery_that_fits_opens_a_receipt_with_its_batches(company: Company) -> None:
    order_id = await company.enter(order())
    advice_id = await company.enter(advice("DA1", advised(), advised(2, quantity=6, unit="件")))
    outcome = await match(company, order_id, advice_id)
    lines = outcome.outputs["lines"]
    assert (lines["count"], lines["aggregates"]["sum_quantity"]) == (2, 100)
    assert outcome.outputs["cold_chain"] is False
    assert outcome.outputs["special_control"] is False
    async with company.database.read() as tx:
        (first, second) = await line_sets.read(tx, lines["id"])
        assert (first.data["batch_number"], first.data["cartons"], second.data["cartons"]) == ("B1", 4, 6)
        assert await tx.scalar(sa.select(sa.func.count()).select_from(t.batch)) == 2
    assert await state_of(company, order_id) == "in_process"
    assert await state_of(company, advice_id) == "in_process"
    assert await state_of(company, outcome.outputs["receipt"]) == "in_process"


async def test_cold_goods_and_special_control_are_told_to_the_definition(company: Company) -> None:
    lines = [{"line": n, "material": f"M{n + 1}", "quantity": 50, "unit": "盒"} for n in (1, 2)]
    order_id = await company.enter(order("PO1", *lines))
    delivered = (advised(1, material="M2"), advised(2, material="M3", order_line=2))
    outcome = await match(company, order_id, await company.enter(advice("DA1", *delivered)))
    assert outcome.outputs["cold_chain"] is True
    assert outcome.outputs["special_control"] is True


async def test_an_unknown_order_and_an_advice_of_another_order_are_refused(company: Company) -> None:
    order_id = await company.enter(order())
    advice_id = await company.enter(advice())
    assert (await refused(company, advice_id, advice_id)).name == "order_unknown"
    other = await company.enter(order("PO2"))
    assert (await refused(company, other, advice_id)).name == "order_unknown"
    assert (await refused(company, order_id, order_id)).name == "order_unknown"


async def test_a_closed_order_takes_no_delivery(company: Company) -> None:
    order_id = await company.enter(order())
    advice_id = await company.enter(advice())
    async with company.write() as tx:
        await tx.execute(sa.update(t.document).where(t.document.c.id == order_id).values(state="closed"))
    assert (await refused(company, order_id, advice_id)).name == "order_closed"


async def test_the_delivery_of_another_supplier_is_refused(company: Company) -> None:
    order_id = await company.enter(order())
    advice_id = await company.enter(advice(supplier="S3"))
    assert (await refused(company, order_id, advice_id)).name == "supplier_mismatch"


async def test_a_licence_that_expired_yesterday_blocks_the_receipt(company: Company) -> None:
    order_id = await company.enter(order())
    advice_id = await company.enter(advice())
    async with company.write() as tx:
        await tx.execute(sa.update(t.licence).values(valid_until=YESTERDAY))
    refusal = await refused(company, order_id, advice_id)
    assert refusal.name == "supplier_blocked"
    assert str(YESTERDAY) in refusal.message("zh")


@pytest.mark.parametrize("party", [{"active": False}, {}])
async def test_a_supplier_that_is_blocked_before_the_goods_come_delivers_nothing(
    company: Company, party: dict[str, Any]
) -> None:
    run = await delivery(company, advised())
    await run.match()
    async with company.write() as tx:
        if party:
            await tx.execute(sa.update(t.party).where(t.party.c.code == "S1").values(**party))
        else:
            await tx.execute(sa.update(t.licence).values(valid_until=YESTERDAY))
    with pytest.raises(ActionRefused) as refusal:
        await run.place()
    assert refusal.value.name == "supplier_blocked"
    assert await run.balances() == {}


async def test_a_blocked_supplier_and_a_material_out_of_use_are_refused(company: Company) -> None:
    order_id = await company.enter(order())
    advice_id = await company.enter(advice())
    async with company.write() as tx:
        await tx.execute(sa.update(t.material).where(t.material.c.code == "M1").values(active=False))
    assert (await refused(company, order_id, advice_id)).name == "material_unknown"
    async with company.write() as tx:
        await tx.execute(sa.update(t.party).where(t.party.c.code == "S1").values(active=False))
    assert (await refused(company, order_id, advice_id)).name == "supplier_blocked"


async def test_goods_that_were_not_ordered_and_too_many_are_refused(company: Company) -> None:
    order_id = await company.enter(order())
    stranger = await company.enter(advice("DA1", advised(material="M3")))
    too_many = await company.enter(advice("DA2", advised(quantity=60), advised(2, quantity=41)))
    assert (await refused(company, order_id, stranger)).name == "not_on_order"
    refusal = await refused(company, order_id, too_many)
    assert refusal.name == "over_quantity"
    assert "B2" in refusal.message("zh")


async def test_an_advice_that_names_no_line_of_the_order_is_matched_by_its_material(company: Company) -> None:
    order_id = await company.enter(order())
    first = await company.enter(advice("DA1", advised(order_line=None, quantity=70)))
    await match(company, order_id, first)
    async with company.database.read() as tx:
        c = t.document_line.c
        named = await tx.rows(sa.select(c.order_line_no).where(c.batch_number == "B1"))
    assert [row["order_line_no"] for row in named] == [1, 1], "the advice and its receipt"
    second = await company.enter(advice("DA2", advised(order_line=None, quantity=40)))
    with pytest.raises(ActionRefused, match=r"over_quantity|超出"):
        await match(company, order_id, second)


async def test_of_two_lines_with_the_same_material_none_is_guessed(company: Company) -> None:
    lines = [{"line": number, "material": "M1", "quantity": 100, "unit": "盒"} for number in (1, 2)]
    order_id = await company.enter(order("PO1", *lines))
    advice_id = await company.enter(advice("DA1", advised(order_line=None)))
    assert (await refused(company, order_id, advice_id)).name == "not_on_order"


async def test_what_another_open_delivery_brings_is_no_longer_open(company: Company) -> None:
    order_id = await company.enter(order())
    await match(company, order_id, await company.enter(advice("DA1", advised(quantity=70))))
    second = await company.enter(advice("DA2", advised(quantity=40)))
    with pytest.raises(ActionRefused, match=r"over_quantity|超出"):
        await match(company, order_id, second)
    async with company.write() as tx:
        await tx.execute(sa.update(t.run).values(state="cancelled", ended_at=sa.func.clock_now()))
    await match(company, order_id, second)


async def test_of_two_deliveries_at_once_only_what_was_ordered_is_taken_in(company: Company) -> None:
    order_id = await company.enter(order())
    first = await company.enter(advice("DA1", advised(quantity=60)))
    second = await company.enter(advice("DA2", advised(2, quantity=60)))
    answers = await asyncio.gather(
        match(company, order_id, first), match(company, order_id, second), return_exceptions=True
    )
    refusals = [answer for answer in answers if isinstance(answer, ActionRefused)]
    assert [refusal.name for refusal in refusals] == ["over_quantity"]


async def test_a_delivery_that_another_run_works_on_is_refused(company: Company) -> None:
    order_id, advice_id = await company.enter(order()), await company.enter(advice())
    await match(company, order_id, advice_id)
    with pytest.raises(ActionRefused) as refusal:
        await match(company, order_id, advice_id)
    assert refusal.value.name == "order_closed"


async def test_an_expired_batch_is_refused_and_one_that_ends_today_is_not(company: Company) -> None:
    order_id = await company.enter(order())
    today = date.today()  # noqa: DTZ011 - compared with days around it only
    over = await company.enter(advice("DA1", advised(expires_on=str(today - timedelta(days=2)))))
    assert (await refused(company, order_id, over)).name == "batch_expired"
    usable = await company.enter(advice("DA2", advised(expires_on=str(today + timedelta(days=1)))))
    await match(company, order_id, usable)


async def test_too_short_a_remaining_life_is_refused(company: Company) -> None:
    line = {"line": 1, "material": "M1", "quantity": 100, "unit": "盒", "min_remaining_days": 30_000}
    order_id = await company.enter(order("PO1", line))
    assert (await refused(company, order_id, await company.enter(advice()))).name == "shelf_life_too_short"


async def test_a_known_batch_with_other_dates_is_taken_in_and_put_on_hold(company: Company) -> None:
    order_id = await company.enter(order())
    await match(company, order_id, await company.enter(advice("DA1", advised(quantity=10))))
    changed = advised(quantity=10, expires_on="2098-01-31")
    outcome = await match(company, order_id, await company.enter(advice("DA2", changed)))
    assert outcome.outputs["lines"]["aggregates"]["any_date_mismatch"] is True
    await match(company, order_id, await company.enter(advice("DA3", changed)))
    async with company.database.read() as tx:
        (hold,) = await tx.rows(sa.select(t.hold.c.kind, t.hold.c.closed_at))
        (batch,) = await tx.rows(sa.select(t.batch.c.expires_on))
    assert (hold["kind"], hold["closed_at"], batch["expires_on"]) == (
        "date_mismatch",
        None,
        date(2099, 1, 31),
    )


async def test_a_serial_of_another_batch_is_refused(company: Company) -> None:
    order_id = await company.enter(order())
    first = advised(quantity=2, serials=["SN1", "SN2"])
    await match(company, order_id, await company.enter(advice("DA1", first)))
    second = await company.enter(advice("DA2", advised(quantity=1, batch="B9", serials=["SN2"])))
    with pytest.raises(ActionRefused) as refusal:
        await match(company, order_id, second)
    assert refusal.value.name == "serial_conflict"


async def test_undoing_a_match_lets_the_same_delivery_be_matched_again(company: Company) -> None:
    order_id, advice_id = await company.enter(order()), await company.enter(advice())
    outcome = await match(company, order_id, advice_id)
    for _ in range(2):
        async with company.write() as tx:
            run = await company.start_run(tx)
            await cancel_receipt(company.context(tx, run), {}, outcome.outputs)
    assert await state_of(company, outcome.outputs["receipt"]) == "cancelled"
    assert await state_of(company, advice_id) == "open"
    again = await match(company, order_id, advice_id)
    assert await state_of(company, again.outputs["receipt"]) == "in_process"

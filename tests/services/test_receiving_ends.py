"""How a delivery ends without being booked in: refused, left on hold, cancelled - and what of it may come again."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from services.action_context import ActionRefused
from tests.services.company import Company, advice, advised
from tests.services.deliveries import Delivery, delivery

WHOLE = {"outcome": "accepted"}


async def test_a_refused_delivery_closes_its_documents_and_leaves_the_order_open(company: Company) -> None:
    run = await delivery(company)
    await run.match()
    inputs = {"dispatch_advice": {"id": str(run.advice_id)}, "reason": "单货不符"}
    await run.act("receiving.refuse_delivery", inputs, "turn_away#1")
    receipt = run.outputs["receiving.match_order"]["receipt"]
    assert [await run.state_of(one) for one in (receipt, run.advice_id)] == ["closed", "closed"]
    assert await run.state_of(run.order_id) == "in_process"
    async with company.database.read() as tx:
        header = await tx.scalar(sa.select(t.document.c.header).where(t.document.c.id == run.advice_id))
    assert (header["result"], header["reason"]) == ("refused", "单货不符")


async def test_a_delivery_refused_before_it_matched_is_closed_as_well(company: Company) -> None:
    run = await delivery(company)
    await run.act("receiving.refuse_delivery", {"dispatch_advice": {"id": str(run.advice_id)}}, "turn_away#1")
    assert await run.state_of(run.advice_id) == "closed"


@pytest.mark.parametrize("held_by", ["this run", "another run"])
async def test_a_refusal_closes_no_delivery_that_another_run_works_on(company: Company, held_by: str) -> None:
    run = await delivery(company)
    await run.match()
    async with company.write() as tx:
        other = Delivery(company, run.order_id, run.advice_id, await company.start_run(tx))
    refusing = run if held_by == "this run" else other
    inputs = {"dispatch_advice": {"id": str(run.advice_id)}, "reason": "单货不符"}
    await refusing.act("receiving.refuse_delivery", inputs, "turn_away#1")
    assert await run.state_of(run.advice_id) == ("closed" if held_by == "this run" else "in_process")


async def test_a_delivery_left_on_hold_is_closed_and_blocks_nothing(company: Company) -> None:
    run = await delivery(company, advised(quantity=100))
    await run.match()
    await run.place()
    inputs = {"dispatch_advice": {"id": str(run.advice_id)}, "reason": "稳定性资料不足"}
    await run.act("receiving.keep_on_hold", inputs, "leave_on_hold#1")
    receipt = run.outputs["receiving.match_order"]["receipt"]
    assert [await run.state_of(one) for one in (receipt, run.advice_id)] == ["closed", "closed"]
    assert await run.balances() == {("B1", "W-01", "quarantine"): 100}
    async with company.write() as tx:
        c = t.run.c
        await tx.execute(sa.update(t.run).where(c.id == run.run.id).values(state="completed"))
    # The same goods are not received twice; the order waits for what comes in their place.
    with pytest.raises(ActionRefused) as refusal:
        await (await _next_run(run, run.advice_id)).match()
    assert refusal.value.name == "order_closed"
    second = await company.enter(advice("DA2", advised(quantity=100, batch="B9")))
    await (await _next_run(run, second)).match()


async def test_a_cancelled_delivery_waits_again_and_can_be_received(company: Company) -> None:
    run = await delivery(company, advised(quantity=100))
    await run.match()
    await run.place()
    lines = run.outputs["receiving.match_order"]["lines"]
    await run.undo(
        "receiving.return_from_waiting_zone", "receiving.place_in_waiting_zone", {}, "waiting_zone#1"
    )
    await run.undo("receiving.cancel_receipt", "receiving.match_order", {"lines": lines}, "match#1")
    assert await run.balances() == {}
    assert await run.state_of(run.advice_id) == "open"
    again = await _next_run(run, run.advice_id)
    accepted = await again.accept(WHOLE)
    await again.book_in(accepted, {"location": "A-01"})
    assert await again.balances() == {("B1", "A-01", "qualified"): 100}


async def _next_run(run: Delivery, advice_id: UUID) -> Delivery:
    async with run.company.write() as tx:
        return Delivery(run.company, run.order_id, advice_id, await run.company.start_run(tx))


async def test_the_acceptance_record_names_the_signatures_over_the_content_that_stands(
    company: Company,
) -> None:
    run = await delivery(company)
    stood, changed = "a" * 64, "b" * 64
    signer = company.admin.person_id
    async with company.write() as tx:
        post = await tx.scalar(sa.select(t.post.c.id).limit(1))
        task = await tx.scalar(
            sa.insert(t.task)
            .values(
                run_id=run.run.id,
                path="acceptance#1",
                step_id="acceptance",
                title_zh="验收",
                title_en="Acceptance",
                post_id=post,
                site_id=company.site_id,
                result={"content_hash": stood},
            )
            .returning(t.task.c.id)
        )
        for content in (changed, stood):
            row = {
                "printed_name": "甲",
                "post_name_zh": "验收员",
                "post_name_en": "acceptor",
                "meaning_zh": "验收",
                "meaning_en": "accepted",
                "purpose": "task.rule.0",
            }
            await tx.execute(
                sa.insert(t.signature).values(
                    **row, person_id=signer, content_sha256=content, task_id=task, run_id=run.run.id
                )
            )
    await run.accept(WHOLE)
    record = UUID(run.outputs["receiving.record_acceptance"]["record"])
    async with company.database.read() as tx:
        header = await tx.scalar(sa.select(t.document.c.header).where(t.document.c.id == record))
        wanted = await tx.scalar(sa.select(t.signature.c.id).where(t.signature.c.content_sha256 == stood))
    assert [(one["signature"], one["person"]) for one in header["signatures"]] == [(str(wanted), str(signer))]
    assert header["arrived_at"]

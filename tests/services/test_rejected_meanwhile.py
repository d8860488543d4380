"""A batch is rejected while a procedure works on some of it: none of that becomes good (GSP 87).

Quality decides on the batch; who inspects what comes in afterwards sees sound goods and says so. The hold stays
for ever, so goods in the green zone could neither be sold nor destroyed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from db import tables as t
from tests.services.company import advice, advised
from tests.services.deliveries import Delivery, delivery
from tests.services.quality import decided, rejected
from tests.services.sales import shelve
from tests.services.test_transfers import begin, books

if TYPE_CHECKING:
    from uuid import UUID

    from tests.services.company import Company

REFUSED = {"refused": "serials_unclear"}


@pytest.mark.parametrize(
    ("actions", "more", "stands"),
    [
        (("quality.reject_batch",), {}, {("UR1", "R-01", "rejected"): 10}),
        (("quality.reject_batch",), {"taken_back": True}, {("UR1", "A-01", "qualified"): 10}),
        (("quality.reject_batch",), REFUSED, {("UR1", "A-01", "qualified"): 10}),
        ((), {}, {("UR1", "A-01", "qualified"): 10}),
    ],
)
async def test_goods_on_their_way_follow_the_decision_on_their_batch(
    company: Company, actions: tuple[str, ...], more: dict[str, Any], stands: dict[tuple[str, str, str], int]
) -> None:
    batch = await shelve(company, "B1", 10)
    moved = await begin(company)
    await moved.send()
    await decided(company, batch, *actions, **more)
    await moved.arrive()
    lines = await moved.answered("receive", {"outcome": "accepted", "location": "A-01"})
    outputs = await moved.act("book_in", lines=lines)
    assert await books(company) == stands
    assert (outputs["accepted"], outputs["rejected"]) == (
        (0, 10) if ("UR1", "R-01", "rejected") in stands else (10, 0)
    )


async def test_goods_of_a_transfer_that_wait_are_quality_s_and_the_transfer_is_closed(
    company: Company,
) -> None:
    batch = await shelve(company, "B1", 10)
    moved = await begin(company)
    await moved.send()
    await moved.arrive()
    await rejected(company, batch)
    assert await books(company) == {("UR1", "R-01", "rejected"): 10}
    lines = await moved.answered("receive", {"outcome": "accepted", "location": "A-01"})
    outputs = await moved.act("book_in", lines=lines)
    told = {"any_recalled": False, "any_rejected_since": True}
    assert outputs == {"accepted": 0, "rejected": 10, "recalled": 0, **told}
    assert await books(company) == {("UR1", "R-01", "rejected"): 10}
    assert (await moved.document())[0] == "closed"
    await moved.undo("reverse_booking", "book_in", lines=lines)
    assert await books(company) == {("UR1", "R-01", "rejected"): 10}


@pytest.mark.parametrize("serials", [(), ("X1", "X2", "X3")])
async def test_goods_of_a_delivery_that_wait_are_quality_s_and_the_others_are_booked_in(
    company: Company, serials: tuple[str, ...]
) -> None:
    more: dict[str, Any] = {"serials": list(serials), "quantity": 3} if serials else {}
    run = await delivery(company, advised(**more), advised(2, quantity=6))
    part = {"outcome": "partial", "accepted_quantity": 1, "rejected_quantity": 2 if serials else 39}
    accepted = await run.accept(part, {"outcome": "accepted"})
    await rejected(company, await batch_of(company))
    await run.book_in(accepted, {"location": "A-01"})
    there = {("B1", "R-01", "rejected"): 3 if serials else 40, ("B2", "A-01", "qualified"): 6}
    assert await run.balances() == there
    told = run.outputs["receiving.book_in"]
    assert (told["any_recalled"], told["any_rejected_since"]) == (False, True)
    assert await run.state_of(run.outputs["receiving.book_in"]["put_away"]) == "closed"
    await run.undo("receiving.reverse_booking", "receiving.book_in", {}, "book_in#1/undo")
    back = {("B1", "R-01", "rejected"): 3 if serials else 40, ("B2", "W-01", "quarantine"): 6}
    assert await run.balances() == back


async def test_a_new_delivery_of_a_rejected_batch_goes_to_the_red_zone(company: Company) -> None:
    first = await delivery(company)
    await first.book_in(await first.accept({"outcome": "accepted"}), {"location": "A-01"})
    await rejected(company, await batch_of(company))
    again = await company.enter(advice("DA2", advised(quantity=5)))
    async with company.write() as tx:
        second = Delivery(company, first.order_id, again, await company.start_run(tx))
    await second.book_in(await second.accept({"outcome": "accepted"}), {"location": "A-01"})
    assert await second.balances() == {("B1", "R-01", "rejected"): 45}


async def batch_of(company: Company, number: str = "B1") -> UUID:
    async with company.database.read() as tx:
        found: UUID = await tx.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == number))
    return found

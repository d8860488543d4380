"""Holds that two open, or two close, at the same moment: one hold is opened, and it is closed once."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from services import receiving_batches
from services.action_context import ActionOutcome
from services.receiving_match import match_order
from tests.services.company import Company, advice, advised, order
from tests.services.deliveries import delivery
from tests.waiting import waits_or_ends


async def holds(company: Company) -> list[tuple[str, bool]]:
    """Each hold's kind, and whether it is open."""
    c = t.hold.c
    async with company.database.read() as tx:
        return [
            (row["kind"], row["closed_at"] is None) for row in await tx.rows(sa.select(t.hold).order_by(c.id))
        ]


async def test_two_deliveries_with_other_dates_at_once_open_one_hold(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both know the batch and that its dates are others before either looks for a hold."""
    changed = advised(quantity=10, expires_on="2098-01-31")
    inputs = []
    for number, line in enumerate((advised(quantity=10), changed, changed), 1):
        placed = await company.enter(order(f"PO{number}"))
        sent = await company.enter(advice(f"DA{number}", line, purchase_order=f"PO{number}"))
        inputs.append({"purchase_order": {"id": str(placed)}, "dispatch_advice": {"id": str(sent)}})

    async def match(given: dict[str, Any]) -> ActionOutcome:
        async with company.write() as tx:
            run = await company.start_run(tx)
            return await match_order(company.context(tx, run, "match#1"), given)

    await match(inputs[0])
    hold_mismatches, both = receiving_batches._hold_mismatches, asyncio.Barrier(2)

    async def together(*given: Any) -> None:
        await both.wait()
        await hold_mismatches(*given)

    monkeypatch.setattr(receiving_batches, "_hold_mismatches", together)
    outcomes = await asyncio.gather(*(match(given) for given in inputs[1:]))
    assert all(one.outputs["lines"]["aggregates"]["any_date_mismatch"] for one in outcomes)
    assert await holds(company) == [("date_mismatch", True)]


async def test_a_run_finds_nothing_to_close_when_quality_was_quicker(company: Company) -> None:
    run = await delivery(company)
    lines = (await run.match())["lines"]
    await run.act("holds.open", {"lines": lines}, "lock#1")
    async with company.write() as tx:
        closed = {
            "closed_by": company.admin.person_id,
            "closed_at": sa.func.clock_now(),
            "closed_reason": "复检合格",
        }
        await tx.execute(sa.update(t.hold).values(closed))
        closing = asyncio.create_task(run.act("holds.close", {"lines": lines}, "unlock#1"))
        await waits_or_ends(company.database, closing)
    assert (await closing)["count"] == 0
    assert await holds(company) == [("quality", False)]

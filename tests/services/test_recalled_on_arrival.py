"""Goods of a recalled batch that come in after the recall was sealed, and goods that no recall means."""

from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from services import recalled_on_arrival
from services.receiving_match import match_order
from tests.services.company import Company, advice, advised, order
from tests.services.recalls import recalling


async def arrives(company: Company, batch: str, number: str = "1") -> None:
    """A delivery of M1 with this batch is matched with its order."""
    placed = await company.enter(order(f"PO{number}"))
    line = advised(quantity=10, batch=batch)
    sent = await company.enter(advice(f"DA{number}", line, purchase_order=f"PO{number}"))
    async with company.write() as tx:
        run = await company.start_run(tx)
        given = {"purchase_order": {"id": str(placed)}, "dispatch_advice": {"id": str(sent)}}
        await match_order(company.context(tx, run, "match#1"), given)


async def held(company: Company) -> list[tuple[str, str]]:
    """Batch and reason of each open hold that no recall has set itself."""
    h, b = t.hold.c, t.batch.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(b.number, h.reason)
            .join(t.hold, h.batch_id == b.id)
            .where(h.kind == "quality", h.closed_at.is_(None))
            .order_by(h.id)
        )
    return [(row["number"], row["reason"]) for row in rows]


async def told(company: Company) -> list[str]:
    async with company.database.read() as tx:
        rows = await tx.rows(sa.select(t.notification).where(t.notification.c.template == "recall.arrived"))
    return [row["body_zh"] for row in rows]


async def test_a_named_batch_that_comes_in_afterwards_is_held_and_quality_is_told(company: Company) -> None:
    recall = await recalling(company)
    async with company.write() as tx:
        quality = {"code": recalled_on_arrival.QUALITY, "name_zh": "质量负责人", "name_en": "QA manager"}
        await tx.execute(sa.insert(t.post).values(permissions=[], **quality))
    await recall.stock("R101", 1)
    await recall.sealed()
    await arrives(company, "R102")
    [(batch, reason)] = await held(company)
    assert batch == "R102" and "ZH-1" in reason
    [said] = await told(company)
    assert "R102（ZH-1）" in said
    await arrives(company, "R102", "2")
    assert len(await held(company)) == len(await told(company)) == 1


@pytest.mark.parametrize(("batch", "more"), [("R104", {}), ("R1021", {}), ("R102", {"materials": ["M2"]})])
async def test_what_no_recall_means_comes_in_as_ever(
    company: Company, batch: str, more: dict[str, Any]
) -> None:
    recall = await recalling(company, **more)
    await recall.act("recall.open")
    await arrives(company, batch)
    assert not await held(company)
    assert not await told(company)


async def test_a_drill_holds_nothing_that_comes_in(company: Company) -> None:
    recall = await recalling(company, drill=True)
    await recall.stock("R101", 1)
    await recall.sealed()
    await arrives(company, "R102")
    assert await held(company) == []


@pytest.mark.parametrize("closed", [False, True])
async def test_all_batches_are_those_till_the_recall_is_closed(company: Company, *, closed: bool) -> None:
    recall = await recalling(company, scope="全部批号")
    await recall.act("recall.open")
    if closed:
        await recall.act("recall.conclude", effectiveness="not_ours", assessment="账上没有")
    await arrives(company, "N500")
    assert [batch for batch, _ in await held(company)] == ([] if closed else ["N500"])

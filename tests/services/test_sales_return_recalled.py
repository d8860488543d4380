"""A recall that comes while returned goods are inspected: they are the recall's, whatever the inspection says."""

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import PostingKind, Status
from domain.stock import Move, Position, Posting
from tests.services.company import Company
from tests.services.test_sales_return import Sale, returns_zone, sold

__all__ = ["returns_zone"]


async def recalled(company: Company, sale: Sale, *, carried: bool) -> None:
    """The batch is sealed; its returned goods are carried to the recall zone, or still wait for it."""
    async with company.write() as tx:
        held = {"batch_id": sale.batch, "kind": "recall", "reason": "召回"}
        await tx.execute(sa.insert(t.hold).values(**held, opened_by=company.admin.person_id))
        if carried:
            places = {row["code"]: row["id"] for row in await tx.rows(sa.select(t.location))}
            owner = await tx.scalar(sa.select(t.legal_entity.c.id))
            back = Position(company.site_id, places["T-01"], Status.RETURNED, owner)
            apart = Position(company.site_id, places["Z-01"], Status.RECALLED, owner)
            move = Move(sale.batch, 4, back, apart)
            await ledger.post(tx, Posting(PostingKind.STATUS_CHANGE, company.admin.person_id, [move]))


@pytest.mark.parametrize("outcome", [{"outcome": "qualified", "to": "A-02"}, {"outcome": "rejected"}])
@pytest.mark.parametrize("carried", [True, False])
async def test_what_is_recalled_during_the_inspection_is_left_to_the_recall(
    company: Company, outcome: dict[str, str], carried: bool
) -> None:
    sale = await sold(company)
    arrived = await sale.arrived(received_quantity=4)
    received = await sale.run.act("sales_return.receive", {"lines": arrived}, "receive#1")
    assert received["lines"]["aggregates"]["any_recalled"] is False
    await recalled(company, sale, carried=carried)
    before = await sale.run.balances()
    inspected = await sale.run.results(received["lines"], [outcome], "inspection#1")
    done = await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    assert (done["qualified"], done["rejected"], done["undecided"]) == (0, 0, 4)
    assert await sale.run.balances() == before

"""Fifty issues at once against a hold and a recall's seal: none commits after it, by the database's own order."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.batches import BatchNotIssuable
from services.actions import ACTIONS
from tests.servers import TestDatabase
from tests.services.company import Company
from tests.services.recalls import Recalling, recalling

ISSUES = 50


async def sealing(recall: Recalling, action: str) -> Mapping[str, Any]:
    """What the action is given."""
    batch = await recall.stock("R101", 1_000)
    if action == "quality.hold_batch":
        return {"batch": str(batch), "reason": "待查"}
    opened = await recall.act("recall.open")
    lines = await recall.answered(opened["lines"], {"outcome": "recalled"})
    return {**recall.given, "lines": lines}


@pytest.mark.parametrize("action", ["quality.hold_batch", "recall.seal"])
async def test_no_issue_commits_after_the_seal_by_the_order_of_transactions(
    company: Company, database: TestDatabase, action: str
) -> None:
    recall = await recalling(company)
    given = await sealing(recall, action)
    wide = Database(database.app_url, pool_size=ISSUES + 2)
    recall.company = replace(company, platform=replace(company.platform, database=wide))
    some = asyncio.Event()

    async def issue() -> bool:
        try:
            await recall.issue("R101", 1)
        except BatchNotIssuable:
            return False
        some.set()
        return True

    async def seal() -> str:
        await some.wait()  # some have left by then, most are under way
        async with recall.company.write() as tx:
            context = recall.company.context(tx, recall.run, "seal#1")
            await ACTIONS[action](context, dict(given))
            return str(await tx.scalar(sa.text("SELECT pg_current_snapshot()::text")))

    snapshot, *went = await asyncio.gather(seal(), *(issue() for _ in range(ISSUES)))
    m = t.move.c
    known = sa.func.pg_visible_in_snapshot(
        m.tx, sa.text("CAST(:snapshot AS pg_snapshot)").bindparams(snapshot=snapshot)
    )
    async with wide.read() as tx:
        rows = await tx.rows(sa.select(known.label("before")).where(m.to_kind == "customer"))
    await wide.close()
    assert len(rows) == went.count(True) >= 1
    assert all(row["before"] for row in rows)
    recall.company = company
    with pytest.raises(BatchNotIssuable):
        await recall.issue("R101", 1)

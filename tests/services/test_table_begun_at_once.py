"""Two who begin a decision table of one key at the same moment: one has it, the other is told."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from services import decision_table_editing
from services.decision_table_editing import TableTaken
from tests.services.company import Company


async def test_a_table_is_begun_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    load, both = decision_table_editing.load, asyncio.Barrier(2)

    async def together(*given: Any, **more: Any) -> Any:
        await both.wait()
        return await load(*given, **more)

    monkeypatch.setattr(decision_table_editing, "load", together)
    begun = (
        decision_table_editing.begin(company.platform, "freight", "运费", "Freight", actor=actor)
        for actor in (company.author, company.admin)
    )
    answers = await asyncio.gather(*begun, return_exceptions=True)
    assert [type(one) for one in answers if isinstance(one, BaseException)] == [TableTaken]
    async with company.database.read() as tx:
        kept = await tx.scalar(sa.select(sa.func.count()).where(t.decision_table_version.c.key == "freight"))
    assert kept == 1


async def test_tables_of_different_keys_are_begun_together(company: Company) -> None:
    begun = (
        decision_table_editing.begin(company.platform, key, "运费", "Freight", actor=company.author)
        for key in ("freight", "freight_cold")
    )
    assert [row.key for row in await asyncio.gather(*begun)] == ["freight", "freight_cold"]

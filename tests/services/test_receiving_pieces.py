"""Goods with serials that were accepted in part: the accepted pieces are scanned before their list is completed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.pieces import SerialsNotScanned
from tests.servers import TestDatabase
from tests.services.shipping import Outbound, gs1
from tests.ui.house import line, open_house

PIECES = ("S1", "S2", "S3")
PART: dict[str, Any] = {
    "accepted_quantity": 2,
    "rejected_quantity": 1,
    "reason": "破损",
    "handling": "destroy",
}


@pytest.fixture
async def run(database: TestDatabase) -> AsyncIterator[Outbound]:
    """A delivery of three pieces of which two were accepted; the keeper has answered where they are put."""
    async with open_house(database.app_url) as house:
        made = Outbound(house.world, house.engine)
        made.run = await house.run("1", [line(1, "M1", "B1", 3, serials=list(PIECES))])
        await house.arrive(made.run)
        await made.claim("acceptance", "wang")
        await house.decide(await house.task_of(made.run, "acceptance"), outcome="partial", **PART)
        await made.finish("acceptance", "wang", outcome="done")
        await made.claim("put_away", "sun")
        await made.answer("put_away", "sun", 1, {"location": "A-01"})
        yield made


@pytest.mark.parametrize("scanned", [(), ("S1",), PIECES])
async def test_another_number_of_pieces_is_refused_and_no_incident(
    run: Outbound, scanned: tuple[str, ...]
) -> None:
    for serial in scanned:
        assert (await run.scan("put_away", "sun", gs1("M1", "B1", serial))).verdict == "matched"
    with pytest.raises(SerialsNotScanned) as refused:
        await run.finish("put_away", "sun", outcome="done")
    assert refused.value.message("zh") == f"第 1 行逐件追溯：须扫描 2 件，已扫描 {len(scanned)} 件"
    assert (await run.state())[0] == "running"


async def test_the_scanned_pieces_are_the_accepted_ones(run: Outbound) -> None:
    for serial in ("S1", "S3"):
        await run.scan("put_away", "sun", gs1("M1", "B1", serial))
    await run.finish("put_away", "sun", outcome="done")
    p = t.serial_place.c
    rows = await run.world.rows(
        sa.select(t.serial.c.number, p.status).join(t.serial_place, p.serial_id == t.serial.c.id)
    )
    there = {row["number"]: row["status"] for row in rows}
    assert there == {"S1": "qualified", "S2": "rejected", "S3": "qualified"}
    assert await run.state() == ("completed", "completed")

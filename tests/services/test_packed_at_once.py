"""A case that is picked whole while somebody puts a box into it: what stands in it goes along."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.services.test_shipping_scans import case
from tests.stand_in_engine import StandInEngine
from tests.waiting import waits_or_ends
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    yield made
    await opened.close()


async def test_a_box_put_into_a_case_that_is_being_picked_goes_along(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    picked = await case(outbound, ("B1", 2, ["S1", "S2"]), closed=False)
    box = await case(outbound, closed=False)
    await outbound.begin(("M1", 2))
    await outbound.claim("pick", "he")
    assert (await outbound.scan("pick", "he", f"]C100{picked}")).verdict == "matched"
    p = t.package.c
    async with outbound.world.write() as tx:
        above = await tx.scalar(sa.select(p.id).where(p.sscc == picked))
        await tx.execute(sa.update(t.package).where(p.sscc == box).values(parent_id=above))
        picking = asyncio.create_task(outbound.finish("pick", "he", outcome="done"))
        await waits_or_ends(outbound.world.database, picking)
    await picking
    rows = await outbound.world.rows(
        sa.select(p.sscc, t.location.c.code).join(t.location, t.location.c.id == p.location_id)
    )
    assert {row["sscc"]: row["code"] for row in rows} == {picked: "F-01", box: "F-01"}

"""Which pieces with serials stand where: by site, batch and status, by pages; a blind count hides its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.session import Database
from services import opening_stock, stock
from services.actions import ACTIONS, UNDOS
from services.opening_stock import OpeningLine
from services.permissions import NotPermitted, Permission
from tests.servers import TestDatabase
from tests.services.counting import KEY as COUNTS
from tests.services.counting import STAFF as COUNTERS
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.ui.house import put_in_force
from tests.world import make_world

COUNTER, STOCK_READ = "sun", Permission.STOCK_READ.value


@pytest.fixture
async def house(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    made = Outbound(await make_world(opened, (engine := StandInEngine(opened, ACTIONS, UNDOS))), engine)
    await put_in_force(made.world, COUNTS, COUNTERS)
    yield made
    await opened.close()


async def seen(house: Outbound, who: str = "admin", **asked: str) -> list[tuple[str, str, str]]:
    """Serial, location and status of what somebody is shown, by pages of two."""
    found, after = [], None
    while True:
        actor = await house.world.actor(who)
        if who == COUNTER:  # in the demo company counters may read the stock
            may = (*(replace(one, permissions=one.permissions | {STOCK_READ}) for one in actor.assignments),)
            actor = replace(actor, assignments=may, permissions=actor.permissions | {Permission.STOCK_READ})
        page = await stock.pieces(house.world.platform, actor=actor, limit=2, after=after, **asked)
        assert len(page.items) <= 2
        found += [(row.serial, row.location_code, row.status) for row in page.items]
        if page.next is None:
            return sorted(found)
        after = page.items[-1].serial_id


async def test_pieces_are_listed_where_they_stand(house: Outbound) -> None:
    await house.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    await house.serials("A-02", "M1", "B2", "T1")
    await house.stock("A-01", "M2", "C7", 5)
    shelved = [(serial, "A-01", "qualified") for serial in ("S1", "S2", "S3")]
    assert await seen(house) == [*shelved, ("T1", "A-02", "qualified")]
    assert await seen(house, batch="M1:B1") == shelved
    assert await seen(house, site="UR1") == []
    assert await seen(house, status="quarantine") == []
    with pytest.raises(NotPermitted):
        await seen(house, "postless")


async def test_who_counts_is_not_told_which_pieces_stand_there(house: Outbound) -> None:
    await house.serials("A-01", "M1", "B1", "S1", "S2")
    before = await seen(house, COUNTER)
    assert len(before) == 2
    await house.start()
    assert await seen(house, COUNTER) == []
    assert await seen(house) == before


async def test_opening_stock_is_counted_in_with_its_serials(house: Outbound) -> None:
    admin = await house.world.actor("admin")
    line = OpeningLine("M1", "B9", None, None, "A-01", 2, ("P1", "P2"))
    await opening_stock.count_in(house.world.platform, "SH1", [line], reason="期初", actor=admin)
    assert [serial for serial, _, _ in await seen(house)] == ["P1", "P2"]

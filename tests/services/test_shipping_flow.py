"""From the sales order to the customer: what the ledger says after each hand-over, and what stops it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.sop_progress.refusals import NotSegregated
from services import tasks
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(database: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(database.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    yield made
    await opened.close()


async def test_an_order_leaves_and_the_books_say_so(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "A1", 100)
    await outbound.begin(("M1", 30))
    assert await outbound.reserved() == 30
    await outbound.pick()
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 70, ("A1", "F-01", "qualified"): 30}
    assert await outbound.reserved() == 30
    await outbound.review()
    await outbound.pack({"package": 1, "package_count": 3})
    await outbound.load()
    await outbound.hand_over(3)
    assert await outbound.state() == ("completed", "completed")
    assert await outbound.balances() == {("A1", "A-01", "qualified"): 70}
    assert await outbound.reserved() == 0
    assert await outbound.order_state() == ("closed", [30])
    shipment = await outbound.shipment()
    assert shipment["state"] == "closed"
    assert {
        name: shipment["header"][name] for name in ("carrier", "vehicle", "driver", "received_by", "packages")
    } == {
        "carrier": "迅达",
        "vehicle": "沪A12345",
        "driver": "张师傅",
        "received_by": "张师傅",
        "packages": 3,
    }
    [line] = await outbound.shipment_lines()
    people = outbound.world.people
    assert (line["quantity"], line["batch_number"], line["order_line_no"]) == (30, "A1", 1)
    assert (line["data"]["picker"], line["data"]["reviewer"]) == (str(people["he"]), str(people["feng"]))
    assert line["data"]["quality"] == "normal"
    assert {line["data"][name] for name in ("picked", "reviewed")} == {30}
    m, p = t.move.c, t.posting.c
    [move] = await outbound.world.rows(
        sa.select(m.quantity, m.document_line_id, p.document_id, m.to_kind)
        .join(t.posting, p.id == m.posting_id)
        .where(p.kind == "issue")
    )
    assert move == {
        "quantity": 30,
        "document_line_id": line["id"],
        "document_id": shipment["id"],
        "to_kind": "customer",
    }
    rows = await outbound.world.rows(sa.select(t.package.c.state, t.package.c.number))
    assert sorted((row["state"], row["number"]) for row in rows) == [("shipped", n) for n in (1, 2, 3)]

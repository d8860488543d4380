"""Goods come back once: by a return or by a recall, and who counts the boxes hears it, not an incident."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import references
from db.session import Database
from domain.batches import PlaceKind, PostingKind, Status
from domain.master_data import ZoneIn
from domain.returns import ReturnExceedsSale
from domain.stock import Move, Position, Posting
from services import runs, zones
from services.actions import ACTIONS, UNDOS
from services.permissions import Permission
from tests import goods
from tests.servers import TestDatabase
from tests.services.recall_runs import begin, called, confirm, do, sold, work
from tests.services.shipping import STAFF, Outbound
from tests.stand_in_engine import StandInEngine
from tests.ui.house import House, open_house, put_in_force
from tests.world import World, make_world

SELLER = [str(one) for one in (Permission.TASK_WORK, Permission.DOCUMENT_READ, Permission.RUN_START)]


async def given_back(world: World, batch: UUID, quantity: int, zone: str, status: Status) -> None:
    """Some of what C2 bought comes back by another door."""
    async with world.write() as tx:
        site = await references.site(tx, "SH1")
        customer = await references.party(tx, "C2")
        assert site is not None and customer is not None
        places = {place.code: place.location_id for place in await references.places(tx, site.id)}
        to = Position(site.id, places[zone], status, site.legal_entity_id)
        move = Move(batch, quantity, PlaceKind.CUSTOMER, to, party_id=customer.id)
        await ledger.post(tx, Posting(PostingKind.CUSTOMER_RETURN, world.people["admin"], [move]))


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    """Five of A1 went to C2, which wants to return all of it."""
    opened = Database(working.app_url)
    made = Outbound(await make_world(opened, engine := StandInEngine(opened, ACTIONS, UNDOS)), engine)
    await made.prepare()
    await put_in_force(made.world, "sales_return", (*STAFF, "li", "wang"))
    async with made.world.write() as tx:
        zone = ZoneIn.model_validate(goods.zone("T", "returned", "ambient", "T-01"))
        await zones.put_zone(tx, made.world.sites["SH1"], zone)
        await tx.execute(sa.update(t.post).where(t.post.c.code == "sales").values(permissions=SELLER))
    await made.stock("A-01", "M1", "A1", 9)
    await made.begin(("M1", 5))
    await made.pick()
    await made.review()
    await made.pack()
    await made.load()
    await made.hand_over()
    shipment = str((await made.shipment())["id"])
    seller = await made.world.actor("cao")
    made.run = (
        await runs.start(made.world.platform, "sales_return", {"shipment": shipment}, actor=seller)
    ).row.id
    await made.listed("request", "cao", "return", ({"reason": "订错"},))
    yield made
    await opened.close()


async def test_what_has_come_back_already_is_not_received_again(outbound: Outbound) -> None:
    batch = await outbound.world.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "A1"))
    await given_back(outbound.world, batch, 3, "T-01", Status.RETURNED)
    await outbound.claim("arrival", "li")
    with pytest.raises(ReturnExceedsSale) as refused:
        await outbound.answer("arrival", "li", 1, {}, "received")
    assert "尚有 2，退货 5" in refused.value.message("zh")
    await outbound.answer("arrival", "li", 1, {"received_quantity": 2}, "received")
    await outbound.finish("arrival", "li", outcome="done")
    assert (await outbound.state())[0] == "running"


async def test_a_list_is_looked_at_once_more_when_it_is_completed(outbound: Outbound) -> None:
    batch = await outbound.world.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "A1"))
    await outbound.claim("arrival", "li")
    await outbound.answer("arrival", "li", 1, {}, "received")
    await given_back(outbound.world, batch, 1, "T-01", Status.RETURNED)
    with pytest.raises(ReturnExceedsSale):
        await outbound.finish("arrival", "li", outcome="done")
    await outbound.answer("arrival", "li", 1, {"reason": "已由召回收回"}, "missing")
    await outbound.finish("arrival", "li", outcome="done")
    assert await outbound.state() == ("completed", "not_returned")


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(database.app_url) as made:
        yield made


async def test_a_recall_takes_back_no_more_than_the_consignee_has(house: House) -> None:
    batch = await sold(house)
    await begin(house)
    await confirm(house)
    (child,) = await called(house)
    await do(house, child, "acknowledged", "recaller", "confirmed", by="药剂科", channel="phone")
    await work(house, child, "answer", "recaller", on_hand=8, consumed=0, destroyed=0)
    await given_back(house.world, batch, 3, "Z-01", Status.RECALLED)
    with pytest.raises(ReturnExceedsSale):
        await work(house, child, "returned", "li", returned_quantity=8, reason="点数")
    await work(house, child, "returned", "li", returned_quantity=5, reason="三盒已先退回")
    state = sa.select(t.run.c.state, t.run.c.outcome).where(t.run.c.id == child)
    assert [tuple(row.values()) for row in await house.world.rows(state)] == [("completed", "recovered")]

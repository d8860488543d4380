"""Pages of sales and transfers: orders entered in the browser, what is wrong beside its field, stock on the way."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from domain.batches import PlaceKind, PostingKind, Status
from domain.master_data import PartyIn
from domain.stock import Move, Position, Posting
from services import parties
from tests.services.sales import customer
from tests.ui.house import House

LINE = {"material": "M1", "quantity": "10", "unit": "盒"}


def posted(**more: str) -> dict[str, str]:
    """The form of a sales order with one line."""
    head = {"number": "SO-1", "customer": "C9", "site": "SH1", "ordered_on": "2026-11-20"}
    return {**head, **{f"lines.0.{name}": value for name, value in LINE.items()}, **more}


async def new_customer(house: House) -> None:
    async with house.world.write() as tx:
        await parties.create_in(tx, PartyIn.model_validate(customer()))


async def test_a_seller_enters_an_order_and_reads_it(house: House) -> None:
    await new_customer(house)
    async with house.as_person("admin") as client:
        form = await client.get("/documents/new/sales_order")
        assert "医院C9" in form.text
        answer = await client.post("/documents/new/sales_order", data=posted(**{"lines.0.price": "12.50"}))
        assert answer.status_code == 303
        page = await client.get(answer.headers["location"])
    assert "SO-1" in page.text
    assert "已发货" in page.text
    assert "12.50" in page.text and "125.00" in page.text


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(house: House) -> None:
    await new_customer(house)
    async with house.as_person("admin") as client:
        wrong = posted(**{"lines.0.material": "NO", "lines.0.price": "12,5"})
        answer = await client.post("/documents/new/sales_order", data=wrong)
        assert answer.status_code == 422
        assert 'value="12,5"' in answer.text
        answer = await client.post("/documents/new/sales_order", data=posted(**{"lines.0.material": "NO"}))
        assert answer.status_code == 422
        assert "没有商品 NO" in answer.text
    async with house.world.database.read() as tx:
        c = t.document.c
        assert await tx.scalar(sa.select(sa.func.count()).where(c.kind == "sales_order")) == 0


async def test_a_transfer_is_entered_and_its_goods_are_seen_on_the_way(house: House) -> None:
    async with house.as_person("admin") as client:
        head = {"number": "TR-1", "site": "SH1", "to_site": "UR1", "ordered_on": "2026-11-20"}
        line = {f"lines.0.{name}": value for name, value in LINE.items()}
        same = await client.post("/documents/new/transfer", data={**head, "to_site": "SH1", **line})
        assert same.status_code == 422
        answer = await client.post("/documents/new/transfer", data={**head, **line})
        assert answer.status_code == 303, answer.text
        await _send(house, UUID(answer.headers["location"].rpartition("/")[2].partition("?")[0]))
        page = await client.get("/stock")
        assert "仓库间在途" in page.text
        assert "TR-1" in page.text
        assert "仓库间在途" not in (await client.get("/stock?status=qualified")).text
        before = await client.get("/stock?at=2026-01-01")
        assert "仓库间在途" not in before.text


async def _send(house: House, document_id: UUID) -> None:
    """Nine of a batch leave SH1 on the transfer."""
    admin = await house.actor("admin")
    async with house.world.write() as tx:
        site = await tx.one(sa.select(t.site.c.id, t.site.c.legal_entity_id).where(t.site.c.code == "SH1"))
        loc, m, batch = t.location.c, t.material.c, new_id()
        place = await tx.scalar(sa.select(loc.id).where(loc.site_id == site["id"], loc.code == "A-01"))
        of = await tx.one(sa.select(m.id, m.manufacturer_id).where(m.code == "M1"))
        row = {"id": batch, "material_id": of["id"], "manufacturer_id": of["manufacturer_id"], "number": "B9"}
        await tx.execute(sa.insert(t.batch).values(**row, expires_on=datetime(2099, 1, 1, tzinfo=UTC).date()))
        at = Position(site["id"], place, Status.QUALIFIED, site["legal_entity_id"])
        found = Move(batch, 20, PlaceKind.COUNT, at)
        await ledger.post(tx, Posting(PostingKind.COUNT_ADJUSTMENT, admin.person_id, (found,)))
        sent = Move(batch, 9, at, PlaceKind.TRANSIT)
        out = Posting(PostingKind.TRANSFER_OUT, admin.person_id, (sent,), document_id=document_id)
        await ledger.post(tx, out)
        await tx.execute(
            sa.update(t.document).where(t.document.c.id == document_id).values(state="in_process")
        )

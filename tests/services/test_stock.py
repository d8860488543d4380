"""Stock as it is read: by material, batch, site and status, within the row scope; batches by id or number."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries.stock import balance_differences
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import NotFound
from domain.master_data import MaterialIn, PartyIn
from domain.stock import Move, Position, Posting
from services import materials, parties, stock
from services.permissions import NotPermitted
from tests.services.company import MATERIALS, Company, advised, at_site, powerless
from tests.services.deliveries import Delivery, delivery


async def booked_in(company: Company) -> Delivery:
    run = await delivery(company, advised(), advised(2, quantity=20))
    accepted = await run.accept({"outcome": "accepted"}, {"outcome": "rejected", "reason": "破损"})
    await run.book_in(accepted, {"location": "A-01"}, {})
    return run


async def test_positions_are_found_by_what_one_knows_of_them(company: Company) -> None:
    await booked_in(company)
    everything = await stock.rows(company.platform, actor=company.admin)
    assert [(row.batch_number, row.location_code, row.status, row.quantity) for row in everything.items] == [
        ("B1", "A-01", "qualified", 40),
        ("B2", "R-01", "rejected", 20),
    ]
    assert [row.issuable for row in everything.items] == [True, False]
    rejected = await stock.rows(company.platform, actor=company.admin, status="rejected")
    of_batch = await stock.rows(company.platform, actor=company.admin, batch="M1:B2")
    assert [row.batch_number for row in [*rejected.items, *of_batch.items]] == ["B2", "B2"]
    assert (
        len((await stock.rows(company.platform, actor=company.admin, material="M1", site="SH1")).items) == 2
    )
    assert (await stock.rows(company.platform, actor=company.admin, site="UR1")).items == []
    with pytest.raises(NotFound):
        await stock.rows(company.platform, actor=company.admin, material="M77")


async def test_the_past_is_read_from_the_ledger(company: Company) -> None:
    run = await delivery(company)
    await run.match()
    await run.place()
    between = datetime.now(UTC)
    lines = run.outputs["receiving.match_order"]["lines"]
    accepted = await run.results(lines, [{"outcome": "accepted"}], "acceptance#1")
    await run.act("receiving.record_acceptance", {"lines": accepted}, "record#1")
    await run.book_in(accepted, {"location": "A-01"})
    then = await stock.rows(company.platform, actor=company.admin, at=between)
    assert [(row.location_code, row.status) for row in then.items] == [("W-01", "quarantine")]
    async with company.database.read() as tx:
        assert await balance_differences(tx) == []


async def test_another_sites_stock_is_not_seen(company: Company) -> None:
    await booked_in(company)
    elsewhere = at_site(company, UUID(int=1))
    assert (await stock.rows(company.platform, actor=elsewhere)).items == []
    with pytest.raises(NotPermitted):
        await stock.rows(company.platform, actor=powerless(company))
    with pytest.raises(NotPermitted):
        await stock.batch(company.platform, "M1:B1", actor=powerless(company))


async def test_a_batch_is_found_by_id_and_by_material_and_number(company: Company) -> None:
    await booked_in(company)
    card = await stock.batch(company.platform, "M1:B1", actor=company.admin)
    assert (card.number, card.material_code) == ("B1", "M1")
    assert (await stock.batch(company.platform, card.id, actor=company.admin)).id == card.id
    assert (await stock.batch(company.platform, str(card.id), actor=company.admin)).id == card.id
    for unknown in ("M1:B99", "M99:B1", str(UUID(int=1)), "", ":", "M1:'; DROP TABLE batch;--"):
        with pytest.raises(NotFound):
            await stock.batch(company.platform, unknown, actor=company.admin)


async def same_number(company: Company) -> UUID:
    """B1 of a second manufacturer, both of the first one's material and of a material of its own; B1's id."""
    await booked_in(company)
    maker = PartyIn.model_validate({"code": "MF2", "name": "乙药厂", "roles": ["manufacturer"]})
    await parties.create(company.platform, maker, actor=company.admin)
    body = {**MATERIALS[0], "code": "M8", "manufacturer": "MF2", "gtins": []}
    other = await materials.create(company.platform, MaterialIn.model_validate(body), actor=company.admin)
    async with company.write() as tx:
        maker_id = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "MF2"))
        first = await tx.one_or_none(
            sa.select(t.batch.c.id, t.batch.c.material_id).where(t.batch.c.number == "B1")
        )
        assert first is not None
        for material_id in (first["material_id"], other.id):
            await tx.execute(
                sa.insert(t.batch).values(material_id=material_id, manufacturer_id=maker_id, number="B1")
            )
    made: UUID = first["id"]
    return made


async def test_a_number_that_two_manufacturers_use_is_ambiguous(company: Company) -> None:
    first = await same_number(company)
    with pytest.raises(stock.AmbiguousBatch) as refused:
        await stock.batch(company.platform, "M1:B1", actor=company.admin)
    assert str(first) in refused.value.message("zh") and str(first) in refused.value.params["ids"]
    assert (await stock.batch(company.platform, "M8:B1", actor=company.admin)).material_code == "M8"
    with pytest.raises(stock.AmbiguousBatch) as refused:
        await stock.batch(company.platform, "B1", actor=company.admin)
    assert "M8:B1" in refused.value.message("en") and "乙药厂" in refused.value.message("zh")


async def test_a_list_asked_for_a_number_shows_the_batches_of_all_materials(company: Company) -> None:
    first = await same_number(company)
    other = (await stock.batch(company.platform, "M8:B1", actor=company.admin)).id
    async with company.write() as tx:
        here = await tx.one(sa.select(t.balance).where(t.balance.c.batch_id == first).limit(1))
        supplier = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S1"))
        waiting = sa.select(t.location.c.id).where(t.location.c.code == "W-01").limit(1)
        place = Position(here["site_id"], await tx.scalar(waiting), Status.QUARANTINE, here["owner_id"])
        move = Move(other, 3, PlaceKind.SUPPLIER, place, party_id=supplier)
        await ledger.post(tx, Posting(PostingKind.RECEIPT, company.admin.person_id, [move]))

    async def shown(batch: str, material: str | None = None) -> set[str]:
        page = await stock.rows(company.platform, actor=company.admin, batch=batch, material=material)
        return {row.material_code for row in page.items}

    assert await shown(batch="B1") == {"M1", "M8"}
    assert await shown(batch="Ｂ１") == {"M1", "M8"}
    assert await shown(batch="B1", material="M8") == {"M8"}
    assert await shown(batch="M8:B1") == {"M8"}
    with pytest.raises(NotFound):
        await shown(batch="B99")

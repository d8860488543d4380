"""Reservations under way: carried with the goods, used up, released by a seal; many at once, none lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ledger
from db import tables as t
from db.queries.reservations import reserved_differences
from db.queries.stock import balance_differences
from db.session import Database, Transaction
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.errors import Refusal
from domain.master_data import MaterialIn
from domain.reservations import NotReserved, Reserved, StockReserved
from domain.stock import Move, Position, Posting
from services import materials, reservations
from services.action_context import ActionRefused
from services.reservations import Taker
from tests import goods
from tests.servers import TestDatabase
from tests.services.company import Company, company_in
from tests.services.sales import Sale, new_customer, ordered, reserved, sale, sales_order, shelve

AT_ONCE = 40
TEN = [f"T{number}" for number in range(10)]


async def place(company: Company, code: str, status: Status = Status.QUALIFIED) -> Position:
    loc = t.location.c
    async with company.database.read() as tx:
        entity = await tx.scalar(sa.select(t.site.c.legal_entity_id).where(t.site.c.id == company.site_id))
        found = await tx.scalar(sa.select(loc.id).where(loc.site_id == company.site_id, loc.code == code))
    return Position(company.site_id, found, status, entity)


async def promised(company: Company) -> list[Reserved]:
    """All open reservations."""
    c = t.reservation.c
    async with company.database.read() as tx:
        rows = await tx.rows(sa.select(t.reservation).where(c.state == "open").order_by(c.id))
    return [
        Reserved(
            row["document_line_id"],
            row["batch_id"],
            Position(row["site_id"], row["location_id"], Status.QUALIFIED, row["owner_id"]),
            row["quantity"],
        )
        for row in rows
    ]


def taker(company: Company, sold: Sale | None = None, path: str = "x#1") -> Taker:
    return Taker(company.admin.person_id, sold.run.id if sold else None, path)


async def carry(company: Company, tx: Transaction, one: Reserved, target: Position, quantity: int) -> None:
    moves = (Move(one.batch_id, quantity, one.position, target),)
    posting = Posting(PostingKind.PUT_AWAY, company.admin.person_id, moves)
    await reservations.carry(tx, posting, [one.line_id], by=taker(company))


async def issue(company: Company, tx: Transaction, one: Reserved, quantity: int, customer: UUID) -> None:
    leaving = Reserved(one.line_id, one.batch_id, one.position, quantity)
    await reservations.consume(tx, [leaving], by=taker(company))
    moves = (Move(one.batch_id, quantity, one.position, PlaceKind.CUSTOMER, party_id=customer),)
    await ledger.post(tx, Posting(PostingKind.ISSUE, company.admin.person_id, moves))


async def seal(company: Company, tx: Transaction, batch_id: UUID) -> list[Any]:
    values = {"kind": "recall", "reason": "召回", "opened_by": company.admin.person_id}
    await tx.execute(sa.insert(t.hold).values(batch_id=batch_id, **values))
    return await reservations.release_batches(tx, [batch_id], by=taker(company), reason="召回")


async def consistent(company: Company) -> None:
    async with company.database.read() as tx:
        assert await balance_differences(tx) == []
        assert await reserved_differences(tx) == []


async def test_goods_stay_promised_where_they_are_carried_to_and_leave_by_what_is_used(
    company: Company,
) -> None:
    customer = await new_customer(company)
    await shelve(company, "B1", 30)
    sold = await sale(company)
    await sold.allocate()
    (mine,) = await promised(company)
    async with company.write() as tx:
        await carry(company, tx, mine, await place(company, "A-02"), 6)
    assert await reserved(company) == {("B1", "A-01"): (24, 4), ("B1", "A-02"): (6, 6)}
    there = next(one for one in await promised(company) if one.quantity == 6)
    async with company.write() as tx:
        await issue(company, tx, there, 5, customer)
    assert await reserved(company) == {("B1", "A-01"): (24, 4), ("B1", "A-02"): (1, 1)}
    with pytest.raises(NotReserved) as refused:
        async with company.write() as tx:
            await issue(company, tx, there, 2, customer)
    assert (refused.value.params["reserved"], refused.value.params["wanted"]) == (1, 2)
    await consistent(company)


async def test_nobody_uses_what_is_promised_to_another_line(company: Company) -> None:
    customer = await new_customer(company)
    await shelve(company, "B1", 10)
    first, second = await sale(company), await sale(company, sales_order("SO2"))
    await first.allocate()
    (mine,) = await promised(company)
    async with company.database.read() as tx:
        c = t.document_line.c
        other = await tx.scalar(sa.select(c.id).where(c.document_id == second.order_id))
    with pytest.raises(NotReserved):
        async with company.write() as tx:
            await issue(company, tx, Reserved(other, mine.batch_id, mine.position, 10), 10, customer)
    with pytest.raises(StockReserved):
        await _leave(company, mine.batch_id, mine.position, customer)


async def _leave(company: Company, batch_id: UUID, position: Position, customer: UUID) -> None:
    """An issue that asks no reservation."""
    moves = (Move(batch_id, 1, position, PlaceKind.CUSTOMER, party_id=customer),)
    async with company.write() as tx:
        await ledger.post(tx, Posting(PostingKind.ISSUE, company.admin.person_id, moves))


async def test_a_seal_releases_what_was_promised_and_names_the_orders(company: Company) -> None:
    await new_customer(company)
    batch = await shelve(company, "B1", 30)
    await shelve(company, "B2", 30, location="A-02")
    sold = await sale(company)
    await sold.act("sales.release_order")
    await sold.allocate()
    async with company.write() as tx:
        (told,) = await seal(company, tx, batch)
    assert (told.number, told.line_no, told.quantity) == ("SO1", 1, 10)
    assert (told.document_id, told.run_id) == (sold.order_id, sold.run.id)
    assert await reserved(company) == {("B1", "A-01"): (30, 0), ("B2", "A-02"): (30, 0)}
    again = await sale(company, sales_order("SO2"))
    assert [line["batch_number"] for line in await again.allocate()] == ["B2"]


async def test_a_seal_of_one_site_leaves_the_others(company: Company) -> None:
    await new_customer(company)
    batch = await shelve(company, "B1", 30)
    sold = await sale(company)
    await sold.allocate()
    async with company.database.read() as tx:
        other = await tx.scalar(sa.select(t.site.c.id).where(t.site.c.code == "UR1"))
    async with company.write() as tx:
        nothing = await reservations.release_batches(tx, [batch], by=taker(company), reason="", site_id=other)
    assert nothing == []
    assert await reserved(company) == {("B1", "A-01"): (30, 10)}


async def _ten_materials(company: Company, stock: int) -> None:
    """Ten materials, each on two batches at two places."""
    async with company.write() as tx:
        for code in TEN:
            await materials.create_in(tx, MaterialIn.model_validate(goods.material(code)))
    for code in TEN:
        await shelve(company, f"{code}-1", stock // 2, material=code)
        await shelve(company, f"{code}-2", stock - stock // 2, material=code, location="A-02")


async def test_forty_at_once_allocate_the_same_ten_materials_and_none_is_lost(
    company: Company, database: TestDatabase
) -> None:
    await new_customer(company)
    await _ten_materials(company, 3 * AT_ONCE)
    sold = [
        await sale(company, sales_order(f"SO{number}", *_in_some_order(number)))
        for number in range(AT_ONCE + 1)
    ]
    wide = Database(database.app_url, pool_size=AT_ONCE)
    for one in sold[:AT_ONCE]:
        one.company = replace(company, platform=replace(company.platform, database=wide))
    lines = await asyncio.gather(*(one.allocate() for one in sold[:AT_ONCE]))
    await wide.close()
    for found in lines:
        got: Counter[str] = Counter()
        for line in found:
            got[line["material"]] += line["quantity"]
        assert got == Counter(dict.fromkeys(TEN, 3))
    assert set((await reserved(company)).values()) == {(60, 60)}
    with pytest.raises(ActionRefused, match="缺 3 盒"):
        await sold[AT_ONCE].allocate()
    await consistent(company)


def _in_some_order(number: int) -> list[dict[str, Any]]:
    codes = TEN[number % 10 :] + TEN[: number % 10]
    codes = codes[::-1] if number % 2 else codes
    return [ordered(line, 3, material) for line, material in enumerate(codes, 1)]


@dataclass
class Rush:
    """Three batches on two shelves and six orders, and what people do with them at once."""

    company: Company
    customer: UUID
    batches: list[UUID]
    sold: list[Sale]
    sealed: set[UUID] = field(default_factory=set)

    async def mine(self, which: int) -> Reserved | None:
        found = [one for one in await promised(self.company) if one.batch_id in self.batches]
        return found[which % len(found)] if found else None

    async def allocate(self, which: int, _: int) -> None:
        await self.sold[which].allocate(partial=True)

    async def undo(self, which: int, _: int) -> None:
        if "outbound.allocate" in self.sold[which].outputs:
            await self.sold[which].undo("outbound.release_allocation", "outbound.allocate")

    async def carry(self, which: int, quantity: int) -> None:
        shelves = [await place(self.company, "A-01"), await place(self.company, "A-02")]
        if one := await self.mine(which):
            target = next(shelf for shelf in shelves if shelf != one.position)
            async with self.company.write() as tx:
                await carry(self.company, tx, one, target, min(quantity, one.quantity))

    async def issue(self, which: int, quantity: int) -> None:
        if one := await self.mine(which):
            async with self.company.write() as tx:
                await issue(self.company, tx, one, min(quantity, one.quantity), self.customer)

    async def seal(self, which: int, _: int) -> None:
        batch_id = self.batches[which % 3]
        async with self.company.write() as tx:
            await seal(self.company, tx, batch_id)
        self.sealed.add(batch_id)

    async def move(self, which: int, quantity: int) -> None:
        shelves = [await place(self.company, "A-01"), await place(self.company, "A-02")]
        source, target = shelves if which % 2 else shelves[::-1]
        moves = (Move(self.batches[which % 3], quantity, source, target),)
        async with self.company.write() as tx:
            await ledger.post(tx, Posting(PostingKind.PUT_AWAY, self.company.admin.person_id, moves))

    async def step(self, what: str, which: int, quantity: int) -> None:
        """One thing that somebody does; a refusal is an answer, anything else is a defect."""
        with suppress(Refusal):
            await getattr(self, what)(which, quantity)


steps = st.lists(
    st.tuples(
        st.sampled_from(["allocate", "carry", "issue", "seal", "undo", "move"]),
        st.integers(0, 5),
        st.integers(1, 12),
    ),
    min_size=4,
    max_size=14,
)


@pytest.fixture(scope="module")
def worlds() -> dict[str, Any]:
    return {"round": 0}


@asynccontextmanager
async def _company(database: TestDatabase, worlds: dict[str, Any]) -> AsyncIterator[Company]:
    """The company of all rounds, with connections of its own in each."""
    if "company" not in worlds:
        async with company_in(database.app_url) as made:
            worlds["customer"] = await new_customer(made)
        worlds["company"] = made
    opened = Database(database.app_url, pool_size=8)
    try:
        company = worlds["company"]
        yield replace(company, platform=replace(company.platform, database=opened))
    finally:
        await opened.close()


async def _rush(company: Company, worlds: dict[str, Any]) -> Rush:
    worlds["round"] += 1
    name = f"R{worlds['round']}"
    batches = [
        await shelve(company, f"{name}-{number}", 20, location=f"A-0{1 + number % 2}") for number in range(3)
    ]
    sold = [await sale(company, sales_order(f"{name}-{number}", ordered(quantity=12))) for number in range(6)]
    return Rush(company, worlds["customer"], batches, sold)


@given(script=steps)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_happens_at_once_nothing_is_promised_twice_and_nobody_waits_in_a_circle(
    module_database: TestDatabase, worlds: dict[str, Any], script: list[tuple[str, int, int]]
) -> None:
    async with _company(module_database, worlds) as company:
        await _play(await _rush(company, worlds), script)


async def _play(rush: Rush, script: list[tuple[str, int, int]]) -> None:
    await asyncio.gather(*(one.allocate(partial=True) for one in rush.sold[:3]))
    await asyncio.gather(*(rush.step(*one) for one in script))
    await consistent(rush.company)
    assert not [one for one in await promised(rush.company) if one.batch_id in rush.sealed]
    for batch_id in rush.sealed:
        with pytest.raises(BatchNotIssuable):
            await _leave(rush.company, batch_id, await place(rush.company, "A-01"), rush.customer)


async def test_a_hold_of_a_run_releases_what_was_promised(company: Company) -> None:
    await new_customer(company)
    await shelve(company, "B1", 30)
    sold = await sale(company)
    await sold.allocate()
    await sold.act("holds.open", lines=sold.outputs["outbound.allocate"]["lines"], reason="待查")
    assert await reserved(company) == {("B1", "A-01"): (30, 0)}
    async with company.database.read() as tx:
        row = await tx.one(sa.select(t.reservation.c.state, t.reservation.c.ended_reason))
    assert (row["state"], row["ended_reason"]) == ("released", "待查")


async def test_goods_carried_and_moved_to_a_place_where_none_stood_yet_do_not_wait_in_a_circle(
    company: Company,
) -> None:
    await new_customer(company)
    source, target = await place(company, "A-01"), await place(company, "A-02")
    for number in range(12):
        batch = await shelve(company, f"N{number}", 40)
        sold = await sale(company, sales_order(f"N{number}", ordered(quantity=10)))
        await sold.allocate()
        (mine,) = [one for one in await promised(company) if one.batch_id == batch]

        async def bring(goods: Reserved = mine) -> None:
            async with company.write() as tx:
                await carry(company, tx, goods, target, 10)

        async def move(batch_id: UUID = batch) -> None:
            moves = (Move(batch_id, 5, source, target),)
            async with company.write() as tx:
                await ledger.post(tx, Posting(PostingKind.PUT_AWAY, company.admin.person_id, moves))

        await asyncio.gather(move(), bring(), move(), move())
        assert (await reserved(company))[f"N{number}", "A-02"] == (25, 10)
        async with company.write() as tx:  # the next order finds only its own batch
            gone = (Move(batch, 15, source, PlaceKind.COUNT), Move(batch, 15, target, PlaceKind.COUNT))
            await ledger.post(tx, Posting(PostingKind.COUNT_ADJUSTMENT, company.admin.person_id, gone))
    await consistent(company)

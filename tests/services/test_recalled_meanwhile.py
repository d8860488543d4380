"""A recall between two steps of a procedure: its goods go where sealed goods go, and the procedure goes on."""

from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from services.action_context import ActionRefused
from tests.services import test_purchase_return as supplier_returns
from tests.services import test_quality_hold_and_destruction as rejected
from tests.services.company import Company, advised
from tests.services.deliveries import delivery
from tests.services.sales import shelve
from tests.services.sealing import recall, recall_zone
from tests.services.test_transfers import Transfer, begin, books

CARRIED = pytest.mark.parametrize("carried", [True, False])
RECALLED = ("Z-01", "recalled")


@pytest.fixture(autouse=True)
async def zone(company: Company) -> None:
    """A recall zone at the company's first site."""
    async with company.write() as tx:
        await recall_zone(tx, company.site_id)


async def sealed(company: Company, number: str, *, carried: bool) -> None:
    async with company.write() as tx:
        batch_id = await tx.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == number))
        await recall(tx, batch_id, company.admin.person_id, carried=carried)


@CARRIED
@pytest.mark.parametrize("serials", [(), ("X1", "X2", "X3")])
async def test_a_delivery_is_booked_in_and_its_recalled_batch_stands_apart(
    company: Company, serials: tuple[str, ...], carried: bool
) -> None:
    more: dict[str, Any] = {"serials": list(serials), "quantity": 3} if serials else {}
    run = await delivery(company, advised(**more), advised(2, quantity=6))
    accepted = await run.accept({"outcome": "accepted"})
    await sealed(company, "B1", carried=carried)
    await run.book_in(accepted, {"location": "A-01"})
    there = {("B1", *RECALLED): 3 if serials else 40, ("B2", "A-01", "qualified"): 6}
    assert await run.balances() == there
    assert run.outputs["receiving.book_in"]["any_recalled"] is True
    c, d = t.document_line.c, t.document.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(c.batch_number, c.data)
            .join(t.document, d.id == c.document_id)
            .where(d.kind == "put_away")
        )
        (state,) = await tx.rows(sa.select(d.state).where(d.kind == "put_away"))
    assert {row["batch_number"]: row["data"].get("recalled", False) for row in rows} == {
        "B1": True,
        "B2": False,
    }
    assert state["state"] == "closed"
    await run.undo("receiving.reverse_booking", "receiving.book_in", {}, "book_in#1/undo")
    back = {("B1", *RECALLED): 3 if serials else 40, ("B2", "W-01", "quarantine"): 6}
    assert await run.balances() == back


async def test_a_delivery_without_a_recall_says_so(company: Company) -> None:
    run = await delivery(company)
    await run.book_in(await run.accept({"outcome": "accepted"}), {"location": "A-01"})
    assert run.outputs["receiving.book_in"]["any_recalled"] is False


@CARRIED
async def test_only_what_no_recall_holds_goes_back_to_the_supplier(company: Company, carried: bool) -> None:
    run = await supplier_returns.stocked(company, advised(), advised(2, quantity=6))
    picked = await run.results(await supplier_returns.ordered(run), [{"outcome": "done"}], "pick#1")
    await sealed(company, "B1", carried=carried)
    given = {"lines": picked, **supplier_returns.CARRIER}
    booked = await run.act("purchase_return.book", given, "book#1")
    assert (booked["quantity"], booked["recalled"], booked["any_recalled"]) == (6, 40, True)
    where = RECALLED if carried else ("A-01", "qualified")
    assert await run.balances() == {("B1", *where): 40}
    assert await run.state_of(booked["record"]) == "closed"


async def test_a_return_to_the_supplier_of_which_nothing_is_left_is_cancelled(company: Company) -> None:
    run = await supplier_returns.stocked(company)
    picked = await run.results(await supplier_returns.ordered(run), [{"outcome": "done"}], "pick#1")
    await sealed(company, "B1", carried=True)
    given = {"lines": picked, **supplier_returns.CARRIER}
    booked = await run.act("purchase_return.book", given, "book#1")
    assert (booked["quantity"], booked["recalled"]) == (0, 40)
    assert await run.state_of(booked["record"]) == "cancelled"


async def test_what_was_recalled_when_it_was_chosen_goes_back_to_the_supplier(company: Company) -> None:
    run = await supplier_returns.stocked(company)
    await sealed(company, "B1", carried=True)
    picked = await run.results(await supplier_returns.ordered(run), [{"outcome": "done"}], "pick#1")
    given = {"lines": picked, **supplier_returns.CARRIER}
    booked = await run.act("purchase_return.book", given, "book#1")
    assert (booked["quantity"], booked["recalled"], await run.balances()) == (40, 0, {})


@CARRIED
async def test_what_was_destroyed_leaves_the_books_wherever_a_recall_has_put_it(
    company: Company, carried: bool
) -> None:
    run, _ = await rejected.rejected_goods(company)
    executed = await run.results(
        await rejected.ordered(run, {"outcome": "destroy"}), [rejected.DONE], "execution#1"
    )
    await sealed(company, "B1", carried=carried)
    booked = await run.act("destruction.book", {"lines": executed}, "record#1")
    assert (booked["quantity"], booked["recalled"]) == (40, 40 if carried else 0)
    assert await run.balances() == {("B2", "A-01", "qualified"): 6}
    assert await run.state_of(booked["record"]) == "closed"


async def test_the_serials_that_were_destroyed_are_those_that_the_recall_carried(company: Company) -> None:
    run, batch_id = await rejected.stocked(company, advised(quantity=2, serials=["X1", "X2"]))
    await run.act("quality.reject_batch", rejected.named(batch_id), "reject#1")
    done = {**rejected.DONE, "destroyed_quantity": 2}
    lines = await rejected.ordered(run, {"outcome": "destroy"})
    executed = await run.results(lines, [done], "execution#1")
    await sealed(company, "B1", carried=True)
    await run.act("destruction.book", {"lines": executed}, "record#1")
    async with company.database.read() as tx:
        rows = await tx.rows(sa.select(t.serial_place.c.kind).where(t.serial_place.c.batch_id == batch_id))
    assert [row["kind"] for row in rows] == ["destroyed", "destroyed"]


async def on_the_way(company: Company) -> Transfer:
    async with company.write() as tx:
        site = await tx.scalar(sa.select(t.site.c.id).where(t.site.c.code == "UR1"))
        await recall_zone(tx, site)
    await shelve(company, "B1", 10)
    moved = await begin(company)
    await moved.send()
    return moved


@CARRIED
@pytest.mark.parametrize("action", ["book_in", "reject_all"])
async def test_a_transfer_is_booked_in_and_its_recalled_batch_stands_apart(
    company: Company, action: str, carried: bool
) -> None:
    moved = await on_the_way(company)
    await moved.arrive()
    await sealed(company, "B1", carried=carried)
    lines = await moved.answered("receive", {"outcome": "accepted", "location": "A-02"})
    done = await moved.act(action, lines=lines)
    told = {"any_recalled": True, "any_rejected_since": False}
    assert done == {"accepted": 0, "rejected": 0, "recalled": 10, **told}
    assert await books(company) == {("UR1", *RECALLED): 10}
    assert (await moved.document())[0] == "closed"
    await moved.undo("reverse_booking", action, lines=lines)
    assert await books(company) == {("UR1", *RECALLED): 10}


async def test_what_was_sealed_on_the_way_comes_in_and_stands_apart(company: Company) -> None:
    moved = await on_the_way(company)
    await sealed(company, "B1", carried=False)
    await moved.arrive()
    lines = await moved.answered("receive", {"outcome": "accepted", "location": "A-02"})
    await moved.act("book_in", lines=lines)
    assert await books(company) == {("UR1", *RECALLED): 10}


async def test_less_than_was_ordered_in_the_recall_zone_is_not_booked(company: Company) -> None:
    run, _ = await rejected.rejected_goods(company)
    lines = await rejected.ordered(run, {"outcome": "destroy"})
    await sealed(company, "B1", carried=True)
    wrong = await run.results(lines, [{**rejected.DONE, "quantity": 39}], "execution#2")
    with pytest.raises(ActionRefused) as refusal:
        await run.act("destruction.book", {"lines": wrong}, "record#1")
    assert refusal.value.name == "stock_changed"

"""Only what came from the supplier goes back to it, at most what it delivered, and nothing that is promised."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move, Position, Posting
from services import line_sets
from services.action_context import ActionRefused
from tests.services.company import Company, advised
from tests.services.deliveries import Delivery, delivery

BACK = {"outcome": "return", "reason": "包装破损"}
CARRIER = {"carrier": "顺风物流", "vehicle": "沪A00001"}


async def stocked(company: Company, *lines: dict[str, Any]) -> Delivery:
    run = await delivery(company, *(lines or (advised(),)))
    await run.book_in(await run.accept({"outcome": "accepted"}), {"location": "A-01"})
    async with company.write() as tx:
        run.run = await company.start_run(tx)
    return run


async def proposed(run: Delivery, supplier: str = "S1") -> Mapping[str, Any]:
    made = await run.act("purchase_return.propose", {"supplier": supplier}, "propose#1")
    lines: Mapping[str, Any] = made["lines"]
    return lines


async def ordered(run: Delivery, **more: Any) -> Mapping[str, Any]:
    chosen = await run.results(await proposed(run), [{**BACK, **more}], "selection#1")
    made = await run.act("purchase_return.prepare", {"supplier": "S1", "lines": chosen}, "order#1")
    lines: Mapping[str, Any] = made["lines"]
    return lines


async def test_what_was_chosen_goes_back_and_stands_in_the_record(company: Company) -> None:
    run = await stocked(company)
    picked = await run.results(await ordered(run, return_quantity=15), [{"outcome": "done"}], "pick#1")
    booked = await run.act("purchase_return.book", {"lines": picked, **CARRIER}, "book#1")
    assert booked["quantity"] == 15
    assert await run.balances() == {("B1", "A-01", "qualified"): 25}
    d = t.document.c
    async with company.database.read() as tx:
        (document,) = await tx.rows(sa.select(t.document).where(d.kind == "purchase_return"))
        (move,) = await tx.rows(sa.select(t.move).where(t.move.c.to_kind == "supplier"))
    assert (document["state"], document["header"]["carrier"]) == ("closed", "顺风物流")
    assert (move["quantity"], move["party_id"]) == (15, document["party_id"])


@pytest.mark.parametrize(("supplier", "name"), [("NOBODY", "supplier_unknown"), ("S3", "nothing_to_return")])
async def test_another_supplier_gets_nothing(company: Company, supplier: str, name: str) -> None:
    run = await stocked(company)
    with pytest.raises(ActionRefused) as refusal:
        await proposed(run, supplier)
    assert refusal.value.name == name


async def test_at_most_what_was_delivered_is_proposed(company: Company) -> None:
    run = await stocked(company)
    async with company.write() as tx:  # a count finds more than the books had
        b = t.balance.c
        (held,) = await tx.rows(sa.select(t.balance).where(b.quantity > 0))
        at = Position(held["site_id"], held["location_id"], Status.QUALIFIED, held["owner_id"])
        found = Move(held["batch_id"], 7, PlaceKind.COUNT, at)
        await ledger.post(tx, Posting(PostingKind.COUNT_ADJUSTMENT, company.admin.person_id, [found]))
    lines = await proposed(run)
    async with company.database.read() as tx:
        (line,) = await line_sets.read(tx, lines["id"])
    assert line.data["quantity"] == 40


@pytest.mark.parametrize(
    ("result", "name"),
    [({"return_quantity": 41}, "over_quantity"), ({"outcome": "keep"}, "nothing_chosen")],
)
async def test_an_impossible_choice_is_refused_by_name(
    company: Company, result: dict[str, Any], name: str
) -> None:
    run = await stocked(company)
    with pytest.raises(ActionRefused) as refusal:
        await ordered(run, **result)
    assert refusal.value.name == name


async def test_goods_that_went_meanwhile_are_not_booked(company: Company) -> None:
    run = await stocked(company)
    picked = await run.results(await ordered(run), [{"outcome": "done"}], "pick#1")
    async with company.write() as tx:
        b = t.balance.c
        (held,) = await tx.rows(sa.select(t.balance).where(b.quantity > 0))
        at = Position(held["site_id"], held["location_id"], Status.QUALIFIED, held["owner_id"])
        lost = Move(held["batch_id"], 1, at, PlaceKind.COUNT)
        await ledger.post(tx, Posting(PostingKind.COUNT_ADJUSTMENT, company.admin.person_id, [lost]))
    with pytest.raises(ActionRefused) as refusal:
        await run.act("purchase_return.book", {"lines": picked, **CARRIER}, "book#1")
    assert refusal.value.name == "stock_changed"


async def test_goods_with_serials_go_back_piece_by_piece(company: Company) -> None:
    run = await stocked(company, advised(quantity=2, serials=["X1", "X2"]))
    picked = await run.results(await ordered(run), [{"outcome": "done"}], "pick#1")
    with pytest.raises(ActionRefused) as refusal:
        await run.act("purchase_return.book", {"lines": picked, **CARRIER}, "book#1")
    assert refusal.value.name == "serials_incomplete"


async def test_a_return_that_is_taken_back_is_cancelled(company: Company) -> None:
    run = await stocked(company)
    await ordered(run)
    await run.undo("purchase_return.cancel", "purchase_return.prepare", {}, "order#1/undo")
    c = t.document.c
    async with company.database.read() as tx:
        state = await tx.scalar(sa.select(c.state).where(c.kind == "purchase_return"))
    assert state == "cancelled"

"""Only what came from the supplier goes back to it, at most what it delivered, and nothing that is promised."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import PlaceKind, PostingKind, Status
from domain.returns import SerialNotDelivered
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


async def of_two_suppliers(company: Company, *serials: str) -> Delivery:
    """40 of a batch by S1 on a shelf, and as many of the same batch by S3 beside them; or so many pieces each."""
    advice = advised(quantity=len(serials), serials=list(serials)) if serials else advised()
    run = await stocked(company, advice)
    async with company.write() as tx:
        b, p = t.balance.c, t.party.c
        (there,) = await tx.rows(sa.select(t.balance).where(b.quantity > 0))
        other = await tx.scalar(sa.select(p.id).where(p.code == "S3"))
        shelf = Position(there["site_id"], there["location_id"], Status.QUALIFIED, there["owner_id"])
        waiting = replace(shelf, status=Status.QUARANTINE)
        batch, quantity, units = there["batch_id"], there["quantity"], []
        for number in serials:
            of = sa.select(t.batch.c.material_id).where(t.batch.c.id == batch)
            row = {"batch_id": batch, "material_id": await tx.scalar(of), "number": f"{number}-S3"}
            made = sa.insert(t.serial).values(**row).returning(t.serial.c.id)
            units.append(await tx.scalar(made))
        actor = company.admin.person_id
        came = Move(batch, quantity, PlaceKind.SUPPLIER, waiting, party_id=other, serial_ids=units)
        await ledger.post(tx, Posting(PostingKind.RECEIPT, actor, [came]))
        stored = Move(batch, quantity, waiting, shelf, serial_ids=units)
        await ledger.post(tx, Posting(PostingKind.PUT_AWAY, actor, [stored]))
    return run


async def test_two_returns_at_once_never_send_back_more_than_was_delivered(company: Company) -> None:
    """Two sites may each send back what stands there; the supplier gets what it delivered, once."""
    first = await of_two_suppliers(company)
    second = replace(first)
    async with company.write() as tx:
        second.run = await company.start_run(tx)
    lists = [
        await run.results(await ordered(run), [{"outcome": "done"}], "pick#1") for run in (first, second)
    ]
    answers = await asyncio.gather(
        *(
            run.act("purchase_return.book", {"lines": lines, **CARRIER}, "book#1")
            for run, lines in zip((first, second), lists, strict=True)
        ),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, ActionRefused)]
    assert [answer.name for answer in refused] == ["return_exceeds_delivery"], answers
    assert await first.balances() == {("B1", "A-01", "qualified"): 40}


async def test_a_piece_of_another_supplier_does_not_go_back(company: Company) -> None:
    await of_two_suppliers(company, "X1", "X2")
    async with company.write() as tx:
        b, s = t.balance.c, t.serial.c
        (there,) = await tx.rows(sa.select(t.balance).where(b.quantity > 0, b.status == "qualified"))
        at = Position(there["site_id"], there["location_id"], Status.QUALIFIED, there["owner_id"])
        party = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S1"))
        for number, refusal in (("X1-S3", SerialNotDelivered), ("X1", None)):
            piece = await tx.scalar(sa.select(s.id).where(s.number == number))
            move = Move(there["batch_id"], 1, at, PlaceKind.SUPPLIER, party_id=party, serial_ids=[piece])
            posting = Posting(PostingKind.SUPPLIER_RETURN, company.admin.person_id, [move])
            with pytest.raises(refusal) if refusal else nullcontext():
                async with tx.savepoint():
                    await ledger.post(tx, posting)


async def test_what_is_put_on_hold_stays_until_quality_has_decided(company: Company) -> None:
    run = await stocked(company)
    picked = await run.results(await ordered(run), [{"outcome": "done"}], "pick#1")
    async with company.write() as tx:
        batch = await tx.scalar(sa.select(t.balance.c.batch_id).where(t.balance.c.quantity > 0))
        row = {"batch_id": batch, "kind": "quality", "reason": "可疑", "opened_by": company.admin.person_id}
        await tx.execute(sa.insert(t.hold).values(row))
    with pytest.raises(ActionRefused) as refusal:
        await run.act("purchase_return.book", {"lines": picked, **CARRIER}, "book#1")
    assert refusal.value.name == "batch_on_hold"
    with pytest.raises(ActionRefused) as refusal:
        await proposed(run)
    assert refusal.value.name == "nothing_to_return"
    async with company.write() as tx:  # quality has decided: it is rejected, and the hold stays
        b = t.balance.c
        (there,) = await tx.rows(sa.select(t.balance).where(b.quantity > 0))
        at = Position(there["site_id"], there["location_id"], Status.QUALIFIED, there["owner_id"])
        red = Move(batch, there["quantity"], at, replace(at, status=Status.REJECTED))
        await ledger.post(tx, Posting(PostingKind.STATUS_CHANGE, company.admin.person_id, [red]))
        run.run = await company.start_run(tx)
    again = await run.results(await ordered(run), [{"outcome": "done"}], "pick#1")
    booked = await run.act("purchase_return.book", {"lines": again, **CARRIER}, "book#1")
    assert booked["quantity"] == 40


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

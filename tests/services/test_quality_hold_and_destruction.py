"""A batch of doubtful quality is stopped everywhere; what is rejected leaves the books only as it was approved."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.stock import Move, Position, Posting
from services import line_sets
from services.action_context import ActionRefused
from tests.services.company import Company, advised
from tests.services.deliveries import Delivery, delivery

WHOLE = {"outcome": "accepted"}


async def stocked(company: Company, *lines: dict[str, Any]) -> tuple[Delivery, UUID]:
    """A delivery that was booked in; its first batch."""
    run = await delivery(company, *(lines or (advised(),)))
    accepted = await run.accept(WHOLE)
    await run.book_in(accepted, {"location": "A-01"})
    async with company.database.read() as tx:
        batch_id: UUID = await tx.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "B1"))
    async with company.write() as tx:
        run.run = await company.start_run(tx)
    return run, batch_id


async def issue(company: Company, batch_id: UUID) -> None:
    """One unit leaves for a customer that is licensed."""
    async with company.write() as tx:
        b = t.balance.c
        (row,) = await tx.rows(sa.select(t.balance).where(b.batch_id == batch_id, b.quantity > 0))
        customer = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S1"))
        source = Position(row["site_id"], row["location_id"], Status(row["status"]), row["owner_id"])
        move = Move(batch_id, 1, source, PlaceKind.CUSTOMER, party_id=customer)
        await ledger.post(tx, Posting(PostingKind.ISSUE, company.admin.person_id, [move]))


def named(batch_id: UUID) -> dict[str, str]:
    return {"batch": str(batch_id), "reason": "含量可疑"}


async def test_a_held_batch_is_issued_by_nobody_and_its_release_lets_it_go(company: Company) -> None:
    run, batch_id = await stocked(company)
    held = await run.act("quality.hold_batch", named(batch_id), "lock#1")
    assert (held["batch_number"], held["quantity"], held["released"]) == ("B1", 40, 0)
    async with company.database.read() as tx:
        (line,) = await line_sets.read(tx, held["lines"]["id"])
        assert (line.data["location"], line.data["status"], line.data["quantity"]) == (
            "A-01",
            "qualified",
            40,
        )
        assert await tx.scalar(sa.select(t.run.c.batch_ids).where(t.run.c.id == run.run.id)) == [batch_id]
    with pytest.raises(BatchNotIssuable):
        await issue(company, batch_id)
    await run.act("quality.release_batch", named(batch_id), "unlock#1")
    await issue(company, batch_id)


async def test_an_unknown_batch_is_refused_by_name(company: Company) -> None:
    run, _ = await stocked(company)
    with pytest.raises(ActionRefused) as refusal:
        await run.act("quality.hold_batch", named(UUID(int=1)), "lock#1")
    assert refusal.value.name == "batch_unknown"


async def test_a_rejected_batch_stands_in_the_red_zone_and_undoing_brings_it_back(company: Company) -> None:
    run, batch_id = await stocked(company)
    await run.act("quality.hold_batch", named(batch_id), "lock#1")
    rejected = await run.act("quality.reject_batch", named(batch_id), "reject#1")
    assert rejected["quantity"] == 40
    assert await run.balances() == {("B1", "R-01", "rejected"): 40}
    again = await run.act("quality.reject_batch", named(batch_id), "reject#2")
    assert (again["quantity"], again["posting"]) == (0, "")
    run.outputs["quality.reject_batch"] = rejected
    await run.undo("quality.undo_rejection", "quality.reject_batch", named(batch_id), "reject#1/undo")
    assert await run.balances() == {("B1", "A-01", "qualified"): 40}


async def test_serials_move_with_their_batch_into_the_red_zone(company: Company) -> None:
    run, batch_id = await stocked(company, advised(quantity=2, serials=["X1", "X2"]))
    await run.act("quality.reject_batch", named(batch_id), "reject#1")
    async with company.database.read() as tx:
        rows = await tx.rows(sa.select(t.serial_place.c.status).where(t.serial_place.c.batch_id == batch_id))
    assert [row["status"] for row in rows] == ["rejected", "rejected"]


async def rejected_goods(company: Company) -> tuple[Delivery, UUID]:
    run, batch_id = await stocked(company, advised(), advised(2, quantity=6))
    await run.act("quality.reject_batch", named(batch_id), "reject#1")
    return run, batch_id


async def ordered(run: Delivery, *outcomes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Proposed, chosen, ordered: the lines to destroy."""
    proposed = await run.act("destruction.propose", {}, "propose#1")
    chosen = await run.results(proposed["lines"], list(outcomes), "selection#1")
    lines: Mapping[str, Any] = (await run.act("destruction.prepare", {"lines": chosen}, "order#1"))["lines"]
    return lines


DONE = {"outcome": "done", "method": "incineration", "destroyed_quantity": 40}


async def test_what_was_approved_leaves_the_books_and_stands_in_the_record(company: Company) -> None:
    run, batch_id = await rejected_goods(company)
    lines = await ordered(run, {"outcome": "destroy"})
    assert lines["aggregates"] == {"count": 1, "any_special_control": False, "sum_quantity": 40}
    executed = await run.results(lines, [DONE], "execution#1")
    run.run = replace(run.run, inputs={"reason": "包装破损"})
    booked = await run.act("destruction.book", {"lines": executed}, "record#1")
    assert booked["quantity"] == 40
    assert await run.balances() == {("B2", "A-01", "qualified"): 6}
    d, line = t.document.c, t.document_line.c
    async with company.database.read() as tx:
        (document,) = await tx.rows(sa.select(t.document).where(d.kind == "destruction"))
        (row,) = await tx.rows(sa.select(t.document_line).where(line.document_id == document["id"]))
        moved = await tx.rows(sa.select(t.move).where(t.move.c.document_line_id == row["id"]))
    assert document["state"] == "closed"
    assert document["number"].startswith("XH-SH1-")
    assert document["header"]["reason"] == "包装破损"
    assert (row["batch_id"], row["quantity"], row["data"]["method"]) == (batch_id, 40, "incineration")
    assert [(move["quantity"], move["to_kind"]) for move in moved] == [(40, "destroyed")]


async def test_only_rejected_and_recalled_stock_is_proposed(company: Company) -> None:
    run, batch_id = await stocked(company)
    for inputs, name in (
        ({}, "nothing_to_destroy"),
        ({"batch": str(batch_id)}, "nothing_to_destroy"),
        ({"batch": str(UUID(int=1))}, "batch_unknown"),
    ):
        with pytest.raises(ActionRefused) as refusal:
            await run.act("destruction.propose", inputs, "propose#1")
        assert refusal.value.name == name


async def test_nothing_chosen_is_no_order(company: Company) -> None:
    run, _ = await rejected_goods(company)
    with pytest.raises(ActionRefused) as refusal:
        await ordered(run, {"outcome": "keep", "reason": "待退回"})
    assert refusal.value.name == "nothing_chosen"


async def test_stock_that_changed_since_the_approval_is_not_booked(company: Company) -> None:
    run, batch_id = await rejected_goods(company)
    executed = await run.results(await ordered(run, {"outcome": "destroy"}), [DONE], "execution#1")
    async with company.write() as tx:
        b = t.balance.c
        held = await tx.rows(sa.select(t.balance).where(b.batch_id == batch_id, b.quantity > 0))
        source = Position(held[0]["site_id"], held[0]["location_id"], Status.REJECTED, held[0]["owner_id"])
        found = Move(batch_id, 1, source, PlaceKind.COUNT)
        await ledger.post(tx, Posting(PostingKind.COUNT_ADJUSTMENT, company.admin.person_id, [found]))
    with pytest.raises(ActionRefused) as refusal:
        await run.act("destruction.book", {"lines": executed}, "record#1")
    assert refusal.value.name == "stock_changed"
    assert ("B1", "R-01", "rejected") in await run.balances()


async def test_an_order_that_is_taken_back_is_cancelled(company: Company) -> None:
    run, _ = await rejected_goods(company)
    await ordered(run, {"outcome": "destroy"})
    await run.undo("destruction.cancel", "destruction.prepare", {}, "order#1/undo")
    async with company.database.read() as tx:
        states = await tx.rows(sa.select(t.document.c.state).where(t.document.c.kind == "destruction"))
    assert [row["state"] for row in states] == ["cancelled"]

"""A transfer that is given up: what was on the road comes back through a check, what has arrived stays apart.

Nothing of it can be promised or leave before quality has decided on the batch (GSP 81, 87).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import Refusal
from domain.stock import Move, Position, Posting
from services import transfer_receipt, transfers
from services.action_context import Told
from services.actions import ACTIONS, UNDOS
from services.shipping_lines import Scans
from tests.services.quality import rejected
from tests.services.sales import new_customer, ordered, sale, shelve
from tests.services.sealing import recall
from tests.services.test_transfers import Transfer, begin, books, refusal, serials_by_place, transfer

if TYPE_CHECKING:
    from uuid import UUID

    from tests.services.company import Company

SHELF, BACK = ("SH1", "A-01", "qualified"), ("SH1", "W-01", "quarantine")
THERE = ("UR1", "W-01", "quarantine")
CALLED_BACK = "车辆故障，中途折返"


async def cancel(moved: Transfer, *undone: str) -> Told | None:
    """What a cancel undoes, last first; the run is over then."""
    told = None
    for name in undone or ("dispatch", "allocate"):
        undo = {"dispatch": "return_dispatch", "allocate": "release"}[name]
        told = await moved.undo(undo, name, why="cancelled", reason=CALLED_BACK) or told
    async with moved.company.write() as tx:
        over = {"state": "cancelled", "outcome": "cancelled", "ended_at": sa.func.clock_now()}
        await tx.execute(sa.update(t.run).where(t.run.c.id == moved.run.id).values(**over))
    return told


async def decide(company: Company, batch: UUID, decision: str = "release") -> dict[str, object]:
    """A quality hold on the batch, and how it ends."""
    given = {"batch": str(batch), "reason": "运输记录合格"}
    async with company.write() as tx:
        run = await company.start_run(tx)
        await ACTIONS["quality.hold_batch"](company.context(tx, run, "lock#1"), given)
    async with company.write() as tx:
        done = await ACTIONS[f"quality.{decision}_batch"](company.context(tx, run, f"{decision}#1"), given)
    return done.outputs


async def on_the_road(company: Company, quantity: int = 30) -> tuple[Transfer, UUID]:
    batch = await shelve(company, "B1", quantity)
    moved = await begin(company)
    await moved.send()
    return moved, batch


async def test_what_was_on_the_road_waits_in_quarantine_and_quality_is_told(company: Company) -> None:
    moved, _ = await on_the_road(company)
    told = await cancel(moved)
    assert await books(company) == {SHELF: 20, BACK: 10}
    assert told is not None
    assert (told.template, told.link) == (
        "transfer.turned_round",
        "/runs/new?sop=quality_hold&batch=M1:B1&site=SH1",
    )
    for body in (told.body_zh, told.body_en):
        assert "B1" in body
        assert CALLED_BACK in body
    state, header, shipped = await moved.document()
    assert (state, header["carrier"], shipped) == ("open", None, [0]), "the order waits for another run"
    p = t.posting.c
    async with company.database.read() as tx:
        row = await tx.one(sa.select(p.document_id, p.reason).where(p.kind == "transfer_in"))
    assert (row["document_id"], row["reason"]) == (moved.id, CALLED_BACK)


async def test_nobody_is_promised_it_and_the_books_let_none_of_it_go(company: Company) -> None:
    moved, batch = await on_the_road(company, 10)
    await cancel(moved)
    again = await begin(company, transfer("TR2"))
    assert (await refusal(again.act("allocate")))[0] == "not_enough"
    customer = await new_customer(company)
    order = await sale(company, None)
    with pytest.raises(Refusal):
        await order.allocate(partial=True)
    b = t.balance.c
    async with company.database.read() as tx:
        row = await tx.one(sa.select(t.balance).where(b.batch_id == batch, b.quantity > 0))
    source = Position(row["site_id"], row["location_id"], Status(row["status"]), row["owner_id"])
    for kind, target, party in (
        (PostingKind.ISSUE, PlaceKind.CUSTOMER, customer),
        (PostingKind.TRANSFER_OUT, PlaceKind.TRANSIT, None),
    ):
        move = Move(batch, 1, source, target, party_id=party)
        with pytest.raises(Refusal) as refused:
            await post(company, Posting(kind, company.admin.person_id, [move]))
        assert refused.value.code == "movement_not_allowed"


async def post(company: Company, posting: Posting) -> None:
    async with company.write() as tx:
        await ledger.post(tx, posting)


async def test_released_by_quality_it_is_stock_again_and_only_once(company: Company) -> None:
    moved, batch = await on_the_road(company)
    await cancel(moved)
    assert await decide(company, batch) == {"put_back": 10, "where": "SH1 A-01"}
    assert await books(company) == {SHELF: 30}
    assert await decide(company, batch) == {"put_back": 0, "where": ""}
    again = Transfer(company, moved.id, moved.run)
    async with company.write() as tx:
        again.run = await company.start_run(tx)
    await again.send()
    assert await books(company) == {SHELF: 20}, "the same transfer is sent by another run"


async def test_what_waits_there_for_its_own_acceptance_stays(company: Company) -> None:
    moved, batch = await on_the_road(company, 10)
    await shelve(company, "B1", 7, location="W-01", status=Status.QUARANTINE)
    await cancel(moved)
    assert await books(company) == {BACK: 17}
    assert await decide(company, batch) == {"put_back": 10, "where": "SH1 A-01"}
    assert await books(company) == {SHELF: 10, BACK: 7}


async def test_rejected_by_quality_it_goes_to_the_red_zone(company: Company) -> None:
    moved, batch = await on_the_road(company)
    await cancel(moved)
    assert (await decide(company, batch, "reject"))["quantity"] == 30
    assert await books(company) == {("SH1", "R-01", "rejected"): 30}


async def test_a_hold_that_is_taken_back_releases_nothing(company: Company) -> None:
    moved, batch = await on_the_road(company)
    await cancel(moved)
    given = {"batch": str(batch), "reason": "误锁"}
    async with company.write() as tx:
        run = await company.start_run(tx)
        await ACTIONS["quality.hold_batch"](company.context(tx, run, "lock#1"), given)
        await UNDOS["quality.undo_hold"](company.context(tx, run, "lock#1"), given, {})
    assert await books(company) == {SHELF: 20, BACK: 10}


@pytest.mark.parametrize("how", ["sealed", "rejected"])
async def test_a_batch_that_was_stopped_meanwhile_is_set_apart_as_it_comes_back(
    company: Company, how: str
) -> None:
    moved, batch = await on_the_road(company, 10)
    if how == "sealed":
        async with company.write() as tx:
            await recall(tx, batch, company.admin.person_id, carried=False)
    else:
        await rejected(company, batch)
    await cancel(moved)
    ((site, _, status),) = await books(company)
    assert (site, status) == ("SH1", {"sealed": "recalled"}.get(how, how))
    assert (await decide(company, batch))["put_back"] == 0


async def test_pieces_come_back_and_are_released_one_by_one(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scans_of(*_of: object) -> dict[int, Scans]:
        return {1: Scans(2, ["S1", "S3"])}

    for module in (transfers, transfer_receipt):
        monkeypatch.setattr(module, "scans_of", scans_of)
    batch = await shelve(company, "B1", 3, serials=["S1", "S2", "S3"])
    moved = await begin(company, transfer("TR1", ordered(quantity=2)))
    await moved.send()
    await cancel(moved)
    assert await books(company) == {SHELF: 1, BACK: 2}
    assert await states(company) == {"S1": "quarantine", "S2": "qualified", "S3": "quarantine"}
    assert (await decide(company, batch))["put_back"] == 2
    assert await books(company) == {SHELF: 3}
    assert await states(company) == dict.fromkeys(("S1", "S2", "S3"), "qualified")
    assert set((await serials_by_place(company)).values()) == {("internal", "SH1")}


async def states(company: Company) -> dict[str, str]:
    p = t.serial_place.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.serial.c.number, p.status).join(t.serial_place, p.serial_id == t.serial.c.id)
        )
    return {row["number"]: row["status"] for row in rows}


async def test_what_has_arrived_is_not_called_back_it_waits_there_for_quality(company: Company) -> None:
    moved, batch = await on_the_road(company)
    came = {"outcome": "differs", "received_quantity": 7, "reason": "少三盒"}
    await moved.arrive(came, confirmed=True, reason="丢失")
    for undo, name in (("return_receipt", "receive"), ("return_dispatch", "dispatch")):
        assert (await refusal(moved.undo(undo, name, why="cancelled")))[0] == "arrived"
    assert await decide(company, batch) == {"put_back": 0, "where": ""}, "its run still works on it"
    await cancel(moved, "allocate")
    assert await books(company) == {SHELF: 20, THERE: 7}, "what was written off stays written off"
    assert (await moved.document())[0] == "closed"
    assert await decide(company, batch) == {"put_back": 7, "where": "UR1 A-01"}
    assert await books(company) == {SHELF: 20, ("UR1", "A-01", "qualified"): 7}


async def test_a_run_that_is_sent_back_behind_its_departure_sends_none_of_it_again(company: Company) -> None:
    moved, _ = await on_the_road(company)
    assert await moved.undo("return_dispatch", "dispatch", why="sent_back", reason="重拣") is not None
    lines = await moved.answered("allocate", {"outcome": "picked"})
    assert (await refusal(moved.act("dispatch", lines=lines)))[0] == "not_reserved"
    await moved.act("stop", reason="重拣")
    assert (await moved.document())[0] == "open"
    assert await books(company) == {SHELF: 20, BACK: 10}

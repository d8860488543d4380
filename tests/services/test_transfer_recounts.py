"""A transfer that brings too much, and one that is counted again: the books say at each moment what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries.stock import balance_differences
from db.session import Database
from domain.batches import PostingKind, Status
from domain.stock import Move, Position, Posting
from services import documents, transferred_batches, turned_round
from services.action_context import ActionContext
from services.documents import DocumentView
from services.note_parts import Sayer
from tests.services.quality import rejected_in
from tests.services.shipping import Outbound, gs1
from tests.services.transferring import arrived, books, differs, prepared, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.action_context import RunInAdvance
    from tests.servers import TestDatabase

HERE, WAITING = ("UR1", "qualified"), ("UR1", "quarantine")
DIFFERS = {"cause": "miscounted", "note": "已核对"}


@pytest.fixture
async def house(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    yield await prepared(opened)
    async with opened.read() as tx:
        assert await balance_differences(tx) == []
    await opened.close()


async def record(house: Outbound) -> DocumentView:
    """The transfer as it is read."""
    return await documents.get(house.world.platform, "TR-1", actor=await house.world.actor("admin"))


async def counted(house: Outbound, came: int) -> None:
    """The receiver counts, once more if need be, and the sending site confirms what differs."""
    if came == 10:
        await house.listed("count", "far", "received")
        return
    await house.listed("count", "far", "differs", [{"received_quantity": came, "reason": "数量不符"}])
    await house.filled("difference", "wu", "confirmed", **DIFFERS)


async def sent_back(house: Outbound, to: str = "count") -> None:
    """Whoever inspects asks for the count to be done again."""
    await house.claim("check", "far2")
    await house.send_back("check", "zhou", to, "数量存疑")


async def test_what_is_too_much_stands_in_quarantine_and_is_a_task_of_quality(house: Outbound) -> None:
    await arrived(house, 10)
    await differs(house, 12)
    assert await books(house) == {HERE: 10, WAITING: 2}
    p, m = t.posting.c, t.move.c
    [found] = await house.world.rows(
        sa.select(p.kind, p.reason, m.from_kind, m.quantity)
        .join(t.move, m.posting_id == p.id)
        .where(p.path.like("%/surplus"))
    )
    assert (found["kind"], found["from_kind"], found["quantity"]) == ("count_adjustment", "count", 2)
    assert found["reason"] == DIFFERS["note"]
    [batch] = (await record(house)).transferred
    assert (batch.sent, batch.received, batch.missing, batch.surplus, batch.accepted) == (10, 10, 0, 2, 10)
    assert (await house.task("anomaly"))["state"] == "open"


async def test_a_surplus_that_goes_back_leaves_the_books_of_the_receiver(house: Outbound) -> None:
    await arrived(house, 10)
    await differs(house, 12)
    await house.filled("anomaly", "zhou", "done", cause="多拿两盒", surplus_goods="send_back")
    assert await books(house) == {HERE: 10}
    assert await told(house) == {"on_the_way", "surplus", "surplus_back"}
    assert await house.state() == ("completed", "completed")
    [batch] = (await record(house)).transferred
    assert (batch.missing, batch.surplus) == (0, 2), "what was found is told, wherever it is now"


async def test_a_surplus_that_stays_is_released_by_quality_and_the_sender_counts(house: Outbound) -> None:
    await arrived(house, 10)
    await differs(house, 12)
    await house.filled("anomaly", "zhou", "done", cause="多拿两盒", surplus_goods="count_in")
    assert await books(house) == {HERE: 10, WAITING: 2}
    assert await told(house) == {"on_the_way", "surplus", "surplus_stays", "count_batch"}
    assert await house.state() == ("completed", "completed")
    assert await released(house) == 2
    assert await books(house) == {HERE: 12}
    assert await released(house) == 0


async def released(house: Outbound) -> int:
    """What a quality hold of the batch books into stock when it ends."""
    batch = await house.world.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "B1"))
    run = cast("RunInAdvance", SimpleNamespace(id=house.run))
    async with house.world.write() as tx:
        context = ActionContext(
            tx, run, f"release#{uuid4()}", "release", house.world.people["zhou"], datetime.now(UTC)
        )
        return (await turned_round.put_back(context, batch, "合格"))[0]


async def test_a_surplus_of_a_rejected_batch_goes_to_the_red_zone_at_once(house: Outbound) -> None:
    await arrived(house, 10)
    await rejected_in(house, "B1")
    await counted(house, 12)
    assert await books(house) == {WAITING: 10, ("UR1", "rejected"): 2}


@pytest.mark.parametrize(
    ("first", "second"), [(7, 10), (7, 9), (10, 8), (12, 10), (12, 11), (7, 12), (12, 7), (7, 7)]
)
async def test_a_count_that_is_done_again_corrects_the_first(
    house: Outbound, first: int, second: int
) -> None:
    """Between the two nothing is on the road again: it has arrived, and stands where it was counted."""
    await arrived(house, 10)
    await counted(house, first)
    assert await books(house) == {WAITING: first}
    await sent_back(house)
    assert await books(house) == {WAITING: first}
    found = await record(house)
    assert found.document.header["result"] == "recount"
    said = [transferred_batches.result(Sayer(one, "UTC"), found.document.header) for one in ("zh", "en")]
    assert said == ["已到货，正在复点", "arrived, being counted again"]
    [batch] = found.transferred
    assert (batch.received, batch.missing) == (min(first, 10), max(10 - first, 0))
    await counted(house, second)
    assert await books(house) == {WAITING: second}
    await house.listed("check", "far2", "accepted")
    await house.listed("put_away", "far2", "done", [{"location": "A-01"}])
    kept = min(second, 10)
    assert (await books(house))[HERE] == kept
    found = await record(house)
    [batch], [line] = found.transferred, found.lines.items
    assert (batch.received, batch.missing, batch.surplus) == (kept, 10 - kept, max(second - 10, 0))
    assert (line.received, found.document.header["missing"] or 0) == (kept, 10 - kept)


async def test_a_piece_that_was_missing_is_found_when_it_is_scanned(house: Outbound) -> None:
    await arrived(house, 3, "S1", "S2", "S3")
    for serial in ("S1", "S3"):
        await house.scan("count", "far", gs1("M1", "B1", serial))
    await house.answer("count", "far", 1, {"received_quantity": 2, "reason": "少一盒"}, "differs")
    await house.finish("count", "far", outcome="done")
    await house.filled("difference", "wu", "confirmed", **DIFFERS)
    assert await places(house) == {"S1": "internal", "S2": "count", "S3": "internal"}
    await sent_back(house)
    await house.claim("count", "far")
    for serial in ("S1", "S2"):
        await house.scan("count", "far", gs1("M1", "B1", serial))
    await house.answer("count", "far", 1, {"received_quantity": 2, "reason": "少的是另一盒"}, "differs")
    await house.finish("count", "far", outcome="done")
    await house.filled("difference", "wu", "confirmed", **DIFFERS)
    assert await places(house) == {"S1": "internal", "S2": "internal", "S3": "count"}
    assert await books(house) == {WAITING: 2}


async def places(house: Outbound) -> dict[str, str]:
    p = t.serial_place.c
    rows = await house.world.rows(
        sa.select(t.serial.c.number, p.kind).join(t.serial_place, p.serial_id == t.serial.c.id)
    )
    return {row["number"]: row["kind"] for row in rows}


async def test_goods_that_have_arrived_are_not_picked_again_at_the_other_site(house: Outbound) -> None:
    """Sent back to the pick, the run ends; the goods stay in quarantine where they are, for quality."""
    await arrived(house, 10)
    await counted(house, 10)
    await sent_back(house, "pick")
    assert await books(house) == {WAITING: 10}
    await house.listed("pick", "he", "picked")
    await house.filled("load", "kong", "loaded", carrier="迅达", vehicle="沪A1")
    assert await house.state() == ("completed", "not_sent")
    found = await record(house)
    assert (found.document.state, found.document.header["result"]) == ("closed", "received")
    assert await books(house) == {WAITING: 10}
    assert await released(house) == 10
    assert await books(house) == {HERE: 10}


async def test_less_than_was_counted_is_not_taken_from_where_nothing_stands_any_more(
    house: Outbound,
) -> None:
    await arrived(house, 10)
    await counted(house, 10)
    await sent_back(house)
    await carried_off(house)
    await counted(house, 8)
    assert (await house.state())[0] == "incident"
    [incident] = await house.world.rows(sa.select(t.task.c.content).where(t.task.c.kind == "incident"))
    assert incident["content"]["data"][0]["value"] == "goods_carried_off"


async def carried_off(house: Outbound) -> None:
    """Quality has taken all that waits to the red zone."""
    b = t.balance.c
    [row] = await house.world.rows(sa.select(t.balance).where(b.quantity > 0))
    source = Position(row["site_id"], row["location_id"], Status(row["status"]), row["owner_id"])
    red = replace(source, status=Status.REJECTED)
    move = Move(row["batch_id"], row["quantity"], source, red, reason="含量")
    async with house.world.write() as tx:
        await ledger.post(tx, Posting(PostingKind.STATUS_CHANGE, house.world.people["zhou"], [move]))

"""Reservations and their guards: never more than there is, never what may not leave, ended once, kept by moves."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from db import ledger, reservations
from db import tables as t
from db.ids import new_id
from db.queries.reservations import reserved_differences
from db.queries.stock import balance_differences
from db.reservations import Taker
from db.session import Database
from domain.batches import BatchNotIssuable, IdentityIsImmutable, PlaceKind, PostingKind, Status
from domain.reservations import Reserved, StockReserved
from domain.stock import InsufficientStock, Move
from tests.db.postings import on_shelf, open_hold, posted
from tests.db.stockroom import Stockroom, new_batch


async def new_line(app: Database, room: Stockroom, *, party: bool = True, kind: str = "sales_order") -> UUID:
    """A line of an order that goods can be promised to."""
    document_id, line_id = new_id(), new_id()
    async with app.write(room.actor) as tx:
        row = {"id": document_id, "kind": kind, "number": document_id.hex, "site_id": room.east}
        partner = {"party_id": room.customer if party else None, "legal_entity_id": room.entity}
        await tx.execute(sa.insert(t.document).values(**row, **partner, created_by=room.keeper))
        line = {"id": line_id, "document_id": document_id, "line_no": 1, "material_id": room.material}
        await tx.execute(sa.insert(t.document_line).values(**line, quantity=10))
        await tx.audit("document.made", "document", document_id)
    return line_id


async def promise(
    app: Database, room: Stockroom, line: UUID, batch: UUID, quantity: int, **more: Any
) -> None:
    position = more.get("position") or room.at("shelf", Status.QUALIFIED)
    async with app.write(room.actor) as tx:
        goods = [Reserved(line, batch, position, quantity)]
        await reservations.insert(tx, goods, by=Taker(room.keeper))
        await tx.audit("stock.reserved", "batch", batch)


async def at_shelf(app: Database, room: Stockroom, batch: UUID) -> tuple[int, int]:
    b = t.balance.c
    async with app.read() as tx:
        row = await tx.one(
            sa.select(b.quantity, b.reserved).where(
                b.batch_id == batch, b.status == "qualified", b.location_id == room.east_shelf
            )
        )
        assert await balance_differences(tx) == []
        assert await reserved_differences(tx) == []
    return row["quantity"], row["reserved"]


async def test_no_more_is_promised_than_there_is(app: Database, room: Stockroom) -> None:
    batch, line = await on_shelf(app, room, 10), await new_line(app, room)
    await promise(app, room, line, batch, 7)
    with pytest.raises(StockReserved) as refused:
        await promise(app, room, line, batch, 4)
    assert refused.value.params["available"] == 3
    await promise(app, room, line, batch, 3)
    assert await at_shelf(app, room, batch) == (10, 10)


async def test_nothing_is_promised_where_nothing_ever_stood(app: Database, room: Stockroom) -> None:
    batch, line = await on_shelf(app, room, 10), await new_line(app, room)
    with pytest.raises(StockReserved):
        await promise(app, room, line, batch, 1, position=room.at("shelf", Status.QUALIFIED, "west"))


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (PostingKind.ISSUE, PlaceKind.CUSTOMER),
        (PostingKind.TRANSFER_OUT, PlaceKind.TRANSIT),
        (PostingKind.COUNT_ADJUSTMENT, PlaceKind.COUNT),
        (PostingKind.SUPPLIER_RETURN, PlaceKind.SUPPLIER),
        (PostingKind.SAMPLE, PlaceKind.SAMPLE),
        (PostingKind.STATUS_CHANGE, Status.RECALLED),
        (PostingKind.PUT_AWAY, "red"),
    ],
)
async def test_no_move_of_any_kind_takes_what_is_promised(
    app: Database, room: Stockroom, kind: PostingKind, target: Any
) -> None:
    batch, line = await on_shelf(app, room, 10), await new_line(app, room)
    await promise(app, room, line, batch, 6)
    source = room.at("shelf", Status.QUALIFIED)
    place = room.at("shelf", target) if isinstance(target, Status) else target
    place = room.at("red", Status.QUALIFIED) if place == "red" else place

    def move(quantity: int) -> Any:
        party = room.supplier if place is PlaceKind.SUPPLIER else room.customer
        return room.posting(kind, Move(batch, quantity, source, place, party_id=party))

    with pytest.raises(StockReserved) as refused:
        await posted(app, room, move(5))
    assert (refused.value.params["available"], refused.value.params["reserved"]) == (4, 6)
    with pytest.raises(InsufficientStock):
        await posted(app, room, move(11))
    await posted(app, room, move(4))
    assert await at_shelf(app, room, batch) == (6, 6)


async def test_what_may_not_leave_is_not_promised(app: Database, room: Stockroom) -> None:
    line = await new_line(app, room)
    today = datetime.now(UTC).date()
    over = await on_shelf(app, room, 10, today - timedelta(days=3))
    with pytest.raises(BatchNotIssuable) as refused:
        await promise(app, room, line, over, 1)
    assert refused.value.params["because"] == "expired"
    held = await on_shelf(app, room, 10)
    await open_hold(app, room, held)
    with pytest.raises(BatchNotIssuable) as refused:
        await promise(app, room, line, held, 1)
    assert refused.value.params["because"] == "hold"


async def test_a_customer_needs_its_licence_and_a_transfer_needs_none(
    app: Database, owner: Database, room: Stockroom
) -> None:
    batch, sold = await on_shelf(app, room, 10), await new_line(app, room)
    moved = await new_line(app, room, party=False, kind="transfer")
    async with owner.write(room.actor) as tx:
        await tx.execute(
            sa.update(t.licence).where(t.licence.c.party_id == room.customer).values(withdrawn=True)
        )
        await tx.audit("licence.withdrawn", "party", room.customer)
    with pytest.raises(BatchNotIssuable) as refused:
        await promise(app, room, sold, batch, 1)
    assert refused.value.params["because"] == "licence"
    await promise(app, room, moved, batch, 1)


async def test_a_reservation_ends_once_and_nothing_else_changes(app: Database, room: Stockroom) -> None:
    batch, line = await on_shelf(app, room, 10), await new_line(app, room)
    await promise(app, room, line, batch, 6)
    c = t.reservation.c
    async with app.read() as tx:
        reservation_id = await tx.scalar(sa.select(c.id))

    async def end(**values: Any) -> None:
        async with app.write(room.actor) as tx:
            ended = {"ended_by": room.keeper, "ended_at": sa.func.clock_now(), **values}
            await tx.execute(sa.update(t.reservation).where(c.id == reservation_id).values(**ended))
            await tx.audit("stock.released", "batch", batch)

    with pytest.raises(sa.exc.IntegrityError, match="ck_reservation_used"):
        await end(state="consumed", used=7)
    await end(state="released")
    assert await at_shelf(app, room, batch) == (10, 0)
    with pytest.raises(IdentityIsImmutable):
        await end(state="consumed", used=1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reservation SET quantity = 1",
        "UPDATE reservation SET batch_id = batch_id",
        "DELETE FROM reservation",
        "UPDATE balance SET reserved = 0",
        "SELECT FROM balance FOR UPDATE",
        "SELECT apply_reserved('{}')",
    ],
)
async def test_the_application_has_no_other_way(app: Database, room: Stockroom, statement: str) -> None:
    url = app.url.replace("+psycopg", "")
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


async def test_the_owner_cannot_delete_a_reservation_either(
    app: Database, owner: Database, room: Stockroom
) -> None:
    batch, line = await on_shelf(app, room, 10), await new_line(app, room)
    await promise(app, room, line, batch, 6)
    for statement in (sa.delete(t.reservation), sa.update(t.reservation).values(quantity=1)):
        with pytest.raises(IdentityIsImmutable):
            async with owner.write(room.actor) as tx:
                await tx.execute(statement)


async def test_a_reversal_does_not_take_back_what_was_promised_meanwhile(
    app: Database, room: Stockroom
) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B-REV")
    await posted(app, room, room.receipt(batch, 10))
    accepted = await posted(app, room, room.accepted(batch, 10))
    await promise(app, room, await new_line(app, room), batch, 1)
    with pytest.raises(StockReserved):
        async with app.write(room.actor) as tx:
            await ledger.reverse(tx, accepted, actor_id=room.keeper, reason="undo")

"""Reading stock: positions now and then, a batch's card, and balances against the ledger."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries._paging import CursorUnknown, cursor_of
from db.queries.batches import batch_card
from db.queries.stock import balance_differences, stock_rows
from db.session import Database
from tests.db.stockroom import Stockroom, new_batch, new_serials


async def fill(app: Database, room: Stockroom, number: str, quantity: int, expires_on: date) -> object:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, number, expires_on)
        await ledger.post(tx, room.receipt(batch, quantity))
        await ledger.post(tx, room.accepted(batch, quantity - 1))
    return batch


async def test_positions_come_in_pages_that_miss_and_repeat_nothing(app: Database, room: Stockroom) -> None:
    for number in ("B3", "B1", "B2"):
        await fill(app, room, number, 5, date(2090, 1, 1))
    seen, after = [], None
    async with app.read() as tx:
        while True:
            page = await stock_rows(tx, after=after, limit=2)
            seen += [(row.batch_number, row.status, row.quantity) for row in page.items]
            if (after := page.next) is None:
                break
    expected = [(n, s, q) for n in ("B1", "B2", "B3") for s, q in (("qualified", 4), ("quarantine", 1))]
    assert seen == expected


async def test_a_foreign_cursor_is_refused(app: Database, room: Stockroom) -> None:
    async with app.read() as tx:
        for cursor in ("§", cursor_of("a"), cursor_of("a", "b", "no id", "d", "e", "f", "g")):
            with pytest.raises(CursorUnknown):
                await stock_rows(tx, after=cursor)


async def test_rows_tell_what_keeps_goods_from_leaving(app: Database, room: Stockroom) -> None:
    today = datetime.now(UTC).date()
    await fill(app, room, "old", 5, today - timedelta(days=3))
    held = await fill(app, room, "held", 5, today + timedelta(days=30))
    async with app.write(room.actor) as tx:
        row = {"batch_id": held, "kind": "quality", "reason": "质量待查", "opened_by": room.keeper}
        await tx.execute(sa.insert(t.hold).values(**row))
        await tx.audit("hold.opened", "batch", held)
    await fill(app, room, "good", 5, today + timedelta(days=700))
    async with app.read() as tx:
        rows = (await stock_rows(tx, status="qualified")).items
    assert [(r.batch_number, r.expired, r.on_hold, r.issuable) for r in rows] == [
        ("good", False, False, True),
        ("held", False, True, False),
        ("old", True, False, False),
    ]


async def test_row_scope_and_filters_hide_other_positions(app: Database, room: Stockroom) -> None:
    batch = await fill(app, room, "B1", 5, date(2090, 1, 1))
    async with app.read() as tx:
        assert len((await stock_rows(tx, sites={room.east})).items) == 2
        assert (await stock_rows(tx, sites={room.west})).items == []
        assert (await stock_rows(tx, sites=())).items == []
        assert (await stock_rows(tx, site_id=room.west)).items == []
        assert len((await stock_rows(tx, material_id=room.material, status="quarantine")).items) == 1
        card = await batch_card(tx, batch, sites={room.west})  # type: ignore[arg-type]
    assert card is not None
    assert (card.positions, card.moves) == ([], [])


async def test_the_ledger_tells_how_it_was(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        await ledger.post(tx, room.receipt(batch, 5))
        between = await tx.scalar(sa.select(sa.func.clock_now()))
        await ledger.post(tx, room.accepted(batch, 5))
    async with app.read() as tx:
        then = (await stock_rows(tx, at=between)).items
        now = (await stock_rows(tx)).items
        before = (await stock_rows(tx, at=between - timedelta(days=1))).items
    assert [row.status for row in then] == ["quarantine"]
    assert [row.status for row in now] == ["qualified"]
    assert before == []


async def test_a_card_tells_the_whole_batch(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1", datetime.now(UTC).date() + timedelta(days=100))
        serials = await new_serials(tx, room, batch, ["S1", "S2"])
        await ledger.post(tx, room.receipt(batch, 2, serial_ids=serials))
        await ledger.post(tx, room.accepted(batch, 1, serial_ids=serials[:1]))
        row = {"batch_id": batch, "kind": "quality", "reason": "质量待查", "opened_by": room.keeper}
        await tx.execute(sa.insert(t.hold).values(**row))
        await tx.audit("hold.opened", "batch", batch)
    async with app.read() as tx:
        card = await batch_card(tx, batch, moves=1)
        missing = await batch_card(tx, room.material)
    assert missing is None
    assert card is not None
    assert (card.number, card.quantity, card.serials, card.on_hold) == ("B1", 2, 2, True)
    assert (card.expired, card.near_expiry) == (False, True)
    assert [(move.kind, move.from_status, move.to_location) for move in card.moves] == [
        ("put_away", "quarantine", "shelf")
    ]
    assert card.more_moves
    assert card.holds[0].opened_by == "王建国"


async def test_a_balance_that_drifts_from_the_ledger_is_found(
    app: Database, superuser: Database, room: Stockroom
) -> None:
    await fill(app, room, "B1", 5, date(2090, 1, 1))
    async with app.read() as tx:
        assert await balance_differences(tx) == []
    async with superuser.write() as tx:
        await tx.execute(sa.text("UPDATE balance SET quantity = quantity + 2 WHERE status = 'qualified'"))
        tx.audited_elsewhere("an attack")
    async with app.read() as tx:
        (found,) = await balance_differences(tx)
    assert (found["status"], found["balance"], found["ledger"]) == ("qualified", 6, 4)

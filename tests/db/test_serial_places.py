"""A serial is in one place and of one batch, whatever is posted."""

from typing import Any

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.session import Database
from domain.batches import (
    PostingKind,
    Status,
)
from domain.stock import Move, SerialElsewhere, SerialsIncomplete
from tests.db.postings import posted
from tests.db.stockroom import Stockroom, new_batch, new_serials


async def test_a_serial_is_in_one_place_and_of_one_batch(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch, other = await new_batch(tx, room, "B1"), await new_batch(tx, room, "B2")
        serials = await new_serials(tx, room, batch, ["S1", "S2", "S3"])
        strange = await new_serials(tx, room, other, ["X1"])
    await posted(app, room, room.receipt(batch, 3, serial_ids=serials))
    await posted(app, room, room.receipt(other, 1, serial_ids=strange))
    await posted(app, room, room.accepted(batch, 1, serial_ids=serials[:1]))
    with pytest.raises(SerialElsewhere) as refused:
        await posted(app, room, room.accepted(batch, 1, serial_ids=serials[:1]))
    assert refused.value.params["serial"] == "S1"
    for wrong in (strange, [serials[0]]):
        with pytest.raises(SerialElsewhere):
            await posted(app, room, room.receipt(batch, 1, serial_ids=wrong))
    twice = [Move(batch, 1, *pair, serial_ids=serials[1:2]) for pair in 2 * [_book_in(room)]]
    with pytest.raises(SerialElsewhere):
        await posted(app, room, room.posting(PostingKind.PUT_AWAY, *twice))
    async with app.read() as tx:
        places = await tx.rows(sa.select(t.serial_place.c.status).order_by(t.serial_place.c.serial_id))
    assert [row["status"] for row in places] == ["qualified", "quarantine", "quarantine", "quarantine"]


def _book_in(room: Stockroom) -> tuple[Any, Any]:
    return room.at("waiting", Status.QUARANTINE), room.at("shelf", Status.QUALIFIED)


async def test_a_reversal_takes_the_serials_back(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        serials = await new_serials(tx, room, batch, ["S1", "S2"])
    receipt = await posted(app, room, room.receipt(batch, 2, serial_ids=serials))
    async with app.write(room.actor) as tx:
        await ledger.reverse(tx, receipt, actor_id=room.keeper)
        await tx.audit("posting.reversed", "posting", receipt)
    await posted(app, room, room.receipt(batch, 2, serial_ids=serials))


async def test_a_move_names_all_of_its_serials_or_none(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        serials = await new_serials(tx, room, batch, ["S1"])
    with pytest.raises(SerialsIncomplete):
        await posted(app, room, room.receipt(batch, 2, serial_ids=serials))
    with pytest.raises(SerialsIncomplete):  # noqa: PT012
        async with app.write(room.actor) as tx:
            posting = await ledger.post(tx, room.receipt(batch, 2))
            move = await tx.scalar(sa.select(t.move.c.id).where(t.move.c.posting_id == posting))
            await tx.execute(sa.insert(t.move_serial).values(move_id=move, serial_id=serials[0]))
            await tx.audit("posting.made", "posting", posting)


async def test_serials_cannot_join_a_move_later(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        serials = await new_serials(tx, room, batch, ["S1"])
    posting = await posted(app, room, room.receipt(batch, 1))
    with pytest.raises(SerialElsewhere):  # noqa: PT012
        async with app.write(room.actor) as tx:
            move = await tx.scalar(sa.select(t.move.c.id).where(t.move.c.posting_id == posting))
            await tx.execute(sa.insert(t.move_serial).values(move_id=move, serial_id=serials[0]))

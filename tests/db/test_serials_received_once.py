"""A serial that has no place yet comes in once, also when two sites book it in at the same moment."""

import asyncio
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.session import Database
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move, Posting, SerialElsewhere
from tests.db.postings import balances, posted
from tests.db.stockroom import Stockroom, new_batch, new_serials
from tests.waiting import waits_or_ends


async def arrived(app: Database, room: Stockroom, *numbers: str) -> tuple[UUID, list[Posting]]:
    """Serials that two deliveries have announced, and their receipts: one at each site."""
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        serials = await new_serials(tx, room, batch, list(numbers))
    receipts = []
    for site in ("east", "west"):
        target = room.at("waiting", Status.QUARANTINE, site)
        move = Move(batch, len(serials), PlaceKind.SUPPLIER, target, room.supplier, serial_ids=serials)
        receipts.append(room.posting(PostingKind.RECEIPT, move))
    return batch, receipts


async def test_of_two_receipts_of_one_serial_at_once_one_is_refused(
    app: Database, room: Stockroom, superuser: Database
) -> None:
    batch, (first, second) = await arrived(app, room, "S1")
    async with app.write(room.actor) as tx:
        made = await ledger.post(tx, first)
        late = asyncio.create_task(posted(app, room, second))
        await waits_or_ends(superuser, late)
        await tx.audit("posting.made", "posting", made)
    with pytest.raises(SerialElsewhere) as refused:
        await late
    assert refused.value.params["serial"] == "S1"
    assert await balances(app, batch) == {"quarantine": 1}


async def test_who_waited_for_a_receipt_that_was_given_up_gets_the_serial(
    app: Database, room: Stockroom, superuser: Database
) -> None:
    batch, (first, second) = await arrived(app, room, "S1", "S2")
    late = None
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with app.write(room.actor) as tx:
            await ledger.post(tx, first)
            late = asyncio.create_task(posted(app, room, second))
            await waits_or_ends(superuser, late)
            raise ZeroDivisionError
    assert late is not None
    await late
    async with app.read() as tx:
        sites = await tx.rows(sa.select(t.serial_place.c.site_id).where(t.serial_place.c.batch_id == batch))
    assert [row["site_id"] for row in sites] == 2 * [room.west]

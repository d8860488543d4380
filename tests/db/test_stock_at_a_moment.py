"""Stock as of a moment: now it is the balances, then it is what had happened, promises included."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ledger, reservations
from db import tables as t
from db.ids import new_id
from db.queries.stock import stock_rows
from db.queries.transit import in_transit
from db.reservations import Taker
from db.session import Database, Reader
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import Refusal
from domain.reservations import Reserved
from domain.stock import Move
from tests.db.stockroom import Stockroom, make_stockroom, new_batch
from tests.servers import TestDatabase

Seen = dict[tuple[UUID, str, str], tuple[int, int]]
WAITING, SHELF = ("waiting", Status.QUARANTINE), ("shelf", Status.QUALIFIED)
WAYS: dict[str, tuple[PostingKind, Any, Any]] = {
    "receive": (PostingKind.RECEIPT, PlaceKind.SUPPLIER, WAITING),
    "accept": (PostingKind.PUT_AWAY, WAITING, SHELF),
    "reject": (PostingKind.PUT_AWAY, WAITING, ("red", Status.REJECTED)),
    "issue": (PostingKind.ISSUE, SHELF, PlaceKind.CUSTOMER),
    "send": (PostingKind.TRANSFER_OUT, SHELF, PlaceKind.TRANSIT),
    "arrive": (PostingKind.TRANSFER_IN, PlaceKind.TRANSIT, WAITING),
}
scripts = st.lists(
    st.tuples(st.sampled_from([*WAYS, "receive", "accept", "promise", "free"]), st.integers(1, 9)),
    min_size=3,
    max_size=12,
)


@pytest.fixture(scope="module")
def rooms() -> dict[str, Stockroom]:
    return {}


@given(script=scripts)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
async def test_looking_back_shows_what_was_seen_then(
    module_database: TestDatabase, rooms: dict[str, Stockroom], script: list[tuple[str, int]]
) -> None:
    if "room" not in rooms:
        rooms["room"] = await make_stockroom(module_database)
    room = rooms["room"]
    async with _opened(module_database.app_url) as app:
        await _play(app, room, script)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    made = Database(url, pool_size=1)
    try:
        yield made
    finally:
        await made.close()


async def _play(app: Database, room: Stockroom, script: list[tuple[str, int]]) -> None:
    batch, line = await _ordered(app, room)
    seen: list[tuple[datetime, Seen]] = []
    for what, quantity in script:
        try:
            async with app.write(room.actor) as tx:
                await _do(tx, room, batch, line, what, quantity)
                await tx.audit("posting.made", "batch", batch)
        except Refusal:
            continue
        async with app.read() as reader:
            now = await _rows(reader, batch, None)
            assert now == await _balances(reader, batch)
            seen.append((await reader.scalar(sa.select(sa.func.clock_now())), now))
    async with app.read() as reader:
        assert await _rows(reader, batch, datetime(2020, 1, 1, tzinfo=UTC)) == {}
        for at, then in seen:
            assert await _rows(reader, batch, at) == then


async def _ordered(app: Database, room: Stockroom) -> tuple[UUID, UUID]:
    """A batch, and a line of an order for it."""
    document_id, line_id = new_id(), new_id()
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, document_id.hex[-20:])
        row = {"id": document_id, "kind": "sales_order", "number": document_id.hex, "site_id": room.east}
        row |= {"party_id": room.customer, "legal_entity_id": room.entity, "created_by": room.keeper}
        await tx.execute(sa.insert(t.document).values(**row))
        line = {"id": line_id, "document_id": document_id, "line_no": 1, "material_id": room.material}
        await tx.execute(sa.insert(t.document_line).values(**line, quantity=10))
        await tx.audit("document.made", "document", document_id)
    return batch, line_id


async def _do(tx: Any, room: Stockroom, batch: UUID, line: UUID, what: str, quantity: int) -> None:
    by = Taker(room.keeper)
    if what == "promise":
        await reservations.insert(tx, [Reserved(line, batch, room.at(*SHELF), quantity)], by=by)
    elif what == "free":
        found = await reservations.lock_open(tx, t.reservation.c.batch_id == batch)
        await reservations.end_released(tx, [one.id for one in found], by=by, reason="frei")
    else:
        kind, source, target = WAYS[what]
        start, end = (room.at(*one) if isinstance(one, tuple) else one for one in (source, target))
        await ledger.post(tx, room.posting(kind, Move(batch, quantity, start, end, party_id=room.customer)))


async def _rows(reader: Reader, batch: UUID, at: datetime | None) -> Seen:
    found = await stock_rows(reader, batch_id=batch, at=at)
    return {
        (row.batch_id, row.location_code, row.status): (row.quantity, row.reserved) for row in found.items
    }


async def _balances(reader: Reader, batch: UUID) -> Seen:
    b = t.balance.c
    rows = await reader.rows(
        sa.select(b.batch_id, t.location.c.code, b.status, b.quantity, b.reserved)
        .join(t.location, t.location.c.id == b.location_id)
        .where(b.batch_id == batch, b.quantity > 0)
    )
    return {(row["batch_id"], row["code"], row["status"]): (row["quantity"], row["reserved"]) for row in rows}


@given(days=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 9)), min_size=1, max_size=8))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
async def test_loaded_history_is_seen_on_the_days_when_it_happened(
    module_database: TestDatabase, rooms: dict[str, Stockroom], days: list[tuple[int, int]]
) -> None:
    if "room" not in rooms:
        rooms["room"] = await make_stockroom(module_database)
    room = rooms["room"]
    async with _opened(module_database.owner_url) as owner, owner.write() as tx:
        opened = datetime.now(UTC) + timedelta(minutes=5)
        await tx.execute(sa.update(t.clock_setting).values(loading_until=opened))
        tx.audited_elsewhere("the loading window")
    async with _opened(module_database.app_url) as app:
        await _load(app, room, days)


async def _load(app: Database, room: Stockroom, days: list[tuple[int, int]]) -> None:
    now, received = datetime.now(UTC), Counter[int]()
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, new_id().hex[-20:])
        for ago, quantity in days:
            receipt = room.receipt(batch, quantity).moves
            at = now - timedelta(days=ago)
            await ledger.post(tx, room.posting(PostingKind.RECEIPT, *receipt, occurred_at=at, loaded=True))
            received[ago] += quantity
        await tx.audit("history.loaded", "batch", batch)
    async with app.read() as reader:
        for ago in range(92):
            found = await _rows(reader, batch, now - timedelta(days=ago))
            assert sum(quantity for quantity, _ in found.values()) == sum(
                quantity for when, quantity in received.items() if when >= ago
            )


async def test_what_is_on_the_way_is_told_per_transfer(app: Database, room: Stockroom) -> None:
    ids = [new_id(), new_id()]
    async with app.write(room.actor) as tx:
        for number, document_id in enumerate(ids):
            row = {"id": document_id, "kind": "transfer", "number": f"T{number}", "site_id": room.east}
            row |= {"legal_entity_id": room.entity, "created_by": room.keeper, "state": "in_process"}
            header = {"to_site": "west", "to_site_id": str(room.west)}
            await tx.execute(sa.insert(t.document).values(**row, header=header))
        batch = await new_batch(tx, room, "B1")
        await ledger.post(tx, room.receipt(batch, 20))
        await ledger.post(tx, room.accepted(batch, 20))
        shelf = room.at("shelf", Status.QUALIFIED)
        for document_id, quantity in zip(ids, (5, 7), strict=True):
            move = Move(batch, quantity, shelf, PlaceKind.TRANSIT)
            await ledger.post(tx, room.posting(PostingKind.TRANSFER_OUT, move, document_id=document_id))
        sent = await tx.scalar(sa.select(sa.func.clock_now()))
        there = room.at("waiting", Status.QUARANTINE, "west")
        for document_id, quantity in zip(ids, (5, 3), strict=True):
            move = Move(batch, quantity, PlaceKind.TRANSIT, there)
            await ledger.post(tx, room.posting(PostingKind.TRANSFER_IN, move, document_id=document_id))
        await tx.audit("goods.sent", "batch", batch)
    async with app.read() as reader:
        now = await in_transit(reader)
        then = await in_transit(reader, at=sent)
        seen = [len(await in_transit(reader, sites={site})) for site in (room.east, room.west, new_id())]
        by_site = [len(await in_transit(reader, site_id=site)) for site in (room.west, new_id())]
    assert [(one.number, one.quantity, one.from_site, one.to_site) for one in now] == [
        ("T1", 4, "east", "west")
    ]
    assert sorted((one.number, one.quantity) for one in then) == [("T0", 5), ("T1", 7)]
    assert (seen, by_site) == ([1, 1, 0], [1, 0])

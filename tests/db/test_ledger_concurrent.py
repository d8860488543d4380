"""Many at once: whatever commits is what the balances say, nothing goes below zero, and nobody locks another out."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ledger
from db import tables as t
from db.ids import new_id
from db.queries.stock import balance_differences
from db.session import Database
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.stock import InsufficientStock, Move, Place, Position, Posting
from tests.db.postings import open_hold
from tests.db.stockroom import Stockroom, make_stockroom, new_batch
from tests.servers import TestDatabase

AT_ONCE = 6
BATCHES = 3
STOCK = 6

WAITING, SHELF = ("waiting", Status.QUARANTINE), ("shelf", Status.QUALIFIED)
WAYS: dict[str, tuple[PostingKind, object, object]] = {
    "receive": (PostingKind.RECEIPT, PlaceKind.SUPPLIER, WAITING),
    "accept": (PostingKind.PUT_AWAY, WAITING, SHELF),
    "reject": (PostingKind.PUT_AWAY, WAITING, ("red", Status.REJECTED)),
    "issue": (PostingKind.ISSUE, SHELF, PlaceKind.CUSTOMER),
    "send": (PostingKind.TRANSFER_OUT, SHELF, PlaceKind.TRANSIT),
}
# One posting takes several batches, in any order: two of them may meet on the same positions the other way round.
postings = st.tuples(
    st.sampled_from(sorted(WAYS)),
    st.lists(st.tuples(st.integers(0, BATCHES - 1), st.integers(1, 4)), min_size=1, max_size=BATCHES),
)
rounds = st.lists(postings, min_size=AT_ONCE, max_size=3 * AT_ONCE)


@pytest.fixture(scope="module")
def rooms() -> dict[str, Stockroom]:
    return {}


def _posting(room: Stockroom, batches: list[UUID], way: str, taken: list[tuple[int, int]]) -> Posting:
    kind, source, target = WAYS[way]

    def place(end: object) -> Place:
        return room.at(*end) if isinstance(end, tuple) else PlaceKind(str(end))

    moves = [
        Move(batches[number], quantity, place(source), place(target), party_id=room.customer)
        for number, quantity in taken
    ]
    return room.posting(kind, *moves)


@given(script=rounds, held=st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
async def test_what_commits_at_once_is_what_the_balances_say(
    module_database: TestDatabase,
    rooms: dict[str, Stockroom],
    script: list[tuple[str, list[tuple[int, int]]]],
    held: bool,
) -> None:
    if "room" not in rooms:
        rooms["room"] = await make_stockroom(module_database)
    room = rooms["room"]
    app = Database(module_database.app_url, pool_size=AT_ONCE)
    async with app.write(room.actor) as tx:
        batches = [await new_batch(tx, room, new_id().hex[-20:]) for _ in range(BATCHES)]
        for batch in batches:
            await ledger.post(tx, room.receipt(batch, STOCK))
            await ledger.post(tx, room.accepted(batch, STOCK // 2))

    async def post(way: str, taken: list[tuple[int, int]]) -> Posting | None:
        made = _posting(room, batches, way, taken)
        try:
            async with app.write(room.actor) as tx:
                await ledger.post(tx, made)
                await tx.audit("posting.made", "batch", batches[0])
        except (InsufficientStock, BatchNotIssuable):
            return None
        return made

    async def seal() -> None:
        if held:
            await open_hold(app, room, batches[0])

    *done, _ = await asyncio.gather(*(post(way, taken) for way, taken in script), seal())
    moves = [move for posting in done if posting is not None for move in posting.moves]
    assert await _kept(app, batches) == _expected(room, batches, moves)
    if held:
        assert await post("issue", [(0, 1)]) is None
    await app.close()


def _expected(room: Stockroom, batches: list[UUID], moves: list[Move]) -> dict[tuple[UUID, Position], int]:
    """What the first stock and the moves that were committed leave where."""
    stock: Counter[tuple[UUID, Position]] = Counter()
    for batch in batches:
        stock[batch, room.at(*WAITING)] = STOCK - STOCK // 2
        stock[batch, room.at(*SHELF)] = STOCK // 2
    for move in moves:
        if isinstance(move.source, Position):
            stock[move.batch_id, move.source] -= move.quantity
        if isinstance(move.target, Position):
            stock[move.batch_id, move.target] += move.quantity
    return {at: quantity for at, quantity in stock.items() if quantity}


async def _kept(app: Database, batches: list[UUID]) -> dict[tuple[UUID, Position], int]:
    async with app.read() as reader:
        rows = await reader.rows(sa.select(t.balance).where(t.balance.c.batch_id.in_(batches)))
        assert await balance_differences(reader) == []
    names = ("site_id", "location_id", "status", "owner_id")
    return {
        (row["batch_id"], Position(*(row[name] for name in names))): row["quantity"]
        for row in rows
        if row["quantity"]
    }

"""Where every unit is, from the ledger and from the balances: they agree, now and at every moment before."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from db.ids import new_id
from db.queries import whereabouts
from db.queries.whereabouts import Asked
from db.session import Database
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import Refusal
from domain.stock import Move, Place
from domain.whereabouts import Account, accounts
from tests.db.postings import on_shelf, posted
from tests.db.stockroom import Stockroom, make_stockroom, new_batch, new_serials
from tests.servers import TestDatabase

WAITING, SHELF, RED = ("waiting", Status.QUARANTINE), ("shelf", Status.QUALIFIED), ("red", Status.REJECTED)
STEPS = (
    (PostingKind.RECEIPT, PlaceKind.SUPPLIER, WAITING),
    (PostingKind.PUT_AWAY, WAITING, SHELF),
    (PostingKind.PUT_AWAY, WAITING, RED),
    (PostingKind.ISSUE, SHELF, PlaceKind.CUSTOMER),
    (PostingKind.CUSTOMER_RETURN, PlaceKind.CUSTOMER, ("waiting", Status.RETURNED)),
    (PostingKind.TRANSFER_OUT, SHELF, PlaceKind.TRANSIT),
    (PostingKind.TRANSFER_IN, PlaceKind.TRANSIT, WAITING),
    (PostingKind.DESTRUCTION, RED, PlaceKind.DESTROYED),
    (PostingKind.COUNT_ADJUSTMENT, SHELF, PlaceKind.COUNT),
    (PostingKind.COUNT_ADJUSTMENT, PlaceKind.COUNT, SHELF),
    (PostingKind.SUPPLIER_RETURN, RED, PlaceKind.SUPPLIER),
)
scripts = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 6), st.booleans()), max_size=12)


@pytest.fixture(scope="module")
def rooms() -> dict[str, Stockroom]:
    return {}


async def account(app: Database, asked: Asked) -> Account:
    async with app.read() as tx:
        flows, standing = await whereabouts.flows(tx, asked), await whereabouts.standing(tx, asked)
    (one,), _ = accounts(asked.batch_ids, flows, standing)
    return one


def move(room: Stockroom, batch: UUID, quantity: int, source: object, target: object) -> Move:
    def place(end: object) -> Place:
        return room.at(*end) if isinstance(end, tuple) else PlaceKind(str(end))

    kinds = {source, target}
    party = room.supplier if PlaceKind.SUPPLIER in kinds else None
    party = room.customer if PlaceKind.CUSTOMER in kinds else party
    return Move(batch, quantity, place(source), place(target), party_id=party)


@given(scripts)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_ledger_and_balances_account_for_every_unit_at_every_moment(
    module_database: TestDatabase,
    rooms: dict[str, Stockroom],
    script: list[tuple[tuple[PostingKind, object, object], int, bool]],
) -> None:
    room = rooms.setdefault("room", rooms.get("room") or await make_stockroom(module_database))
    app = Database(module_database.app_url, pool_size=1)
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, f"B{new_id().hex}"[:30])
    moments: list[tuple[datetime, Account]] = []
    for (kind, source, target), quantity, undone in [(STEPS[0], 40, False), (STEPS[1], 30, False), *script]:
        try:
            posting = room.posting(kind, move(room, batch, quantity, source, target))
            made = await posted(app, room, posting)
            if undone:
                back = room.posting(
                    PostingKind.REVERSAL, move(room, batch, quantity, target, source), reverses_id=made
                )
                await posted(app, room, back)
        except Refusal:
            continue  # the goods were not there, or the movement has no way back
        now = await account(app, Asked([batch]))
        assert now.difference == 0
        async with app.read() as tx:
            moments.append((await tx.scalar(sa.select(sa.func.clock_now())), now))
    for at, then in moments:
        assert await account(app, Asked([batch], at=at)) == then
    await app.close()


@pytest.fixture
async def app(module_database: TestDatabase) -> AsyncIterator[Database]:
    opened = Database(module_database.app_url, pool_size=1)
    yield opened
    await opened.close()


async def test_pieces_are_accounted_for_one_by_one(
    app: Database, module_database: TestDatabase, rooms: dict[str, Stockroom]
) -> None:
    room = rooms.setdefault("room", rooms.get("room") or await make_stockroom(module_database))
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, f"B{new_id().hex}"[:30])
        serials = await new_serials(tx, room, batch, [f"{batch.hex[-12:]}-{n}" for n in range(3)])
    await posted(app, room, room.receipt(batch, 3, serial_ids=serials))
    await posted(app, room, room.accepted(batch, 3, serial_ids=serials))
    await posted(app, room, room.issue(batch, 1, serial_ids=serials[:1]))
    for asked in (Asked([batch], serials[:2]), Asked([batch], serials[:2], at=await moment(app))):
        one = await account(app, asked)
        assert (one.received, one.held["on_hand"], one.held["customer"], one.difference) == (2, 1, 1, 0)


async def moment(app: Database) -> datetime:
    async with app.read() as tx:
        found: datetime = await tx.scalar(sa.select(sa.func.clock_now()))
    return found


async def test_a_balance_that_somebody_changed_past_the_ledger_is_shown(
    app: Database, module_database: TestDatabase, rooms: dict[str, Stockroom]
) -> None:
    room = rooms.setdefault("room", rooms.get("room") or await make_stockroom(module_database))
    batch = await on_shelf(app, room, 10)
    owner = Database(module_database.superuser_url, pool_size=1)
    async with owner.write() as tx:
        b = t.balance.c
        wrong = sa.update(t.balance).where(b.batch_id == batch, b.status == "qualified")
        await tx.execute(wrong.values(quantity=8))
        tx.audited_elsewhere("a test reaches past the ledger")
    await owner.close()
    one = await account(app, Asked([batch]))
    assert (one.came_in, one.held["on_hand"], one.difference) == (10, 8, 2)

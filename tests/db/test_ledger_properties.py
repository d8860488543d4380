"""Whatever is posted, in whatever order: balances are the ledger's sum, never negative, a serial in one place."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
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
from domain.batches import PlaceKind, PostingKind, Status, movement_allowed
from domain.errors import Refusal
from domain.stock import Move, Place, Position, movement_of
from tests.db.stockroom import Stockroom, make_stockroom, new_batch, new_serials
from tests.servers import TestDatabase

SERIALS = 4
PLACES = [(place, status) for place in ("waiting", "shelf") for status in Status]
OUTSIDE = [kind for kind in PlaceKind if kind is not PlaceKind.INTERNAL]

ends = st.sampled_from([*PLACES, *OUTSIDE])
likely = st.sampled_from(
    [
        (PostingKind.RECEIPT, PlaceKind.SUPPLIER, ("waiting", Status.QUARANTINE)),
        (PostingKind.PUT_AWAY, ("waiting", Status.QUARANTINE), ("shelf", Status.QUALIFIED)),
        (PostingKind.PUT_AWAY, ("waiting", Status.QUARANTINE), ("shelf", Status.REJECTED)),
        (PostingKind.ISSUE, ("shelf", Status.QUALIFIED), PlaceKind.CUSTOMER),
        (PostingKind.CUSTOMER_RETURN, PlaceKind.CUSTOMER, ("waiting", Status.RETURNED)),
        (PostingKind.TRANSFER_OUT, ("shelf", Status.QUALIFIED), PlaceKind.TRANSIT),
        (PostingKind.TRANSFER_IN, PlaceKind.TRANSIT, ("waiting", Status.QUARANTINE)),
    ]
)


def _from_stock(movement: tuple[PostingKind, object, object], number: int) -> Any:
    """A likely movement from wherever goods are: the table has to say no, not the want of goods."""
    kind, _, target = movement
    return kind, number, target


movements = st.one_of(
    likely,
    likely,
    st.builds(_from_stock, likely, st.integers(0, 9)),
    st.builds(_from_stock, likely, st.integers(0, 9)),
    st.tuples(st.sampled_from([k for k in PostingKind if k is not PostingKind.REVERSAL]), ends, ends),
)
pieces = st.lists(st.integers(0, SERIALS - 1), min_size=1, max_size=SERIALS, unique=True)
twice = st.lists(st.integers(0, SERIALS - 1), min_size=2, max_size=SERIALS)
steps = st.lists(
    st.tuples(movements, st.one_of(pieces, pieces, twice), st.sampled_from([False, False, True])),
    min_size=8,
    max_size=16,
)
ARRIVED = [
    ((PostingKind.RECEIPT, PlaceKind.SUPPLIER, ("waiting", Status.QUARANTINE)), [0, 1, 2, 3], named)
    for named in (True, False)
]
"""What every script begins with: pieces with their numbers, and as many without."""


@dataclass
class Model:
    """What must be true, kept with a dict: stock per position, sold, on the way, and where each serial is."""

    stock: Counter[Position] = field(default_factory=Counter)
    sold: int = 0
    in_transit: int = 0
    serials: dict[UUID, Place] = field(default_factory=dict)

    def allows(self, kind: PostingKind, move: Move) -> bool:
        source, target = move.source, move.target
        if source == target or not movement_allowed(movement_of(kind, move)):
            return False
        if isinstance(source, Position) and self.stock[source] < move.quantity:
            return False
        if len(set(move.serial_ids)) < len(move.serial_ids):
            return False
        known = [self.serials.get(serial) for serial in move.serial_ids]
        outside = {PlaceKind.CUSTOMER: self.sold, PlaceKind.TRANSIT: self.in_transit}
        if not isinstance(source, Position) and outside.get(source, move.quantity) < move.quantity:
            return False
        if isinstance(source, Position) or source is PlaceKind.CUSTOMER:
            return all(place == source for place in known)
        return all(place is None or place == source for place in known)

    def apply(self, move: Move) -> None:
        self.sold += move.quantity * (
            (move.target is PlaceKind.CUSTOMER) - (move.source is PlaceKind.CUSTOMER)
        )
        sent = (move.target is PlaceKind.TRANSIT) - (move.source is PlaceKind.TRANSIT)
        self.in_transit += move.quantity * sent
        if isinstance(move.source, Position):
            self.stock[move.source] -= move.quantity
        if isinstance(move.target, Position):
            self.stock[move.target] += move.quantity
        for serial in move.serial_ids:
            self.serials[serial] = move.target


@pytest.fixture(scope="module", autouse=True)
def the_database_alone() -> Iterator[None]:
    """Nothing is checked before it reaches the database: its own guards are what is proven here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ledger, "check", lambda _posting: None)
        yield


@pytest.fixture(scope="module")
def rooms() -> dict[str, Stockroom]:
    return {}


@given(steps)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_ledger_does_what_the_model_says(
    module_database: TestDatabase,
    rooms: dict[str, Stockroom],
    script: list[tuple[tuple[PostingKind, object, object], list[int], bool]],
) -> None:
    if "room" not in rooms:
        rooms["room"] = await make_stockroom(module_database)
    room = rooms["room"]
    app = Database(module_database.app_url, pool_size=1)
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, f"B{new_id().hex}"[:30])
        serials = await new_serials(tx, room, batch, [f"{batch.hex[-12:]}-{n}" for n in range(SERIALS)])
    model = Model()

    def place(end: object) -> Place:
        if isinstance(end, int):
            stocked = [position for position, quantity in model.stock.items() if quantity]
            return stocked[end % len(stocked)] if stocked else room.at("waiting", Status.QUARANTINE)
        return room.at(*end) if isinstance(end, tuple) else PlaceKind(str(end))

    for (kind, source, target), chosen, named in [*ARRIVED, *script]:
        given_serials = [serials[n] for n in chosen] if named else []
        move = Move(
            batch, len(chosen), place(source), place(target), party_id=room.customer, serial_ids=given_serials
        )
        allowed = model.allows(kind, move)
        try:
            async with app.write(room.actor) as tx:
                await ledger.post(tx, room.posting(kind, move))
                await tx.audit("posting.made", "batch", batch)
        except (Refusal, sa.exc.IntegrityError):
            assert not allowed, (kind, source, target)
        else:
            assert allowed, (kind, source, target)
            model.apply(move)
    async with app.read() as reader:
        kept = await reader.rows(sa.select(t.balance).where(t.balance.c.batch_id == batch))
        places = await reader.rows(sa.select(t.serial_place).where(t.serial_place.c.batch_id == batch))
        assert await balance_differences(reader) == []
    await app.close()
    names = ("site_id", "location_id", "status", "owner_id")
    found = {Position(*(row[name] for name in names)): row["quantity"] for row in kept if row["quantity"]}
    assert found == {position: quantity for position, quantity in model.stock.items() if quantity}
    assert {row["serial_id"]: row["kind"] for row in places} == {
        serial: "internal" if isinstance(where, Position) else where
        for serial, where in model.serials.items()
    }


async def test_a_posting_of_ten_thousand_lines_is_one_statement(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batches = [
            {"id": new_id(), "material_id": room.material, "manufacturer_id": room.maker, "number": f"B{n}"}
            for n in range(500)
        ]
        await tx.execute(sa.insert(t.batch), batches)
        target = room.at("waiting", Status.QUARANTINE)
        moves = [
            Move(batches[n % 500]["id"], 3, PlaceKind.SUPPLIER, target, party_id=room.supplier)  # type: ignore[arg-type]
            for n in range(10_000)
        ]
        await ledger.post(tx, room.posting(PostingKind.RECEIPT, *moves))
        await tx.audit("posting.made", "batch", "10000")
    async with app.read() as tx:
        total = await tx.one(sa.select(sa.func.count(), sa.func.sum(t.balance.c.quantity)))
        assert tuple(total.values()) == (500, 30_000)
        assert await balance_differences(tx) == []

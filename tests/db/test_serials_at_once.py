"""Many serials in one posting: each moves once and from where it is, however many stand beside it."""

from collections import Counter

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ledger
from db import tables as t
from db.ids import new_id
from db.session import Database
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move, SerialElsewhere
from tests.db.postings import posted
from tests.db.stockroom import Stockroom, make_stockroom, new_batch, new_serials
from tests.servers import TestDatabase

PIECES = 6


@pytest.fixture(scope="module")
def rooms() -> dict[str, Stockroom]:
    return {}


moves = st.lists(
    st.lists(st.integers(0, PIECES - 1), min_size=1, max_size=PIECES, unique=True), min_size=1, max_size=5
)


@given(st.sets(st.integers(0, PIECES - 1)), moves)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_a_posting_takes_each_serial_once_from_where_it_is(
    module_database: TestDatabase, rooms: dict[str, Stockroom], waiting: set[int], taken: list[list[int]]
) -> None:
    """Of some pieces only `waiting` have arrived; moves of `taken` are posted together, repeats and all."""
    if "room" not in rooms:
        rooms["room"] = await make_stockroom(module_database)
    room = rooms["room"]
    app = Database(module_database.app_url, pool_size=1)
    source, target = room.at("waiting", Status.QUARANTINE), room.at("shelf", Status.QUALIFIED)
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, f"B{new_id().hex}"[:30])
        serials = await new_serials(tx, room, batch, [f"{batch.hex[-12:]}-{n}" for n in range(PIECES)])
        arrived = [
            Move(batch, 100, PlaceKind.SUPPLIER, source, party_id=room.supplier),
            *(
                Move(batch, 1, PlaceKind.SUPPLIER, source, party_id=room.supplier, serial_ids=[serials[n]])
                for n in waiting
            ),
        ]
        await ledger.post(tx, room.posting(PostingKind.RECEIPT, *arrived))
        await tx.audit("posting.made", "batch", batch)
    together = [
        Move(batch, len(some), source, target, serial_ids=[serials[n] for n in some]) for some in taken
    ]
    count = Counter(n for some in taken for n in some)
    fits = set(count) <= waiting and max(count.values()) == 1
    booked_in = room.posting(PostingKind.PUT_AWAY, *together)
    if fits:
        await posted(app, room, booked_in)
    else:
        with pytest.raises(SerialElsewhere) as refused:
            await posted(app, room, booked_in)
        wrong = {f"{batch.hex[-12:]}-{n}" for n in count if n not in waiting or count[n] > 1}
        assert refused.value.params["serial"] in wrong
    p = t.serial_place.c
    async with app.read() as tx:
        rows = await tx.rows(sa.select(p.serial_id, p.location_id).where(p.batch_id == batch))
    await app.close()
    moved = set(count) if fits else set()
    assert {row["serial_id"]: row["location_id"] for row in rows} == {
        serials[n]: (target if n in moved else source).location_id for n in waiting
    }

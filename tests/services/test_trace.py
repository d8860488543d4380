"""A trace of single pieces, and of what a blind count hides."""

from collections.abc import AsyncIterator

import pytest

from db.session import Database
from domain.errors import NotFound
from services import trace
from services.actions import ACTIONS, UNDOS
from services.trace import Start
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    """A company with stock, of which nothing is under way."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    yield Outbound(await make_world(opened, engine), engine)
    await opened.close()


async def test_a_serial_is_traced_as_one_piece(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    admin = await outbound.world.actor("admin")
    found = await trace.trace(outbound.world.platform, Start(serial="S2"), actor=admin)
    assert [(row.batch_number, row.quantity, row.from_kind) for row in found.rows] == [("B1", 1, "supplier")]
    whole = await trace.trace(outbound.world.platform, Start(batch="M1:B1"), actor=admin)
    assert [row.quantity for row in whole.rows] == [3]
    with pytest.raises(NotFound):
        await trace.trace(outbound.world.platform, Start(serial="S9"), actor=admin)


async def test_what_is_not_shown_is_said(outbound: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "MOST_BATCHES", 1)
    await outbound.stock("A-01", "M1", "B1", 5)
    await outbound.stock("A-01", "M1", "B2", 5)
    admin = await outbound.world.actor("admin")
    one = await trace.trace(outbound.world.platform, Start(batch="M1:B1"), actor=admin)
    assert not one.more
    party = one.rows[0].party_code
    found = await trace.trace(outbound.world.platform, Start(party=party), actor=admin)
    assert (found.more, len({row.batch_id for row in found.rows})) == (True, 1)

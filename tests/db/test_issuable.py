"""What may leave for a customer: qualified, not on hold, not expired, to a licensed party - and who waits for whom."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.session import Database
from domain.batches import (
    BatchNotIssuable,
    IdentityIsImmutable,
    MovementNotAllowed,
    PlaceKind,
    PostingKind,
    Status,
)
from domain.stock import Move
from tests.db.postings import balances, on_shelf, open_hold, posted
from tests.db.stockroom import Stockroom, new_batch


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.QUALIFIED])
async def test_only_qualified_stock_leaves(app: Database, room: Stockroom, status: Status) -> None:
    batch = await on_shelf(app, room)
    with pytest.raises(MovementNotAllowed):
        await posted(app, room, room.issue(batch, 1, status))


@pytest.mark.parametrize("days", [-1, -400])
async def test_an_expired_batch_does_not_leave(app: Database, room: Stockroom, days: int) -> None:
    today = datetime.now(UTC).date()
    batch = await on_shelf(app, room, 5, today + timedelta(days=days - 1))
    with pytest.raises(BatchNotIssuable) as refused:
        await posted(app, room, room.issue(batch, 1))
    assert refused.value.params["because"] == "expired"
    source, target = room.at("shelf", Status.QUALIFIED), room.at("red", Status.REJECTED)
    await posted(app, room, room.posting(PostingKind.STATUS_CHANGE, Move(batch, 5, source, target)))
    destroyed = Move(batch, 5, target, PlaceKind.DESTROYED)
    await posted(app, room, room.posting(PostingKind.DESTRUCTION, destroyed))
    assert await balances(app, batch) == {}


async def test_a_batch_without_expiry_leaves(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room, 5, None)
    await posted(app, room, room.issue(batch, 1))


async def test_expiry_ends_with_the_day_at_the_site(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1", date(2027, 11, 30))
        answers = {}
        for site, at in (("east", "15:59"), ("east", "16:00"), ("west", "17:59"), ("west", "18:00")):
            statement = sa.text("SELECT batch_expired(:batch, :site, :at)")
            given = {"batch": batch, "site": room.ids[site], "at": f"2027-11-30T{at}:00Z"}
            answers[site, at] = await tx.scalar(statement, given)
    assert answers == {
        ("east", "15:59"): False,
        ("east", "16:00"): True,
        ("west", "17:59"): False,
        ("west", "18:00"): True,
    }


async def test_a_hold_stops_issues_until_it_is_closed(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    hold = await open_hold(app, room, batch)
    with pytest.raises(BatchNotIssuable) as refused:
        await posted(app, room, room.issue(batch, 1))
    assert refused.value.params["because"] == "hold"
    async with app.write(room.actor) as tx:
        closing = {"closed_at": sa.func.clock_now(), "closed_by": room.checker, "closed_reason": "合格"}
        await tx.execute(sa.update(t.hold).where(t.hold.c.id == hold).values(**closing))
        await tx.audit("hold.closed", "hold", hold)
    await posted(app, room, room.issue(batch, 1))
    with pytest.raises(IdentityIsImmutable):  # noqa: PT012
        async with app.write(room.actor) as tx:
            reopened = {"closed_at": None, "closed_by": None}
            await tx.execute(sa.update(t.hold).where(t.hold.c.id == hold).values(**reopened))


async def test_a_hold_at_another_site_stops_nothing_here(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    await open_hold(app, room, batch, room.west)
    await posted(app, room, room.issue(batch, 1))
    await open_hold(app, room, batch, room.east)
    with pytest.raises(BatchNotIssuable):
        await posted(app, room, room.issue(batch, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": date(2020, 1, 1)},
        {"withdrawn": True},
        {"scope": ["device"]},
        {"valid_from": date(2098, 1, 1)},
    ],
)
async def test_a_customer_without_a_licence_gets_nothing(
    app: Database, room: Stockroom, change: dict[str, Any]
) -> None:
    batch = await on_shelf(app, room)
    async with app.write(room.actor) as tx:
        await tx.execute(sa.update(t.licence).where(t.licence.c.party_id == room.customer).values(**change))
        await tx.audit("licence.changed", "party", room.customer)
    with pytest.raises(BatchNotIssuable) as refused:
        await posted(app, room, room.issue(batch, 1))
    assert refused.value.params["because"] == "licence"


async def test_a_hold_waits_for_the_issue_in_flight_and_nothing_follows_it(
    app: Database, room: Stockroom
) -> None:
    batch = await on_shelf(app, room)
    async with app.write(room.actor) as tx:
        await ledger.post(tx, room.issue(batch, 1))
        await tx.audit("posting.made", "batch", batch)
        holding = asyncio.create_task(open_hold(app, room, batch))
        assert not (await asyncio.wait([holding], timeout=0.3))[0]
    await holding
    with pytest.raises(BatchNotIssuable):
        await posted(app, room, room.issue(batch, 1))


async def test_an_issue_waits_for_the_hold_in_flight_and_sees_it(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    async with app.write(room.actor) as tx:
        row = {"batch_id": batch, "kind": "quality", "reason": "召回", "opened_by": room.keeper}
        await tx.execute(sa.insert(t.hold).values(**row))
        await tx.audit("hold.opened", "batch", batch)
        issuing = asyncio.create_task(posted(app, room, room.issue(batch, 1)))
        assert not (await asyncio.wait([issuing], timeout=0.3))[0]
    with pytest.raises(BatchNotIssuable):
        await issuing

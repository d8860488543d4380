"""Every night: what is over goes to the red zone in full and is promised to nobody, what is near is listed once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries.stock import balance_differences
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move, Position, Posting
from services import expiry, line_sets
from services.action_context import ActionRefused
from services.outbound_allocation import allocate_order
from tests.servers import TestDatabase
from tests.services.company import Company, advised
from tests.services.deliveries import delivery
from tests.services.sales import new_customer, reserved, sale, shelve

TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()


def days(n: int) -> date:
    return TODAY + timedelta(days=n)


@pytest.fixture
def later(database: TestDatabase) -> Callable[[int], None]:
    """Moves the database's clock forward by so many days."""

    def move(n: int) -> None:
        with psycopg.connect(database.owner_url.replace("+psycopg", "")) as session:
            session.execute("UPDATE clock_setting SET drill = true, offset_seconds = %s", [n * 86_400])

    return move


async def turned_up(company: Company, number: str, quantity: int, status: Status) -> None:
    """So much of an expired batch in some other state: found in a count."""
    batch_id = await shelve(company, number, 1, days(-3))
    async with company.write() as tx:
        b = t.balance.c
        (row,) = await tx.rows(sa.select(t.balance).where(b.batch_id == batch_id, b.quantity > 0))
        here = Position(row["site_id"], row["location_id"], Status.QUALIFIED, row["owner_id"])
        moves = [
            Move(batch_id, 1, here, PlaceKind.COUNT),
            Move(batch_id, quantity, PlaceKind.COUNT, replace(here, status=status)),
        ]
        await ledger.post(tx, Posting(PostingKind.COUNT_ADJUSTMENT, company.admin.person_id, moves))


async def lock(company: Company, path: str = "lock#1") -> Mapping[str, Any]:
    async with company.write() as tx:
        run = await company.start_run(tx)
        return (await expiry.lock_expired(company.context(tx, run, path), {})).outputs


async def near(company: Company, horizon: int) -> tuple[int, list[tuple[str, int]]]:
    """How many, and (batch, remaining days) in their order."""
    async with company.write() as tx:
        run = await company.start_run(tx)
        found = (await expiry.list_near(company.context(tx, run, "near#1"), {"days": horizon})).outputs
        lines = await line_sets.read(tx, found["lines"]["id"])
    return found["count"], [(line.data["batch_number"], line.data["remaining_days"]) for line in lines]


async def balances(company: Company) -> dict[tuple[str, str, str], int]:
    b = t.balance.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.batch.c.number, t.location.c.code, b.status, b.quantity)
            .join(t.batch, t.batch.c.id == b.batch_id)
            .join(t.location, t.location.c.id == b.location_id)
            .where(b.quantity > 0)
        )
        assert await balance_differences(tx) == []
    return {(row["number"], row["code"], row["status"]): row["quantity"] for row in rows}


async def test_what_has_expired_goes_to_the_red_zone_in_full_and_nothing_else_moves(company: Company) -> None:
    await shelve(company, "OLD", 30, days(-1))
    await shelve(company, "OLD", 7, days(-1), location="A-02")
    await turned_up(company, "BACK", 5, Status.RETURNED)
    await turned_up(company, "WAITS", 4, Status.QUARANTINE)
    await shelve(company, "TODAY", 9, days(0))
    await shelve(company, "NEVER", 2, None)
    done = await lock(company)
    assert (done["count"], done["quantity"], done["released"], done["left"]) == (3, 42, 0, 0)
    assert await balances(company) == {
        ("OLD", "R-01", "rejected"): 37,
        ("BACK", "R-01", "rejected"): 5,
        ("WAITS", "A-01", "quarantine"): 4,
        ("TODAY", "A-01", "qualified"): 9,
        ("NEVER", "A-01", "qualified"): 2,
    }
    again = await lock(company, "lock#2")
    assert (again["count"], again["quantity"], again["posting"]) == (0, 0, "")


async def test_expired_goods_that_are_promised_are_released_with_the_move(
    company: Company, later: Callable[[int], None]
) -> None:
    await new_customer(company)
    await shelve(company, "SOON", 10, days(1))
    sold = await sale(company)
    async with company.write() as tx:
        order = {"sales_order": {"id": str(sold.order_id)}}
        await allocate_order(company.context(tx, sold.run, "allocate#1"), order)
    assert await reserved(company) == {("SOON", "A-01"): (10, 10)}
    later(2)
    done = await lock(company)
    assert (done["quantity"], done["released"]) == (10, 10)
    assert await reserved(company) == {}
    r = t.reservation.c
    async with company.database.read() as tx:
        rows = await tx.rows(sa.select(r.state, r.ended_reason))
    assert [(row["state"], row["ended_reason"]) for row in rows] == [("released", expiry.REASON)]


async def test_serials_go_along_and_a_position_with_some_unknown_stays(
    company: Company, later: Callable[[int], None]
) -> None:
    lines = [
        advised(quantity=2, serials=["X1", "X2"], expires_on=days(400).isoformat()),
        advised(2, quantity=2, serials=["Y1", "Y2"], expires_on=days(400).isoformat()),
    ]
    run = await delivery(company, *lines)
    accepted = await run.accept({"outcome": "accepted"})
    await run.book_in(accepted, {"location": "A-01"})
    await shelve(company, "B2", 3, location="A-01")  # three more of the second batch, without serials
    later(401)
    done = await lock(company)
    assert (done["count"], done["quantity"], done["left"]) == (1, 2, 1)
    assert await balances(company) == {("B1", "R-01", "rejected"): 2, ("B2", "A-01", "qualified"): 5}
    p = t.serial_place.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.serial.c.number, p.status).join(t.serial, t.serial.c.id == p.serial_id)
        )
    assert {row["number"]: row["status"] for row in rows} == {
        "X1": "rejected",
        "X2": "rejected",
        "Y1": "qualified",
        "Y2": "qualified",
    }


async def test_a_site_without_a_red_zone_is_refused_by_name_and_nothing_moves(company: Company) -> None:
    await shelve(company, "OLD", 3, days(-1))
    async with company.write() as tx:
        red = sa.select(t.zone.c.id).where(t.zone.c.kind == "rejected")
        await tx.execute(sa.update(t.location).where(t.location.c.zone_id.in_(red)).values(active=False))
    with pytest.raises(ActionRefused) as refused:
        await lock(company)
    assert refused.value.name == "no_rejected_zone"
    assert await balances(company) == {("OLD", "A-01", "qualified"): 3}


async def test_near_is_what_lies_within_the_horizon_and_is_listed_once_a_week(company: Company) -> None:
    await shelve(company, "LATE", 1, days(31))
    await shelve(company, "EDGE", 1, days(30))
    await shelve(company, "LAST", 1, days(0))
    await shelve(company, "OVER", 1, days(-1))
    await shelve(company, "RED", 1, days(10), status=Status.REJECTED)
    assert await near(company, 30) == (2, [("LAST", 0), ("EDGE", 30)])
    assert await near(company, 30) == (0, [])
    assert await near(company, 31) == (1, [("LATE", 31)])

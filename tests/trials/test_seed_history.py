"""Some days of history of the demo company: planned, loaded through services, cut short, gone on with."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from db import tables as t
from domain.errors import NotFound
from domain.evidence import LoadingClosed
from domain.loaded_records import check
from ops import demo_seed, reconciliation
from ops.demo_seed import people
from ops.history import seeding
from ops.history.plan import Terms, plan
from ops.history.shelves import Spot
from ops.history.taking_over import clerks, take_over
from ops.loading_window import loading_window
from ops.platform_access import open_platform
from ops.settings import Settings
from services import auth, loaded_records, stock
from services.permissions import NotPermitted
from services.platform import Platform
from tests.servers import TestDatabase

FRIDAY = date(2026, 10, 16)
TERMS = Terms(5, 1, FRIDAY)


@given(days=st.integers(1, 60), scale=st.integers(1, 2), until=st.dates(date(2025, 1, 1), date(2026, 11, 20)))
@settings(max_examples=15, deadline=None)
def test_a_plan_is_possible_whatever_its_terms(days: int, scale: int, until: date) -> None:
    made = plan(Terms(days, scale, until))
    again = plan(Terms(days, scale, until))
    assert [event.at for event in made.events] == [event.at for event in again.events]
    held: dict[Spot, int] = defaultdict(int)
    for _, spot, quantity in sorted(made.shelves.journal, key=lambda change: change[0]):
        held[spot] += quantity
        assert held[spot] >= 0
    ids = set()
    for event in made.events:
        for record in event.content if isinstance(event.content, tuple) else ():
            check(record)
            ids.add(record.id)
            assert record.at.date() <= until
    assert len(ids) == sum(len(e.content) for e in made.events if isinstance(e.content, tuple))
    for spot, quantity in held.items():
        assert not quantity or not made.shelves.of(spot).material.special_control


@asynccontextmanager
async def _platform(database: TestDatabase, home: Path) -> AsyncIterator[Platform]:
    async with open_platform(_settings(database, home)) as platform:
        yield platform


def _settings(database: TestDatabase, home: Path) -> Settings:
    urls = {"database_url": SecretStr(database.app_url), "owner_database_url": SecretStr(database.owner_url)}
    return Settings(home=home, temporal_address="127.0.0.1:1", demo=True, **urls)  # type: ignore[arg-type]


class Killed(Exception):
    """The process ended here."""


@pytest.mark.slow
@pytest.mark.timeout(590)
async def test_history_that_is_cut_short_ends_like_one_that_is_not(
    database: TestDatabase, tmp_path: Path
) -> None:
    await demo_seed.load(_settings(database, tmp_path))
    async with _platform(database, tmp_path) as platform:
        await _refused_outside_the_window(platform)

        def die(done: int, of: int) -> None:
            if done == of // 2:
                raise Killed

        terms = {"days": TERMS.days, "until": TERMS.until}
        with pytest.raises(Killed):
            await seeding.seed(platform, database.owner_url, **terms, advance=die)  # type: ignore[arg-type]
        with pytest.raises(seeding.OtherTerms):
            await seeding.seed(platform, database.owner_url, days=9)
        found = await seeding.seed(platform, database.owner_url, days=TERMS.days)
        assert (found["ok"], found["until"]) == (True, FRIDAY.isoformat())
        await _returns_are_credited(platform)
        await _a_drill_stands_on_the_history(platform, found["recall_drill"])
        assert found["loaded"]["days_recorded_on"] in {1, 2}
        with pytest.raises(seeding.HistoryLoaded):
            await seeding.seed(platform, database.owner_url, days=TERMS.days)
        await _everything_again_changes_nothing(platform, database)
        await _each_day_is_as_planned(platform)
        await _a_wrong_figure_is_noticed(platform, database)


async def _returns_are_credited(platform: Platform) -> None:
    """What came back of invoiced goods is credited, at the instant of the return."""
    d = t.document.c
    async with platform.database.read() as tx:
        rows = await tx.rows(
            sa.select(d.kind, d.id, d.source_document_id, d.occurred_at, d.loaded).where(
                d.kind.in_(("sales_return", "credit_note"))
            )
        )
    returned = {row["id"]: row for row in rows if row["kind"] == "sales_return"}
    notes = [row for row in rows if row["kind"] == "credit_note"]
    assert returned and len(notes) == len(returned)
    assert all(note["loaded"] for note in notes)
    assert all(note["occurred_at"] == returned[note["source_document_id"]]["occurred_at"] for note in notes)


async def _a_drill_stands_on_the_history(platform: Platform, number: str) -> None:
    async with platform.database.read() as tx:
        key = await tx.scalar(sa.select(t.run.c.business_key).where(t.run.c.business_key == number))
    assert key == number


async def _refused_outside_the_window(platform: Platform) -> None:
    by = await clerks(platform)
    events = plan(TERMS).events
    for kind in ("purchase orders", "sales orders"):
        with pytest.raises(LoadingClosed):
            await take_over(platform, next(event for event in events if event.kind == kind), by)
    delivery = next(event for event in events if event.kind == "deliveries").content
    assert isinstance(delivery, tuple)
    with pytest.raises(LoadingClosed):
        await loaded_records.load(platform, delivery, reason="x", actor=by.clerk)
    hold = next(event for event in plan(Terms(9, 1, FRIDAY)).events if event.kind == "holds")
    with pytest.raises((LoadingClosed, NotFound)):
        await take_over(platform, hold, by)


async def _everything_again_changes_nothing(platform: Platform, database: TestDatabase) -> None:
    async def counted() -> list[int]:
        async with platform.database.read() as tx:
            tables = (t.document, t.document_line, t.posting, t.move, t.move_serial, t.batch, t.hold)
            return [await tx.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]

    before, by = await counted(), await clerks(platform)
    with loading_window(database.owner_url):
        for event in plan(TERMS).events:
            await take_over(platform, event, by)
    assert await counted() == before


async def _each_day_is_as_planned(platform: Platform) -> None:
    planned, by = plan(TERMS), await clerks(platform)
    for number in range(TERMS.days):
        day = date.fromordinal(TERMS.first.toordinal() + number)
        at = datetime.combine(day, time(23, 59), UTC)
        wanted = planned.shelves.as_of(at)
        assert wanted
        batch = sorted(wanted)[number % len(wanted)]
        ref = f"{batch.material}:{batch.batch}"
        page = await stock.rows(platform, actor=by.clerk, batch=ref, at=at)
        told = {(row.site_code, row.location_code, row.status): row.quantity for row in page.items}
        expected = {
            (spot.site, spot.location, spot.status.value): quantity
            for spot, quantity in wanted.items()
            if (spot.material, spot.batch) == (batch.material, batch.batch)
        }
        assert told == expected
    card = await stock.batch(platform, ref, actor=by.clerk)
    assert card.moves
    assert all(move.loaded and move.occurred_at < move.recorded_at for move in card.moves)


async def _a_wrong_figure_is_noticed(platform: Platform, database: TestDatabase) -> None:
    by = await clerks(platform)
    other = plan(Terms(TERMS.days, 2, FRIDAY))
    assert await seeding.differences(platform, other, by)
    async with platform.database.write(by.clerk.ref) as tx:
        order = t.document_line.c.document_id.in_(sa.select(t.document.c.id).where(t.document.c.loaded))
        c = t.document_line.c
        wrong = c.data.op("||")(sa.cast({"received": 1, "shipped": 1}, c.data.type))
        await tx.execute(sa.update(t.document_line).where(order).values(data=wrong))
        await tx.audit("spoil.document", "document", "all")
    found = reconciliation.contradictions(database.owner_url)
    assert found["purchase order lines whose received quantity is not what was put away"]
    assert found["sales order lines whose shipped quantity is not what left"]
    buyer = (await auth.issue_token(platform, people.holder("buyer"), people.PASSWORD)).token
    actor = await auth.actor_of_bearer(platform, buyer)
    delivery = next(e for e in plan(Terms(3, 1, FRIDAY)).events if e.kind == "deliveries").content
    assert isinstance(delivery, tuple)
    with pytest.raises(NotPermitted), loading_window(database.owner_url):
        await loaded_records.load(platform, delivery, reason="x", actor=actor)

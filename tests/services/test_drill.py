"""The clock of a drill is moved, and no other one; a draft comes in by the rules of the house."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries.sweeps import starts_owed
from domain.errors import Invalid
from domain.evidence import NotADrill
from services import drill, drill_intake, drill_record, run_lines, sop_files
from services.platform import Platform
from tests.servers import TestDatabase
from tests.ui.house import KEY, House, open_house
from tests.world import PASSWORD


def drilled(house: House, database: TestDatabase) -> Platform:
    """The platform of a drill: its database is marked by the owner."""
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as session:
        session.execute("UPDATE clock_setting SET drill = true")
    platform = house.world.platform
    return replace(platform, settings=replace(platform.settings, mode="drill"))


async def test_a_live_clock_stands_whoever_asks(database: TestDatabase) -> None:
    async with open_house(database.app_url) as house:
        admin = await house.actor("admin")
        for call in (
            drill.clock(house.world.platform, actor=admin),
            drill.advance(house.world.platform, 60, actor=admin),
            drill_intake.bring_in(house.world.platform, "", [], actor=admin),
        ):
            with pytest.raises(NotADrill):
                await call
        lying = replace(house.world.platform, settings=replace(house.world.platform.settings, mode="drill"))
        with pytest.raises(NotADrill):  # the database knows better than the setting
            await drill.advance(lying, 60, actor=admin)
    with (
        psycopg.connect(database.owner_url.replace("+psycopg", "")) as session,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        session.execute("UPDATE clock_setting SET offset_seconds = 60")


async def test_a_run_that_begins_after_the_clock_was_moved_is_started_by_the_sweep(
    database: TestDatabase,
) -> None:
    async with open_house(database.app_url) as house:
        platform, admin = drilled(house, database), await house.actor("admin")
        await drill.advance(platform, 3 * 86_400, actor=admin)
        run = await house.run("D-9")
        async with house.world.write() as tx:
            await tx.execute(sa.update(t.run).values(engine_started_at=None))
        async with platform.database.read() as tx:
            assert await starts_owed(tx, 0) == [run]


async def test_runs_and_deadlines_follow_the_clock_of_a_drill(database: TestDatabase) -> None:
    async with open_house(database.app_url) as house:
        platform, admin = drilled(house, database), await house.actor("admin")
        run = await house.run("D-1")
        before = await drill.clock(platform, actor=admin)
        assert before.ahead == timedelta() and before.next_due is not None
        for wrong in (0, -5, 401 * 86_400):
            with pytest.raises(Invalid):
                await drill.advance(platform, wrong, actor=admin)
        after = await drill.advance(platform, 3 * 86_400, actor=admin)
        assert after.ahead == timedelta(days=3) and after.lagging == 0
        assert after.now - before.now >= timedelta(days=3)
        assert house.engine.clocks == {str(run): 3 * 86_400}
        assert (await drill.advance(platform, 60, actor=admin)).ahead == timedelta(days=3, seconds=60)
        await house.arrive(run)
        (told,) = (await drill_record.make(platform, KEY, 1, actor=admin)).runs
        assert told.lines[0].at == told.started_at < before.now  # by the clock of the drill, line by line
        assert told.lines[-1].at > after.now and told.key == "DN-D-1"
        house.engine.clocks.clear()

        async def deaf(_run: str, _ahead: int) -> None:
            raise ConnectionError

        house.engine.advance_clock = deaf  # type: ignore[method-assign, assignment]
        assert (await drill.advance(platform, 60, actor=admin)).lagging == 1


async def test_a_draft_is_in_force_in_the_drill_with_everybody_trained(database: TestDatabase) -> None:
    async with open_house(database.app_url) as house:
        platform, author = drilled(house, database), await house.actor("author")
        text = sop_files.newest(KEY).text.replace("due: PT2H", "due: PT1H", 1)
        with pytest.raises(drill_intake.NobodyApproves):
            await drill_intake.bring_in(
                platform, text, [("author", PASSWORD), ("li", PASSWORD)], actor=author
            )
        made = await drill_intake.bring_in(platform, text, [("admin", PASSWORD)], actor=author)
        assert made.state == "effective"
        assert await drill.train_everybody(platform, made.id, actor=author) == 0


async def test_all_that_is_told_of_a_run_follows_the_clock_of_the_drill(database: TestDatabase) -> None:
    async with open_house(database.app_url) as house:
        platform, admin = drilled(house, database), await house.actor("admin")
        run = await house.run("D-1")
        await drill.advance(platform, 3 * 86_400, actor=admin)
        now = (await drill.clock(platform, actor=admin)).now
        await house.arrive(run)
        told = await run_lines.page(platform, run, actor=admin, forward=True, with_rest=True)
        first, last = told.entries[0], told.entries[-1]
        assert first.at < now - timedelta(days=3) and last.at >= now
        assert [one.at for one in told.entries] == sorted(one.at for one in told.entries)
        assert all(one.at >= now for one in told.signatures)
        assert any(band.lasted >= timedelta(days=3) and band.waits for band in told.waits)
        live = await run_lines.page(house.world.platform, run, actor=admin, forward=True)
        assert live.entries[-1].at < now  # evidence itself is written down in real time

"""A house with runs that ended long ago, and the run that deletes their contents, played by its people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Database
from services import runs, tasks
from tests import aged
from tests.servers import TestDatabase
from tests.services.recall_runs import SIGNED, STAFF, hire, work
from tests.ui.house import House, put_in_force
from tests.world import two_steps

KEY = "record_destruction"
ASKS, APPROVES, WITNESSES = "recaller", "zhou", "wu"
OLD = datetime.now(UTC) - timedelta(days=365 * 8)


async def old_runs(house: House, database: TestDatabase, number: int = 1) -> list[UUID]:
    """Runs that ended eight years ago, archived."""
    bundle = await house.world.publish({**two_steps(), "sop": "old_one"})
    sop = await house.world.scalar(sa.select(t.sop.c.id).where(t.sop.c.key == "old_one"))
    version = (sop, house.world.versions["old_one"])
    owner = Database(database.owner_url, pool_size=1)
    made = []
    async with owner.write() as tx:
        tx.audited_elsewhere("the test's own world")
        for day in range(number):
            run = await aged.ended_run(
                tx,
                site=house.world.sites["SH1"],
                person=house.world.people["li"],
                version=version,
                sha256=bundle.sha256,
                ended_at=OLD + timedelta(days=day),
            )
            await aged.kept(tx, run)
            made.append(run)
    await owner.close()
    return made


async def staffed(house: House) -> None:
    await hire(house)
    await put_in_force(house.world, KEY, STAFF)


async def begun(house: House) -> UUID:
    """The run that deletes, as far as its list."""
    made = await runs.start(
        house.world.platform,
        KEY,
        {"site": "SH1", "reason": "保存期满"},
        actor=await house.actor("admin"),
    )
    return made.row.id


async def chosen(house: House, run: UUID, outcome: str = "delete") -> None:
    await work(house, run, "selection", ASKS, outcome, **({} if outcome == "delete" else {"reason": "投诉"}))


async def answered(
    house: House, run: UUID, step: str, who: str, outcome: str, reason: str | None = None
) -> None:
    """An answer without a form, signed."""
    platform, actor = house.world.platform, await house.actor(who)
    task = await house.task_of(run, step)
    await tasks.claim(platform, task, actor=actor)
    await tasks.complete(
        platform, task, outcome=outcome, data={}, epoch=1, actor=actor, signature=SIGNED, reason=reason
    )


async def deleted(house: House) -> UUID:
    """All that is due is deleted: asked for, approved, witnessed."""
    run = await begun(house)
    await chosen(house, run)
    await answered(house, run, "approval", APPROVES, "approved")
    await answered(house, run, "witness", WITNESSES, "witnessed")
    return run


async def outcome_of(house: House, run: UUID) -> tuple[str, str | None]:
    (row,) = await house.world.rows(sa.select(t.run.c.state, t.run.c.outcome).where(t.run.c.id == run))
    return row["state"], row["outcome"]


async def kept_contents(house: House) -> int:
    return int(await house.world.scalar(sa.select(sa.func.count()).select_from(t.archive_body)))

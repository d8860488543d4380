"""Services: a run handed to the engine - from its row, so that an owed start can be made up at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from contracts.runs import RunStart
from db import tables as t
from db.queries import runs as queries
from services import bundles

if TYPE_CHECKING:
    from services.platform import Platform


async def start_in_engine(platform: Platform, run_id: UUID) -> None:
    """Starts the run's workflow from its row; a second call changes nothing. Raises if there is no engine."""
    async with platform.database.read() as tx:
        row = await queries.for_start(tx, run_id)
        assert row is not None
        bundle = await bundles.bundle_of(tx, row["sop_version_id"], row["sha256"])
    given = RunStart(
        run_id=str(run_id),
        bundle=bundle.to_json(),
        sha256=row["sha256"],
        inputs=row["inputs"],
        actor=str(row["started_by"]),
        site=row["site"],
        department=row["department"],
        time_zone=row["time_zone"],
        mode=row["mode"],
    )
    await platform.gateway.start(given, f"{row['title_zh']} {row['summary_zh']}".strip())
    if row["engine_started_at"] is not None:
        return
    async with platform.database.write() as tx:
        await tx.execute(
            sa.update(t.run)
            .where(t.run.c.id == run_id, t.run.c.engine_started_at.is_(None))
            .values(engine_started_at=sa.func.clock_timestamp())
        )
        tx.audited_elsewhere("the start was audited with the row")

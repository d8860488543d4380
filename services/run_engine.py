"""Services: runs handed to the engine - from their rows, so that an owed start can be made up at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.payload import SEMANTICS
from contracts.runs import RunStart
from db import tables as t
from db.queries import called_runs, references
from db.queries import runs as queries
from services import bundles, changeover_settling

if TYPE_CHECKING:
    from services.platform import Platform

AT_ONCE = 10
"""Starts that are under way at the same time."""


async def start_in_engine(platform: Platform, run_id: UUID) -> None:
    """Starts the run's workflow from its row; a second call changes nothing. Raises if there is no engine."""
    await start_all(platform, [run_id])


async def start_all(platform: Platform, runs: Sequence[UUID]) -> None:
    """Starts the workflows of several runs; what was started before is noted even when one fails."""
    async with platform.database.read() as tx:
        ahead = await references.clock_offset(tx) if platform.settings.mode == "drill" else 0
        rows = [await changeover_settling.as_started(tx, row) for row in await queries.for_start(tx, runs)]
        called = [row["id"] for row in rows if row["called_by"] is not None]
        barred = await called_runs.barred(tx, called) if called else {}
        pinned = {
            row["sha256"]: (await bundles.bundle_of(tx, row["sop_version_id"], row["sha256"])).to_json()
            for row in {row["sha256"]: row for row in rows}.values()
        }
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(row: Mapping[str, Any]) -> UUID:
        given = _start(row, pinned[row["sha256"]], barred.get(row["id"], []), ahead)
        async with turns:
            await platform.gateway.start(given, f"{row['title_zh']} {row['summary_zh']}".strip())
        return row["id"]  # type: ignore[no-any-return]

    done = await asyncio.gather(*(one(row) for row in rows), return_exceptions=True)
    new = {row["id"] for row in rows if row["engine_started_at"] is None}
    await _note_started(platform, [run for run in done if isinstance(run, UUID) and run in new])
    for failed in done:
        if isinstance(failed, BaseException):
            raise failed


def _start(row: Mapping[str, Any], bundle: dict[str, Any], barred: list[str], ahead: int) -> RunStart:
    given: dict[str, Any] = {
        "run_id": str(row["id"]),
        "bundle": bundle,
        "sha256": row["sha256"],
        "inputs": row["inputs"],
        "actor": str(row["started_by"]),
        "site": row["site"],
        "department": row["department"],
        "time_zone": row["time_zone"],
        "mode": row["mode"],
        "semantics": SEMANTICS,
    }
    if row["called_by"] is not None:
        given |= {"caller": str(row["called_by"]), "call": row["call_path"], "barred": barred}
    if ahead:
        given["clock_offset"] = ahead
    return RunStart(**given)


async def _note_started(platform: Platform, runs: Sequence[UUID]) -> None:
    if not runs:
        return
    async with platform.database.write() as tx:
        await tx.execute(
            sa.update(t.run)
            .where(t.run.c.id.in_(runs), t.run.c.engine_started_at.is_(None))
            .values(engine_started_at=sa.func.clock_timestamp())
        )
        tx.audited_elsewhere("the start was audited with the row")

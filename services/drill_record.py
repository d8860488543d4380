"""Services: the record of a drill, made in the drill - all runs of one version, as their readers see them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from db.queries import drill_evidence as queries
from db.queries import references
from db.queries.drill_evidence import DrilledVersion
from domain.drill_record import DrilledRun, DrillLine, DrillRecord, definition_digest
from services import drill, runs, sop_catalogue, timeline
from services.permissions import Permission, require

if TYPE_CHECKING:
    from services.platform import Actor, Platform

__all__ = ["DrilledVersion", "drilled", "make"]

MOST_RUNS = 50
MOST_LINES = 1000
"""A record holds the newest runs, each with its first lines: more is not read by anybody."""


async def drilled(platform: Platform, *, actor: Actor) -> list[DrilledVersion]:
    """The versions of which there are runs in the drill. NotADrill."""
    drill.only_in_a_drill(platform)
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await queries.drilled(tx)


async def make(
    platform: Platform, sop: str, version: int, *, actor: Actor, request_id: str = ""
) -> DrillRecord:
    """The record of every run of a version; that it was made is audited. NotADrill, NotFound."""
    drill.only_in_a_drill(platform)
    found = await sop_catalogue.get_version(platform, sop, version, actor=actor)
    async with platform.database.read() as tx:
        chosen = await queries.newest_runs(tx, found.row.id, MOST_RUNS)
        ahead = await references.clock_offset(tx)
    record = DrillRecord(
        sop=sop,
        title=found.written.title.zh,
        definition_sha256=definition_digest(found.written),
        made_at=datetime.now(UTC),  # real time: the clock of the drill stands in its lines
        ahead_seconds=int(ahead),
        runs=[await _run(platform, run_id, actor) for run_id in chosen],
    )
    async with platform.database.write(actor.ref, request_id) as tx:
        after = {"sop": sop, "version": version, "runs": len(record.runs)}
        await tx.audit("make.drill_record", "sop_version", str(found.row.id), after=after)
    return record


async def _run(platform: Platform, run_id: UUID, actor: Actor) -> DrilledRun:
    row = (await runs.get(platform, run_id, actor=actor)).row
    entries = await timeline.run_timeline(platform, run_id, actor=actor, with_events=False)
    return DrilledRun(
        key=(row.summary_zh or row.business_key or str(row.id))[:200],
        site=row.site,
        state=row.state,
        outcome=row.outcome,
        started_at=row.started_at,
        ended_at=row.ended_at,
        lines=[
            DrillLine(
                at=one.at,
                who=one.actor,
                zh=one.text.zh[:4000],
                en=one.text.in_language("en")[:4000],
            )
            for one in entries[:MOST_LINES]
        ],
    )

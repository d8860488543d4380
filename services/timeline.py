"""Services: the time line of a run - its rows, and its engine history (archived, else live), as sentences.

The sentences are `domain.timeline`'s; without the engine the lines are the same, only the event ids are
missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from db.queries import drill_evidence, timelines
from domain.drill_clock import ClockTold
from domain.timeline import timeline
from domain.timeline_entries import TimelineEntry
from services import archived_runs, blind_counts, bundles, run_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.platform import Actor, Platform

log = structlog.get_logger(__name__)

__all__ = ["TimelineEntry", "history_of", "raw_history", "run_timeline", "without_message"]


async def run_timeline(
    platform: Platform, run_id: UUID, *, actor: Actor, with_events: bool = True
) -> list[TimelineEntry]:
    """All lines of a run, oldest first; `with_events` adds the ids of the engine's events.

    Who may count in the run, or counts at its site, sees what was entered and computed when that is over.
    """
    async with platform.database.read() as tx:
        run = await run_view.readable(tx, run_id, actor)
        blind = await blind_counts.hides_figures(tx, run_id, run.site_id, actor)
        facts = await timelines.facts(tx, run_id)
        drill = platform.settings.mode == "drill"
        clock = ClockTold(await drill_evidence.advances(tx)) if drill else None
        pinned = await bundles.bundle_of(tx, facts.run["sop_version_id"], facts.run["sha256"])
        left = [
            (await bundles.bundle_of(tx, one["sop_version_id"], one["sha256"])).definition
            for one in facts.changeovers
        ]
    facts = replace(facts, definition=pinned.definition, left=left)
    if blind:
        facts = replace(facts, effects=[without_message(row) for row in facts.effects])
    lines = timeline(facts, await history_of(platform, run_id) if with_events else [])
    if clock:
        lines = [clock.line(one) for one in lines]
    return [replace(line, data={}) for line in lines] if blind else lines


async def raw_history(platform: Platform, run_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    """The engine's own events of a run, as JSON; empty when the engine does not have them."""
    async with platform.database.read() as tx:
        run = await run_view.readable(tx, run_id, actor)
        if await blind_counts.hides_figures(tx, run_id, run.site_id, actor):
            return []
    return await history_of(platform, run_id)


def without_message(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """An effect that was refused by its name alone: what it says may have figures (how much is missing)."""
    result = row["result"] or {}
    asked = {name: value for name, value in (result.get("asked") or {}).items() if name != "message"}
    return {**row, "result": {**result, "asked": asked}}


async def history_of(platform: Platform, run_id: UUID, *, archived: bool = True) -> list[dict[str, Any]]:
    """The events of a run, archived or live; empty when neither has them. For who may read the run.

    `archived`: the run is over, so that it may have an archive.
    """
    if archived:
        async with platform.database.read() as tx:
            kept = await archived_runs.events(tx, run_id)
        if kept is not None:
            return kept
    try:
        return await platform.gateway.history(str(run_id))
    except Exception as error:  # noqa: BLE001 - evidence is read with the engine away as well
        log.info("no engine history", run_id=str(run_id), error=type(error).__name__)
        return []

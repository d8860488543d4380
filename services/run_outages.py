"""Services: when the system did not answer, as lines of a run's record - on paper and in an evidence package.

The page of a run shows the same between its lines (`run_lines`). The engine's history tells of it; without
one, nothing is known of it, and that is said where it matters.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from db.queries import timelines
from domain.outages import START, Outage, outages, told
from domain.timeline_entries import TimelineEntry
from services import archived_runs, timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.queries.runs import RunRow
    from services.platform import Platform

KIND = "outage"


async def of_run(platform: Platform, run: RunRow) -> list[Outage] | None:
    """All outages of a run that the reader may read, oldest first; None: no history tells of any."""
    try:
        history = await timeline.history_of(platform, run.id, archived=run.ended_at is not None)
    except archived_runs.ArchiveDamaged:  # a verification tells of it; the record is read all the same
        return None
    if not history:
        return None
    async with platform.database.read() as tx:
        asked, unanswered = await timelines.asked(tx, run.id)
    now = datetime.now(UTC) if run.ended_at is None else None
    waiting = unanswered if run.state == "running" else ()
    return outages(history, {START: run.started_at, **asked}, now, waiting)


def among(entries: Sequence[TimelineEntry], found: Sequence[Outage]) -> list[TimelineEntry]:
    """The lines with one for each outage, where it began."""
    lines = [TimelineEntry(0, one.start, "", KIND, None, told(one)) for one in found]
    return sorted([*entries, *lines], key=lambda one: one.at)

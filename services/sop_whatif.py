"""Services: what-if - finished runs of a procedure, played by another version of it (D7). Knows no HTTP.

Nothing is written: what is recorded stands, and a what-if can be made again at any time. It is made in
batches; each is read in a few statements and played beside the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from db.queries import past_runs
from db.queries.past_runs import PastFilter
from domain.decision_table import DecisionTable
from domain.errors import NotFound, Refusal
from domain.sop_bundle import Bundle
from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid
from domain.sop_whatif import RunResult, compare
from domain.sop_whatif_record import Recorded, Usual
from services import past_runs as reading
from services import sop_cases, sop_catalogue
from services.permissions import Permission, require, visible_sites
from services.platform import Actor, Platform
from services.sop_catalogue import VersionRow
from services.sop_effectivity import clock_of

MOST = 1000
"""Runs that one what-if looks at."""
AT_ONCE = 20
"""Runs of a batch: read together, and played in one go."""


class VersionMoved(Refusal):
    """The draft was changed since the what-if began: its parts would not be of one text."""

    code = "what_if_moved"
    kind = "conflict"
    zh = "草稿在推演期间被修改过，请重新开始"
    en = "The draft was changed while it was tried: begin again"


class NotPlayable(Refusal):
    """The version cannot be frozen today, so nothing can be played by it."""

    code = "not_playable"
    kind = "conflict"
    zh = "该版本现在不能试行：{zh}"
    en = "The version cannot be played now: {en}"


LINES_AT_ONCE = 20_000
"""Lines that a batch reads: a run over ten thousand batches of goods goes with few others."""


@dataclass(frozen=True)
class Wanted:
    """Which runs: at a site (code), ended on days of the site's clock, the newest `most` of them."""

    site: str | None = None
    since: date | None = None
    until: date | None = None
    most: int = 200


@dataclass(frozen=True)
class PastRun:
    """A run with what became of it; `row` is what lists show."""

    run_id: UUID
    row: Mapping[str, Any]
    result: RunResult


@dataclass(frozen=True)
class Looked:
    """A batch of the `found` runs; the next one goes on behind `after`, None at the end."""

    row: VersionRow
    definition: SopDefinition
    tables: Mapping[str, DecisionTable]
    sha256: str
    found: int
    runs: Sequence[PastRun] = ()
    after: UUID | None = None


async def version_of(
    platform: Platform, key: str, ref: int | UUID, *, actor: Actor
) -> tuple[VersionRow, SopDefinition]:
    """The version that is to be tried."""
    found = await sop_catalogue.get_version(platform, key, ref, actor=actor)
    return found.row, found.written


async def prepared(
    platform: Platform, key: str, ref: int | UUID, wanted: Wanted, *, actor: Actor
) -> tuple[Looked, Bundle, PastFilter]:
    """The version, its bundle and how many runs there are; DefinitionInvalid, NotPlayable, NotPermitted."""
    require(actor, Permission.RUN_READ)
    found = await sop_catalogue.get_version(platform, key, ref, actor=actor)
    definition = found.written
    ready = await sop_cases.ready(platform, found, definition)
    if ready.bundle is None:
        if ready.problem is not None:
            raise NotPlayable(zh=ready.problem.zh, en=ready.problem.in_language("en"))
        raise DefinitionInvalid(ready.errors)
    chosen = await _filter(platform, key, wanted, actor)
    async with platform.database.read() as tx:
        there = await past_runs.count(tx, chosen)
    looked = Looked(found.row, definition, found.tables, ready.bundle.sha256, min(there, wanted.most))
    return looked, ready.bundle, chosen


async def look(
    platform: Platform,
    key: str,
    ref: int | UUID,
    wanted: Wanted,
    *,
    actor: Actor,
    after: UUID | None = None,
    had: int = 0,
    sha256: str | None = None,
    limit: int | None = None,
) -> Looked:
    """The next batch of runs, played by the version; `had` were played before, the last one is `after`.

    VersionMoved unless the version still has the digest `sha256` with which the what-if began.
    """
    looked, bundle, chosen = await prepared(platform, key, ref, wanted, actor=actor)
    if sha256 is not None and looked.sha256 != sha256:
        raise VersionMoved
    limit = min(limit or AT_ONCE, wanted.most - had)
    if limit <= 0:
        return looked
    async with platform.database.read() as tx:
        there = await past_runs.chosen(tx, chosen, limit=limit, after=after)
        ids = _few_lines(there, await past_runs.lines_of(tx, there))
        recorded = await reading.recorded(tx, ids)
        usual = await reading.usual(tx, chosen)
        rows = await past_runs.named(tx, ids)
    results = await asyncio.to_thread(_played, [recorded[one] for one in ids], bundle, usual)
    runs = [PastRun(one, rows[one], result) for one, result in zip(ids, results, strict=True)]
    more = len(ids) < len(there) or (len(ids) == limit and had + len(ids) < looked.found)
    return Looked(
        looked.row,
        looked.definition,
        looked.tables,
        looked.sha256,
        looked.found,
        runs,
        ids[-1] if more else None,
    )


async def one(
    platform: Platform, key: str, ref: int | UUID, run_id: UUID, *, actor: Actor
) -> tuple[Looked, SopDefinition]:
    """A single run, with the definition that it had; NotFound unless it is the procedure's and over."""
    looked, bundle, chosen = await prepared(platform, key, ref, Wanted(most=MOST), actor=actor)
    async with platform.database.read() as tx:
        if not await past_runs.is_one(tx, chosen, run_id):
            raise NotFound(what=f"已结束的流程 / finished run {run_id}")
        recorded = (await reading.recorded(tx, [run_id]))[run_id]
        usual = await reading.usual(tx, chosen)
        rows = await past_runs.named(tx, [run_id])
    [result] = await asyncio.to_thread(_played, [recorded], bundle, usual)
    run = PastRun(run_id, rows[run_id], result)
    shown = Looked(looked.row, looked.definition, looked.tables, looked.sha256, 1, [run])
    return shown, recorded.bundle.definition


def _few_lines(runs: Sequence[UUID], lines: Mapping[UUID, int]) -> list[UUID]:
    """As many of the runs, in their order, as have not too many lines together; at least the first."""
    found: list[UUID] = []
    total = 0
    for run in runs:
        total += lines.get(run, 0)
        if found and total > LINES_AT_ONCE:
            break
        found.append(run)
    return found


def _played(recorded: Sequence[Recorded], bundle: Bundle, usual: Usual) -> list[RunResult]:
    return [compare(one, bundle, usual) for one in recorded]


async def _filter(platform: Platform, key: str, wanted: Wanted, actor: Actor) -> PastFilter:
    """The row scope of the actor, and the days on the clock of the site."""
    zone = ZoneInfo(await clock_of(platform, wanted.site))

    def begin(day: date) -> datetime:
        return datetime.combine(day, time(), zone)

    return PastFilter(
        sop=key,
        sites=visible_sites(actor, Permission.RUN_READ),
        site=wanted.site,
        since=begin(wanted.since) if wanted.since else None,
        until=begin(wanted.until + timedelta(days=1)) if wanted.until else None,
    )

"""Services: the archiver - every run that ended is kept whole within a minute, and outlives the engine.

Level-triggered: a round looks which runs have no archive, so a worker that was away or killed has nothing to
remember, and two workers do no harm (decision 0040).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from db.queries import archives as queries
from db.queries import changeovers, run_record
from domain.run_archive import RECORD, Part, bundle_name, deflated, history_name, written
from engine.code_version import code_sha256
from engine.histories import RunHistories
from services import deviations

if TYPE_CHECKING:
    from db.session import Reader
    from services.platform import Platform

EVERY_S = 2.0
AT_ONCE = 4
IN_A_ROUND = 40
LOST_AFTER = timedelta(hours=1)
"""The engine may lag behind after an outage; so long after a run's end it will not find the run any more."""
PATIENCE_ROUNDS = 60
"""A run that the engine has not closed yet is looked at ever more rarely, at most so many rounds later."""

log = structlog.get_logger(__name__)


@dataclass
class Archiver:
    """Remembers which runs were not ready, and how many rounds to pass them over."""

    platform: Platform
    passed_over: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    async def round(self) -> int:
        """Archive what is ready; how many runs. Nothing while another worker does it."""
        self.passed_over = {
            run: (left - 1, rounds) for run, (left, rounds) in self.passed_over.items() if left > 1
        }
        async with self.platform.database.read() as tx:
            if not await self._waiting(tx) or not await queries.begin_archiving(tx):
                return 0
            try:
                return await self._round(await self._waiting(tx))
            finally:
                await queries.end_archiving(tx)

    async def _waiting(self, tx: Reader) -> list[Mapping[str, Any]]:
        return await queries.waiting(tx, list(self.passed_over), IN_A_ROUND)

    async def _round(self, runs: Sequence[Mapping[str, Any]]) -> int:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(run: Mapping[str, Any]) -> bool:
            async with gate:
                try:
                    done = await archive_run(self.platform, run)
                except Exception:
                    log.warning("run not archived", run_id=str(run["id"]), exc_info=True)
                    done = False
            if not done:
                _, rounds = self.passed_over.get(run["id"], (0, 0))
                rounds = min(max(1, rounds * 2), PATIENCE_ROUNDS)
                self.passed_over[run["id"]] = (rounds, rounds)
            return done

        return sum(await asyncio.gather(*(one(run) for run in runs)))


async def archive_forever(platform: Platform) -> None:
    """Archive until cancelled; a round that fails is logged, and the next one tries again."""
    archiver = Archiver(platform)
    while True:
        done = 0
        try:
            done = await archiver.round()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the archiver could not look")
        if done < IN_A_ROUND:
            await asyncio.sleep(EVERY_S)


async def archive_run(platform: Platform, run: Mapping[str, Any]) -> bool:
    """Archive one run (a row of `queries.waiting`); whether it has an archive now."""
    found = await _histories(platform, run)
    if found is None:
        return False
    async with platform.database.read() as tx:
        rows = await run_record.record(tx, run["id"])
        people = await run_record.people(tx, run_record.persons_in(rows))
        bundles = {run["sha256"]: run["sop_version_id"]}
        bundles |= {row["sha256"]: row["sop_version_id"] for row in await changeovers.left_by(tx, run["id"])}
        pinned = {sha: await queries.bundle(tx, version) for sha, version in bundles.items()}
    parts = [
        *(Part(history_name(n), one.content) for n, one in enumerate(found.executions, 1)),
        *(Part(bundle_name(sha), written(bundle)) for sha, bundle in pinned.items()),
        Part(RECORD, written({"type": "run_record", "v": 1, "rows": rows, "people": people})),
    ]
    bodies = await asyncio.to_thread(lambda: {part.name: deflated(part.content) for part in parts})
    async with platform.database.write() as tx:
        tx.audited_elsewhere("an archive is evidence itself")
        await queries.keep(tx, _header(run, found, parts), bodies)
    for anomaly in found.anomalies:
        await deviations.open_tampered(platform.database, run["id"], anomaly)
        log.error("the engine's history of a run is not whole", run_id=str(run["id"]), anomaly=anomaly)
    return True


async def _histories(platform: Platform, run: Mapping[str, Any]) -> RunHistories | None:
    """What the engine has of the run; None: not yet. A run that it never began has none."""
    if run["engine_started_at"] is None:
        return RunHistories()
    found = await platform.gateway.histories(str(run["id"]))
    if found is None:
        return RunHistories(anomalies=["history_lost"]) if run["ended_ago"] > LOST_AFTER else None
    return found if found.closed else None


def _header(run: Mapping[str, Any], found: RunHistories, parts: Sequence[Part]) -> dict[str, Any]:
    return {
        "run_id": run["id"],
        "workflow_id": run["workflow_id"],
        "sop_key": run["key"],
        "sop_version": run["version"],
        "bundle_sha256": run["sha256"],
        "semantics": found.semantics,
        "code_sha256": code_sha256(),
        "state": run["state"],
        "outcome": run["outcome"],
        "started_at": run["started_at"],
        "ended_at": run["ended_at"],
        "executions": len(found.executions),
        "events": sum(one.events for one in found.executions),
        "parts": [part.header for part in parts],
        "anomalies": found.anomalies,
    }

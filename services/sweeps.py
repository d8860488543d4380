"""Services: sweeps - what an interruption left half-done is found and finished, again and again.

Four debts: a run whose workflow was not started, a run whose engine has lost its last commits while the
database kept its own (power cut), a submission without a verdict, and word to a run that what it has called
has ended. All repairs are idempotent: workflow
ids, update ids and effect keys make a second delivery nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from db.queries import called_runs
from db.queries import sweeps as queries
from db.queries.sweeps import RunToCompare
from engine.gateway import EngineSilent, Settled
from services import called_word, deviations, runs, submissions
from services.catching_up import lost, settled

if TYPE_CHECKING:
    from engine.gateway import Position
    from services.platform import Platform

EVERY_S = 2.0
OWED_AFTER_S = 5.0
"""A start or a verdict that is younger is simply under way."""
COMPARED_AT_ONCE = 20
"""After an outage of the engine, and at a worker's start, all runs are compared with it, so many at once."""
COMPARED_IN_PASSING = 2
"""Otherwise a few in each round, one run after another: each costs worker, engine and database."""
HEALED_AT_ONCE = 5
TOLD_AGAIN_AFTER_S = 5.0
TOLD_AT_LEAST_EVERY_S = 600.0
"""A run that does not ask although it was told is told again ever more rarely: it may wait for a person."""
CLOSED_AFTER_S = 600.0
"""The engine's word that it has closed a run counts when the run ended so long ago: what a power cut takes
from it are the moments before the cut, not minutes."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one round repaired."""

    started: int = 0
    delivered: int = 0
    answered: int = 0
    told: int = 0


@dataclass
class Sweeper:
    """Remembers between rounds where the rolling comparison stands, whose engine is behind, and an outage."""

    platform: Platform
    after: UUID | None = None
    compare_all: bool = True  # a new worker does not know what happened before it
    behind: set[UUID] = field(default_factory=set)
    astray: set[UUID] = field(default_factory=set)
    telling: dict[tuple[UUID, str], tuple[float, float]] = field(default_factory=dict)

    async def round(self) -> Swept:
        """One round of all three repairs; submissions are answered by an engine that has caught up."""
        if not await self.platform.gateway.reachable():
            self.compare_all = True
            return Swept()
        started = await self._start_owed()
        delivered = await self._compare()
        answered = await self._answer_owed()
        told = await self._tell_owed()
        return Swept(started, delivered, answered, told)

    async def _start_owed(self) -> int:
        async with self.platform.database.read() as tx:
            owed = await queries.starts_owed(tx, OWED_AFTER_S)
        for run_id in owed:
            await runs.start_in_engine(self.platform, run_id)
        return len(owed)

    async def _answer_owed(self) -> int:
        owed = await submissions.without_verdict(self.platform, OWED_AFTER_S)
        answers = [await submissions.resend(self.platform, submission_id) for submission_id in owed]
        return sum(answers)

    async def _tell_owed(self) -> int:
        """Tells runs that what they have called has ended; each of them less and less often."""
        async with self.platform.database.read() as tx:
            owed = await called_runs.word_owed(tx, OWED_AFTER_S)
        now = time.monotonic()
        self.telling = {call: when for call, when in self.telling.items() if call in owed}
        due = [call for call in owed if self.telling.get(call, (0.0, 0.0))[0] <= now]
        for caller, path in due:
            _, pause = self.telling.get((caller, path), (0.0, TOLD_AGAIN_AFTER_S))
            self.telling[caller, path] = (now + pause, min(2 * pause, TOLD_AT_LEAST_EVERY_S))
            await self.platform.gateway.tell(str(caller), path)
        return len(due)

    async def _compare(self) -> int:
        """Compares runs with the engine: those behind and a few more, after an outage all of them."""
        behind, self.behind = self.behind, set()
        delivered = await self._heal_all([RunToCompare(run_id) for run_id in sorted(behind)])
        whole, self.compare_all = self.compare_all, False
        after = None if whole else self.after
        limit = COMPARED_AT_ONCE if whole else COMPARED_IN_PASSING
        while True:
            async with self.platform.database.read() as tx:
                some = await queries.runs_to_compare(tx, after, limit, whole=whole, long_ago_s=CLOSED_AFTER_S)
            delivered += await self._heal_all([run for run in some if run.id not in behind])
            after = some[-1].id if len(some) == limit else None
            if not whole or after is None:
                self.after = after
                return delivered

    async def _heal_all(self, some: Sequence[RunToCompare]) -> int:
        """Heals several runs at once; a run that cannot be healed now does not keep others from it."""
        turns = asyncio.Semaphore(HEALED_AT_ONCE)
        closed: list[UUID] = []

        async def one(run: RunToCompare) -> int:
            async with turns:
                try:
                    known = await settled(self.platform, run.id)
                    position = await self._position(run.id)
                    if not position.closed:
                        healed = await self._heal(run.id, lost(known, position))
                        await called_word.tell_again(self.platform, run.id, position.calls)
                        return healed
                    if not position.completed:
                        await self._tell_astray(run.id)
                    elif run.ended_long_ago:
                        closed.append(run.id)
                except EngineSilent:
                    self.behind.add(run.id)
                except Exception:
                    self.behind.add(run.id)
                    log.warning("run not compared", run_id=str(run.id), exc_info=True)
            return 0

        delivered = sum(await asyncio.gather(*(one(run) for run in some)))
        if closed:
            async with self.platform.database.write() as tx:
                await queries.mark_closed(tx, closed)
                tx.audited_elsewhere("the engine has closed what the database had ended and audited")
        return delivered

    async def _position(self, run_id: UUID) -> Position:
        """How far the engine is; a run that it does not know at all is started again."""
        position = await self.platform.gateway.position(str(run_id))
        if position is None:
            log.warning("run started again", run_id=str(run_id))
            await runs.start_in_engine(self.platform, run_id)
            position = await self.platform.gateway.position(str(run_id))
        if position is None:
            raise EngineSilent(str(run_id))
        return position

    async def _heal(self, run_id: UUID, owed: Sequence[UUID]) -> int:
        """Delivers again, in their order, what the database has settled and the engine does not know.

        The engine may refuse one that it is not ready for - steps of its own lie in between: the next round
        goes on there.
        """
        delivered = 0
        for submission_id in owed:
            answer = await submissions.deliver_again(self.platform, submission_id)
            if not isinstance(answer, Settled):
                self.behind.add(run_id)
                break
            delivered += 1
        if owed:
            log.warning("run healed", run_id=str(run_id), lost=len(owed), delivered=delivered)
        return delivered

    async def _tell_astray(self, run_id: UUID) -> None:
        """Somebody ended the run in the engine, past the doors: the owner gets a deviation, once."""
        if run_id not in self.astray:
            await deviations.open_astray(self.platform.database, run_id)
            self.astray.add(run_id)
            log.error("the engine has ended a run otherwise than by completing it", run_id=str(run_id))


async def sweep_forever(platform: Platform, every_s: float = EVERY_S) -> None:
    """Sweeps until cancelled; a round that fails is logged, and the next one tries again."""
    sweeper = Sweeper(platform)
    while True:
        try:
            swept = await sweeper.round()
            if swept != Swept():
                log.info("swept", **asdict(swept))
        except Exception:
            sweeper.compare_all = True
            log.warning("sweep failed", exc_info=True)
        await asyncio.sleep(every_s)

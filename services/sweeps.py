"""Services: sweeps - what an interruption left half-done is found and finished, again and again.

Three debts: a run whose workflow was not started, a submission without a verdict, and a run whose engine has
lost its last commits while the database kept its own (power cut). All repairs are idempotent: workflow ids,
update ids and effect keys make a second delivery nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import structlog

from db.queries import sweeps as queries
from engine.gateway import EngineSilent
from services import runs, submissions
from services.advance_effects import STEP

if TYPE_CHECKING:
    from engine.gateway import Position
    from services.platform import Platform

EVERY_S = 2.0
OWED_AFTER_S = 5.0
"""A start or a verdict that is younger is simply under way."""
PROBED_AT_ONCE = 20
"""Open runs compared with the engine in one round; after an outage of the engine all of them are."""

log = structlog.get_logger(__name__)


class Probing(Protocol):
    """What the sweep asks of the engine beyond `RunGateway`."""

    async def position(self, run_id: str) -> Position | None: ...

    async def reachable(self) -> bool: ...


@dataclass(frozen=True)
class Swept:
    """What one round repaired."""

    started: int = 0
    answered: int = 0
    delivered: int = 0


@dataclass
class Sweeper:
    """Remembers between rounds where the rolling comparison stands and whether the engine was away."""

    platform: Platform
    after: UUID | None = None
    compare_all: bool = True  # a new worker does not know what happened before it

    async def round(self) -> Swept:
        """One round of all three repairs."""
        gateway: Probing = self.platform.gateway  # type: ignore[assignment]
        if not await gateway.reachable():
            self.compare_all = True
            return Swept()
        started = await self._start_owed()
        answered = await self._answer_owed()
        delivered = await self._compare(gateway)
        return Swept(started, answered, delivered)

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

    async def _compare(self, gateway: Probing) -> int:
        """Compares open runs with the engine: a few each round, all of them after an outage."""
        delivered = 0
        whole, self.compare_all = self.compare_all, False
        after = None if whole else self.after
        while True:
            async with self.platform.database.read() as tx:
                some = await queries.started_runs(tx, after, PROBED_AT_ONCE, ended_too=whole)
            for run_id in some:
                delivered += await self._heal(gateway, run_id)
            after = some[-1] if len(some) == PROBED_AT_ONCE else None
            if not whole or after is None:
                self.after = after
                return delivered

    async def _heal(self, gateway: Probing, run_id: UUID) -> int:
        """Delivers again what the database has settled and the engine does not know."""
        try:
            position = await gateway.position(str(run_id))
            if position is None:
                await runs.start_in_engine(self.platform, run_id)
                known = 0
            else:
                known = position.advances
        except EngineSilent:
            self.compare_all = True
            return 0
        async with self.platform.database.read() as tx:
            lost = await queries.settled_after(tx, run_id, (known + 1) * STEP)
        for submission_id in lost:
            if not await submissions.deliver_again(self.platform, submission_id):
                self.compare_all = True
                break
        if lost:
            log.warning("run healed", run_id=str(run_id), engine_advances=known, delivered=len(lost))
        return len(lost)


async def sweep_forever(platform: Platform, every_s: float = EVERY_S) -> None:
    """Sweeps until cancelled; a round that fails is logged, and the next one tries again."""
    sweeper = Sweeper(platform)
    while True:
        try:
            swept = await sweeper.round()
            if swept != Swept():
                log.info("swept", started=swept.started, answered=swept.answered, delivered=swept.delivered)
        except Exception:
            sweeper.compare_all = True
            log.warning("sweep failed", exc_info=True)
        await asyncio.sleep(every_s)

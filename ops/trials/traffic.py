"""Room `ops`, trials: the procedures of the demo under way at the same time, one run of each after another.

Documents and people over HTTP, as `./xunji demo` plays them. Returns and recalls wait until goods were sold.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ops.company_client import CompanyClient, Refused
from ops.company_staff import RunStuck, Staff
from ops.demo_plays import PLAYS, Play

PROCEDURES = ("outbound_review", "transfer", "stocktaking", "sales_return", "recall")
NOT_YET_SECONDS = 1.0
BLIND_ALLEYS = {"box_missing"}
"""Courses that end in a deviation on purpose: here a deviation is a finding."""


@dataclass
class Traffic:
    """Runs of the named procedures, one of each under way at a time, until told to stop."""

    client: CompanyClient
    staff: Staff
    sign: str
    procedures: tuple[str, ...] = PROCEDURES
    made: Counter[str] = field(default_factory=Counter)
    finished: list[dict[str, Any]] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def under_way(self) -> int:
        """Runs that have begun and not ended, called ones not counted."""
        return self.made.total() - len(self.finished)

    async def run(self) -> None:
        """Keep one run of each procedure under way; ends when told to stop and the last one has ended."""
        async with asyncio.TaskGroup() as group:
            for play in PLAYS:
                if play.sop in self.procedures:
                    group.create_task(self._one_after_another(play))

    async def everything_begun(self, seconds: float) -> None:
        """Return when each procedure has begun a run; RunStuck when one cannot for so long."""
        began = time.monotonic()
        while missing := [name for name in self.procedures if not self.made[name]]:
            if time.monotonic() - began > seconds:
                raise RunStuck(f"no run of {missing} has begun: {dict(self.waited)}")
            await asyncio.sleep(NOT_YET_SECONDS)

    async def _one_after_another(self, play: Play) -> None:
        number = 0
        while not self.stopping.is_set():
            if not await self._one(play, number):
                await asyncio.sleep(NOT_YET_SECONDS)
            number += 1

    async def _one(self, play: Play, number: int) -> bool:
        """One run to its end; whether there was anything to begin it with."""
        try:
            run_id, script = await play.begin(self.client, number, f"{self.sign}-{number + 1:04}")
        except (RunStuck, Refused) as nothing:
            self.waited[f"{play.sop}: {nothing}"[:160]] += 1
            return False
        if getattr(script, "course", None) in BLIND_ALLEYS:
            setattr(script, "course", "usual")  # noqa: B010 - not every script has a course
        self.made[play.sop] += 1
        run = await self.staff.work_off(run_id, script)
        self.finished.append(run)
        self.ended[f"{play.sop}: {run['state']}: {run['outcome']}"] += 1
        return True

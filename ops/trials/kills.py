"""Room `ops`, trial `kills`: runs go on while processes are killed; nothing lost, nothing done twice.

`./xunji trial kills kills=20` keeps deliveries under way and kills worker, web, Temporal and PostgreSQL in
turn (signal 9) in the middle of them; people repeat what got no answer with the same Idempotency-Key. Then
the power goes: everything is killed at once and Temporal comes back with an older file, as it may after a
power cut (`synchronous=normal`), while PostgreSQL has kept its commits; the sweeper heals that.
"""

import asyncio
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from ops import addresses
from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.private_instance import PrivateInstance, private_instance
from ops.settings import Settings
from ops.trials import chance, evidence, histories
from ops.trials.power_cut import PowerCut
from ops.trials.receiving import auditor
from ops.trials.stream import Stream

VICTIMS = ("worker", "web", "temporal", "postgres")
PATIENCE_SECONDS = 180.0
TASKS_BETWEEN = 4
GIVE_UP_SECONDS = 300.0


class NoProgress(Exception):
    """Nobody could do anything for minutes after a kill."""

    code = "no_progress"


@dataclass(frozen=True)
class Kill:
    """One kill: whose, how many runs were under way, and when the next task was done after it."""

    victim: str
    runs_under_way: int
    next_task_done_after_seconds: float


@dataclass
class Killer:
    """Kills in turn, each time when people have got on again since the last one."""

    instance: PrivateInstance
    staff: Staff
    stream: Stream
    kills: list[Kill] = field(default_factory=list)

    async def kill_in_turn(self, number: int, victims: tuple[str, ...]) -> None:
        """So many kills."""
        for at in range(number):
            await self.progress(TASKS_BETWEEN)
            await asyncio.sleep(chance.number(1000, "moment", at) / 1000)
            await self.kill(victims[at % len(victims)])

    async def kill(self, victim: str) -> None:
        """One kill: the process is gone, another one of that name is there, and work goes on."""
        under_way = self.stream.made - len(self.stream.finished)
        began = time.monotonic()
        old = self.instance.kill(victim)
        waiting = asyncio.create_task(self.progress(1))
        await asyncio.to_thread(self.instance.wait_restarted, victim, old)
        await waiting
        self.kills.append(Kill(victim, under_way, round(time.monotonic() - began, 2)))

    async def progress(self, tasks: int) -> None:
        """Return when so many more tasks were completed or signed; NoProgress after minutes without."""
        before, began = self.staff.completed, time.monotonic()
        while (done := self.staff.completed - before) < tasks:
            if time.monotonic() - began > GIVE_UP_SECONDS:
                raise NoProgress(f"only {done} of {tasks} tasks: {self.staff.last_refusal}")
            await asyncio.sleep(0.02)


async def run(
    kills: int = 20, under_way: int = 6, power_cuts: int = 1, victims: str = ",".join(VICTIMS)
) -> dict[str, Any]:
    """Kill so many times while so many deliveries are under way; then cut the power so many times."""
    with private_instance() as instance:
        began = time.monotonic()
        with evidence.look(addresses.owner_database_url(Settings(home=instance.home))) as session:
            before = evidence.Books.of(session)
        async with CompanyClient(instance.base_url, instance.company, PATIENCE_SECONDS) as client:
            staff = Staff(client, client.person(auditor(instance.company)), idle_seconds=PATIENCE_SECONDS)
            stream = Stream(client, staff, "K")
            killer = Killer(instance, staff, stream)
            cuts = [PowerCut(instance) for _ in range(power_cuts)]
            async with asyncio.TaskGroup() as group:
                streaming = group.create_task(stream.run(under_way))
                await killer.kill_in_turn(kills, tuple(victims.split(",")))
                for cut in cuts:
                    await killer.progress(TASKS_BETWEEN)
                    await cut.cut(killer.progress)
                    await killer.progress(TASKS_BETWEEN)
                stream.stopping.set()
                await streaming
            figures = await check(instance, stream, before)
            return {
                **figures,
                "ok": figures["ok"] and all(cut.settled_lost_by_the_engine for cut in cuts),
                "kills": [asdict(kill) for kill in killer.kills],
                "power_cuts": [cut.report() for cut in cuts],
                "seconds": round(time.monotonic() - began, 1),
                "done": dict(sorted(staff.done.items())),
                "refused_and_tried_again": dict(sorted(staff.refused.items())),
                "calls": client.figures.report(),
            }


async def check(instance: PrivateInstance, stream: Stream, before: evidence.Books) -> dict[str, Any]:
    """What the database and the engine hold after the stream has ended."""
    with evidence.look(addresses.owner_database_url(Settings(home=instance.home))) as session:
        found, quantities = before.contradictions(session), before.moved(session)
        outcomes, rows = before.outcomes(session), evidence.counts(session)
    engine = await histories.read_when_complete(instance.home, [run["id"] for run in stream.finished])
    wrong = {
        name: {"expected": expected, "found": quantities[name]}
        for name, expected in stream.expected.items()
        if name not in {"ordered", "advised"} and expected != quantities[name]
    }
    return {
        "ok": not any(found.values())
        and not wrong
        and not engine.incomplete
        and outcomes == {"completed: completed": len(stream.finished)}
        and stream.made == len(stream.finished),
        "runs": outcomes,
        "quantities": quantities,
        "quantities_wrong": wrong,
        "contradictions": found,
        "engine_histories": engine.report(),
        "rows": rows,
    }

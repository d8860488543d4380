"""Room `ops`, trial `kills`: runs go on while processes are killed; nothing lost, nothing done twice.

`./xunji trial kills kills=20` keeps deliveries, orders, transfers, counts, returns and recalls under way and
kills worker, web, Temporal and PostgreSQL in turn (signal 9) in the middle of them; people repeat what got
no answer with the same Idempotency-Key. Then the power goes: everything is killed at once and Temporal comes
back with an older file, as it may after a power cut (`synchronous=normal`), while PostgreSQL has kept its
commits; the sweeper heals that.
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
from ops.trials import chance, evidence, evidence_goods, histories, sealed
from ops.trials.power_cut import PowerCut
from ops.trials.receiving import auditor
from ops.trials.stream import Stream
from ops.trials.traffic import PROCEDURES, Traffic

VICTIMS = ("worker", "web", "temporal", "postgres")
PATIENCE_SECONDS = 180.0
TASKS_BETWEEN = 4
OF_RECEIVING = ("received", "accepted", "rejected")
"""Quantities of receiving alone: the others depend on what is sold, counted and recalled meanwhile."""
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
    traffic: Traffic
    kills: list[Kill] = field(default_factory=list)

    async def kill_in_turn(self, number: int, victims: tuple[str, ...]) -> None:
        """So many kills, from when each procedure has a run under way."""
        await self.traffic.everything_begun(GIVE_UP_SECONDS)
        for at in range(number):
            await self.progress(TASKS_BETWEEN)
            await asyncio.sleep(chance.number(1000, "moment", at) / 1000)
            await self.kill(victims[at % len(victims)])

    async def kill(self, victim: str) -> None:
        """One kill: the process is gone, another one of that name is there, and work goes on."""
        under_way = self.stream.made - len(self.stream.finished) + self.traffic.under_way
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
    kills: int = 20,
    under_way: int = 3,
    power_cuts: int = 1,
    victims: str = ",".join(VICTIMS),
    procedures: str = ",".join(PROCEDURES),
) -> dict[str, Any]:
    """Kill so often while so many deliveries and the named procedures are under way; then cut the power."""
    with private_instance() as instance:
        began = time.monotonic()
        with evidence.look(addresses.owner_database_url(Settings(home=instance.home))) as session:
            before = evidence.Books.of(session)
        async with CompanyClient(instance.base_url, instance.company, PATIENCE_SECONDS) as client:
            staff = Staff(client, client.person(auditor(instance.company)), idle_seconds=PATIENCE_SECONDS)
            stream = Stream(client, staff, "K")
            traffic = Traffic(client, staff, "K", tuple(filter(None, procedures.split(","))))
            killer = Killer(instance, staff, stream, traffic)
            cuts = [PowerCut(instance) for _ in range(power_cuts)]
            async with asyncio.TaskGroup() as group:
                group.create_task(stream.run(under_way))
                group.create_task(traffic.run())
                await killer.kill_in_turn(kills, tuple(victims.split(",")))
                for cut in cuts:
                    await killer.progress(TASKS_BETWEEN)
                    await cut.cut(killer.progress)
                    await killer.progress(TASKS_BETWEEN)
                stream.stopping.set()
                traffic.stopping.set()
            figures = await check(instance, stream, traffic, before)
            return {
                **figures,
                "ok": figures["ok"] and all(cut.settled_lost_by_the_engine for cut in cuts),
                "kills": [asdict(kill) for kill in killer.kills],
                "power_cuts": [cut.report() for cut in cuts],
                "ended": dict(sorted(traffic.ended.items())),
                "nothing_to_begin_with": dict(sorted(traffic.waited.items())),
                "seconds": round(time.monotonic() - began, 1),
                "done": dict(sorted(staff.done.items())),
                "refused_and_tried_again": dict(sorted(staff.refused.items())),
                "calls": client.figures.report(),
            }


async def check(
    instance: PrivateInstance, stream: Stream, traffic: Traffic, before: evidence.Books
) -> dict[str, Any]:
    """What the database and the engine hold after all runs have ended."""
    with evidence.look(addresses.owner_database_url(Settings(home=instance.home))) as session:
        found = before.contradictions(session) | evidence_goods.contradictions(session, before)
        quantities, outcomes = before.moved(session), before.outcomes(session)
        called, rows = evidence_goods.called(session, before), evidence.counts(session)
    begun = [run["id"] for run in [*stream.finished, *traffic.finished]]
    engine = await histories.read_when_complete(instance.home, [*begun, *called])
    wrong = {
        name: {"expected": stream.expected[name], "found": quantities[name]}
        for name in OF_RECEIVING
        if stream.expected[name] != quantities[name]
    }
    proof = await sealed.whole(instance.home)
    ended_well = sum(number for how, number in outcomes.items() if how.startswith("completed: "))
    return {
        "ok": not any(found.values())
        and not wrong
        and not engine.incomplete
        and proof["ok"]
        and ended_well == sum(outcomes.values()) == len(begun) + len(called)
        and len(begun) == stream.made + traffic.made.total(),
        "runs": outcomes,
        "runs_called": len(called),
        "quantities": quantities,
        "quantities_wrong": wrong,
        "contradictions": found,
        "engine_histories": engine.report(),
        "rows": rows,
        "evidence": proof,
    }

"""`./xunji bench evidence`: what archiver and sealer cost, whether they keep up, how fast verification is.

People receive deliveries, so many under way at once; stretches with archiver and sealer alternate with
stretches in which the benchmark holds their locks. What waited is archived before the next stretch begins.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from db.queries.evidence_scope import EvidenceScope
from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.platform_access import open_platform
from ops.private_instance import PrivateInstance, private_instance
from ops.settings import Settings
from ops.trials import sealed
from ops.trials.receiving import auditor
from ops.trials.stream import Stream
from services import evidence_check
from services.platform import Platform

UNDER_WAY = 6
MOST_LOSS = 0.15
"""So much of the throughput may archiver and sealer cost (issue: evidence that stands up)."""
LOOK_EVERY_S = 10.0


async def run(pairs: int = 8, deliveries: int = 12, minutes: int = 10) -> dict[str, Any]:
    """Alternating stretches, then so many minutes at full load, then a verification of each level alone."""
    with private_instance() as instance:
        async with (
            CompanyClient(instance.base_url, instance.company) as client,
            open_platform(Settings(home=instance.home)) as platform,
        ):
            staff = Staff(client, client.person(auditor(instance.company)))
            stream = Stream(client, staff, "E")
            stream.stopping.set()
            await stream.run(0)
            await _receive(stream, deliveries)  # warms everything
            cost = await _cost(instance, platform, stream, pairs, deliveries)
            backlog = await _backlog(platform, stream, minutes * 60.0)
            await _drained(platform)
            levels = await _levels(platform)
    ok = cost["loss"] <= MOST_LOSS and backlog["grows_per_minute"] <= 1
    return {"ok": ok, **cost, "backlog": backlog, "verification": levels}


async def _receive(stream: Stream, number: int) -> float:
    """So many deliveries from order to put-away, some at once; how many a second."""
    left = iter(range(number))

    async def one_after_another() -> None:
        for _ in left:
            await stream.one()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(UNDER_WAY):
            group.create_task(one_after_another())
    return number / (time.perf_counter() - began)


async def _cost(
    instance: PrivateInstance, platform: Platform, stream: Stream, pairs: int, deliveries: int
) -> dict[str, Any]:
    without: list[float] = []
    with_them: list[float] = []
    again: list[float] = []
    for _ in range(pairs):
        async with sealed.held(instance.home):
            without.append(await _receive(stream, deliveries))
            again.append(await _receive(stream, deliveries))
        await _drained(platform)
        with_them.append(await _receive(stream, deliveries))
        await _drained(platform)
    ratios = [a / b for a, b in zip(with_them, without, strict=True)]
    spread = sorted(a / b for a, b in zip(again, without, strict=True))
    return {
        "runs_per_second": {
            "without": round(statistics.median(without), 2),
            "with": round(statistics.median(with_them), 2),
        },
        "loss": round(1 - statistics.median(ratios), 3),
        "a_a_ratio": {"least": round(spread[0], 2), "median": round(statistics.median(spread), 2)},
        "pairs": pairs,
    }


async def _drained(platform: Platform) -> None:
    while any(await sealed.owed(platform)):
        await asyncio.sleep(0.5)


async def _backlog(platform: Platform, stream: Stream, seconds: float) -> dict[str, Any]:
    """At full load: what waits for archiver and sealer, looked at again and again."""
    looked: list[tuple[float, int, int]] = []
    began, before = time.perf_counter(), len(stream.finished)
    stream.stopping.clear()

    async def look() -> None:
        while (passed := time.perf_counter() - began) < seconds:
            looked.append((passed, *await sealed.owed(platform)))
            await asyncio.sleep(min(LOOK_EVERY_S, seconds / 4))
        stream.stopping.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(stream.run(UNDER_WAY))
        group.create_task(look())
    half = [one for one in looked if one[0] >= seconds / 2]
    slope = statistics.linear_regression([one[0] / 60 for one in half], [one[1] for one in half]).slope
    return {
        "minutes": round(seconds / 60, 1),
        "runs": len(stream.finished) - before,
        "most_runs_waiting": max(one[1] for one in looked),
        "most_records_waiting": max(one[2] for one in looked),
        "grows_per_minute": round(slope, 2),
    }


async def _levels(platform: Platform) -> dict[str, Any]:
    """Each level alone over everything: runs a second."""
    found: dict[str, Any] = {}
    for level in evidence_check.LEVELS:
        began = time.perf_counter()
        steps = evidence_check.verify(platform, EvidenceScope(), [level])
        verdict = [one async for one in steps][-1]
        seconds = time.perf_counter() - began
        found[f"level_{level}"] = {
            "runs": verdict.runs,
            "runs_per_second": round(verdict.runs / seconds, 1),
            "records": verdict.rows,
            "events": verdict.events,
            "findings": len(verdict.findings),
        }
    return found

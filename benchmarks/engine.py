"""`./xunji bench engine`: a hop from person to person, beside a hand-written workflow and a bare Update.

Both do the same for a person on the same tables and servers, alternating. Worker CPU is that of the two
worker processes; wall is paired, beside the floor against itself (A/A). No absolute figure is a claim.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
from temporalio.client import Client, WorkflowHandle

from benchmarks._engine import procedure
from benchmarks._engine.handwritten import QUEUE, Bare, Begin, Complete, HandWritten
from db.ids import new_id
from ops import addresses
from ops.private_instance import PrivateInstance, private_instance
from ops.settings import REPOSITORY, Settings

STEPS = 40
SETTLES_S = 0.01
"""After a hop its worker still tells the engine that it is done: that is counted in, on both sides."""
WARMS = 20
"""Completions over HTTP that only warm up."""
DATA = {"mode": "refrigerated truck", "temperature": "5.5"}


@dataclass
class Stand:
    """Everything that the measurements use."""

    instance: PrivateInstance
    client: Client
    staff: procedure.Staff
    floor: psutil.Process


async def run(pairs: int = 60, http: int = 200) -> dict[str, Any]:
    """Measures on an installation of its own; `ok` compares with the bounds that the product set itself."""
    from engine.client import connect

    with private_instance() as instance:
        settings = Settings(home=instance.home)
        address = addresses.temporal_address(settings)
        client = await connect(address, settings.temporal_namespace)
        arguments = [address, settings.temporal_namespace, addresses.database_url(settings)]
        floor = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "benchmarks._engine.worker", *arguments),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
        )
        assert floor.stdout is not None
        await floor.stdout.readline()
        try:
            staff = await procedure.prepare(instance, STEPS)
            stand = Stand(instance, client, staff, psutil.Process(floor.pid))
            hops = await _hops(stand, pairs)
            doors = await _doors(stand, http)
        finally:
            floor.terminate()
            await floor.wait()
    figures = {**hops, **doors}
    figures["ok"] = (
        figures["cpu_ratio"] <= 1.5 and figures["http_over_bare"] <= 3.5 and figures["pairs"] >= 30
    )
    return figures


async def _hops(stand: Stand, pairs: int) -> dict[str, Any]:
    """Alternating hops: ours, the floor, and the floor again against itself."""
    ours: list[float] = []
    floor: list[float] = []
    again: list[float] = []
    cpu = {"ours": 0.0, "floor": 0.0}
    worker = psutil.Process(stand.instance.pid("worker"))
    for turn in range(1 + -(-pairs // (STEPS // 2))):
        run = await stand.staff.start()
        other = await _start_floor(stand)
        if turn == 1:  # the first run has warmed both workers: what is made once per process is made
            ours, floor, again, cpu = [], [], [], {"ours": 0.0, "floor": 0.0}
        for step in range(STEPS // 2):
            task = await stand.staff.claim(run, step)
            before = await _settled(worker)
            ours.append(await _timed(stand.staff.complete(task, DATA)))
            cpu["ours"] += await _settled(worker) - before
            before = await _settled(stand.floor)
            floor.append(await _timed(_complete_floor(stand, other, 2 * step)))
            cpu["floor"] += (await _settled(stand.floor) - before) / 2
            before = await _settled(stand.floor)
            again.append(await _timed(_complete_floor(stand, other, 2 * step + 1)))
            cpu["floor"] += (await _settled(stand.floor) - before) / 2
    ratios = [a / b for a, b in zip(ours, floor, strict=True)]
    spread = sorted(a / b for a, b in zip(again, floor, strict=True))
    return {
        "pairs": len(ours),
        "cpu_ms_per_hop": {name: round(1000 * total / len(ours), 2) for name, total in cpu.items()},
        "cpu_ratio": round(cpu["ours"] / cpu["floor"], 2),
        "wall_ms_median": {"ours": _ms(ours), "floor": _ms(floor)},
        "wall_ratio_median": round(statistics.median(ratios), 2),
        "a_a_ratio": {
            "p05": round(spread[len(spread) // 20], 2),
            "median": round(statistics.median(spread), 2),
            "p95": round(spread[-1 - len(spread) // 20], 2),
        },
    }


async def _doors(stand: Stand, count: int) -> dict[str, Any]:
    """Over HTTP: from posting a completion until the next task is in the inbox; beside a bare Update.

    One commit writes the verdict and the next task (tests/services/tasks/test_hearing.py), the answer follows
    it: that long counts against the bound. Each time the inbox is then read and must have the task; what both
    requests take together, as somebody waits who reads the inbox, is given beside it.
    """
    bare = await stand.client.start_workflow(Bare.run, id=f"bare/{new_id()}", task_queue=QUEUE)
    touched: list[float] = []
    passed: list[float] = []
    seen: list[float] = []
    run, step = await stand.staff.start(), 0
    with procedure.Desk(stand.staff) as desk:
        for _ in range(WARMS + count):
            if step == STEPS - 1:
                run, step = await stand.staff.start(), 0
            task = await stand.staff.claim(run, step)
            await asyncio.sleep(SETTLES_S)
            touched.append(await _timed(bare.execute_update(Bare.touch, "x")))
            await asyncio.sleep(SETTLES_S)
            began = time.perf_counter()
            desk.complete(task, DATA)
            passed.append(time.perf_counter() - began)
            desk.sees(run, f"s{step + 1}#1")
            seen.append(time.perf_counter() - began)
            step += 1
    await bare.signal(Bare.stop)
    touched, passed, seen = touched[WARMS:], passed[WARMS:], seen[WARMS:]
    floor = statistics.median(touched)
    return {
        "bare_update_ms_median": _ms(touched),
        "http_completion_ms": _spread(passed),
        "http_completion_and_inbox_read_ms": _spread(seen),
        "http_completions": count,
        "http_over_bare": round(statistics.median(passed) / floor, 2),
        "http_and_inbox_read_over_bare": round(statistics.median(seen) / floor, 2),
    }


async def _start_floor(stand: Stand) -> tuple[WorkflowHandle[Any, Any], UUID]:
    run = await stand.staff.start()
    handle = await stand.client.start_workflow(
        HandWritten.run, Begin(str(run), STEPS + 1), id=f"floor/{run}", task_queue=QUEUE
    )
    await stand.staff.wait_for_path(run, "h0#1")
    return handle, run


async def _complete_floor(stand: Stand, floor: tuple[WorkflowHandle[Any, Any], UUID], step: int) -> None:
    handle, run = floor
    submission = await stand.staff.plain_submission(run, f"h{step}#1", DATA)
    command = Complete(str(submission), step, str(stand.staff.person_id), "done", DATA)
    answer = await handle.execute_update("complete", command, id=str(submission), result_type=str)
    assert answer == "done"


async def _settled(process: psutil.Process) -> float:
    """The CPU of a worker when a hop is really over."""
    await asyncio.sleep(SETTLES_S)
    return _cpu(process)


async def _timed(doing: Awaitable[object]) -> float:
    began = time.perf_counter()
    await doing
    return time.perf_counter() - began


def _cpu(process: psutil.Process) -> float:
    """Seconds of CPU of all its threads, from the scheduler: `cpu_times` counts in hundredths of a second."""
    total = 0
    for thread in Path(f"/proc/{process.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has just ended
            total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def _spread(seconds: list[float]) -> dict[str, float]:
    return {"median": _ms(seconds), "p95": round(1000 * sorted(seconds)[int(len(seconds) * 0.95)], 1)}


def _ms(seconds: list[float]) -> float:
    return round(1000 * statistics.median(seconds), 1)

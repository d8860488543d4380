"""`./xunji bench children`: a run calls others, one for each line, beside children written by hand.

Measured is from the start of the caller until each child has its run and its open task in the database. Both
use the same tables and servers, alternating. The hand-written children have one activity each; ours are whole
runs, with a pinned procedure, site, audit and training gate. No absolute figure is a claim.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from temporalio.client import Client

from benchmarks._children.handwritten import QUEUE, HandWrittenParent, Parent
from benchmarks._engine import procedure
from db import tables as t
from db.ids import new_id
from ops import addresses
from ops.private_instance import PrivateInstance, private_instance
from ops.settings import REPOSITORY, Settings
from services import line_sets, runs

CALLED, CALLER = "bench_called", "bench_caller"
BOUND = 1.5
HEAD = """sop: {key}
title: {{zh: 基准流程, en: Benchmark}}
clauses: [bench]
owner: {{department: quality, post: qa_manager}}
scope: {{site: "'{site}'", department: "'warehouse'"}}
inputs: {inputs}
steps:
"""
CALLED_STEPS = """  - id: look
    title: {zh: 核对, en: Check}
    human:
      post: receiver
      instruction: {zh: 核对运输方式与温度。, en: Check transport and temperature.}
      form:
        mode: {type: text, label: {zh: 方式, en: Mode}, required: true}
        temperature: {type: decimal, label: {zh: 温度, en: Temperature}, unit: celsius}
      due: PT4H
      remind: [PT2H]
      escalate: {after: PT6H, to: {post: warehouse_manager}}
  - end: done
"""
CALLER_STEPS = f"""  - id: children
    call: {{sop: {CALLED}, lines: inputs.lines, with: {{number: '7'}}}}
  - id: rest
    title: {{zh: 收尾, en: Rest}}
    human: {{post: receiver, instruction: {{zh: 收尾, en: Rest}}, due: P30D}}
  - end: done
"""


@dataclass
class Stand:
    """Everything that the measurements use; `frame` is a run that line sets belong to."""

    instance: PrivateInstance
    client: Client
    staff: procedure.Staff
    frame: UUID


async def run(children: int = 1000, pairs: int = 3) -> dict[str, Any]:
    """Measures on an installation of its own; `ok` compares with the bound that the product set itself."""
    with private_instance() as instance:
        return await measure(instance, children, pairs)


async def measure(instance: PrivateInstance, children: int, pairs: int) -> dict[str, Any]:
    """The same on an installation that runs already."""
    from engine.client import connect

    settings = Settings(home=instance.home)
    address = addresses.temporal_address(settings)
    client = await connect(address, settings.temporal_namespace)
    arguments = [address, settings.temporal_namespace, addresses.database_url(settings)]
    floor = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks._children.worker", *arguments),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
    )
    assert floor.stdout is not None
    await floor.stdout.readline()
    try:
        staff = await _prepare(instance)
        frame = await runs.start(staff.platform, CALLED, {"number": 0}, actor=staff.actor)
        stand = Stand(instance, client, staff, frame.row.id)
        try:
            return await _compare(stand, children, pairs)
        finally:
            await staff.platform.database.close()
    finally:
        floor.terminate()
        await floor.wait()


async def _prepare(instance: PrivateInstance) -> procedure.Staff:
    site = procedure.site_of(instance)
    called = HEAD.format(key=CALLED, site=site, inputs="{number: {type: integer, required: true}}")
    caller = HEAD.format(key=CALLER, site=site, inputs="{lines: {type: line_set, required: true}}")
    return await procedure.prepare_all(
        instance, {CALLED: called + CALLED_STEPS, CALLER: caller + CALLER_STEPS}
    )


async def _compare(stand: Stand, children: int, pairs: int) -> dict[str, Any]:
    ours: list[float] = []
    floor: list[float] = []
    few = max(2, min(children, 20))
    await _ours(stand, few)  # both workers have made what is made once
    await _floor(stand, few)
    for turn in range(pairs):
        for which in (_ours, _floor) if turn % 2 == 0 else (_floor, _ours):
            (ours if which is _ours else floor).append(await which(stand, children))
            await asyncio.sleep(1)
    ratios = [a / b for a, b in zip(ours, floor, strict=True)]
    ratio = statistics.median(ratios)
    return {
        "children": children,
        "pairs": pairs,
        "seconds": {"ours": [round(s, 2) for s in ours], "floor": [round(s, 2) for s in floor]},
        "seconds_median": {
            "ours": round(statistics.median(ours), 2),
            "floor": round(statistics.median(floor), 2),
        },
        "per_second": {
            "ours": round(children / statistics.median(ours), 1),
            "floor": round(children / statistics.median(floor), 1),
        },
        "ratios": [round(r, 2) for r in ratios],
        "ratio_median": round(ratio, 2),
        "ok": ratio <= BOUND,
    }


async def _ours(stand: Stand, children: int) -> float:
    platform = stand.staff.platform
    async with platform.database.write(stand.staff.actor.ref) as tx:
        lines = [(f"L{n}", {"number": n}) for n in range(1, children + 1)]
        made = await line_sets.create(tx, stand.frame, f"bench/{new_id()}", "bench", lines)
        tx.audited_elsewhere("a benchmark prepares its lines")
    began = time.perf_counter()
    view = await runs.start(platform, CALLER, {"lines": made.id}, actor=stand.staff.actor)
    await _until_open(stand, view.row.id, "children#1", children)
    return time.perf_counter() - began


async def _floor(stand: Stand, children: int) -> float:
    frame = await runs.start(stand.staff.platform, CALLED, {"number": 0}, actor=stand.staff.actor)
    parent = Parent(str(frame.row.id), [str(new_id()) for _ in range(children)])
    began = time.perf_counter()
    await stand.client.start_workflow(
        HandWrittenParent.run, parent, id=f"floor-parent/{new_id()}", task_queue=QUEUE
    )
    await _until_open(stand, frame.row.id, "floor#1", children)
    return time.perf_counter() - began


async def _until_open(stand: Stand, caller: UUID, path: str, children: int) -> None:
    """Until every child has its one open task; more than one for any would be a fault."""
    r, k = t.run.c, t.task.c
    opened = (
        sa.select(sa.func.count().label("tasks"), sa.func.count(sa.distinct(k.run_id)).label("runs"))
        .join(t.run, r.id == k.run_id)
        .where(r.called_by == caller, r.call_path == path, k.state == "open")
    )
    async with asyncio.timeout(60 + children):
        while True:
            async with stand.staff.platform.database.read() as tx:
                row = await tx.one(opened)
            assert row["tasks"] == row["runs"], row
            if row["tasks"] == children:
                return
            await asyncio.sleep(0.1)

"""Room `ops`, trial `archiver`: archiver and sealer stand still for so many runs, then two workers catch up.

`./xunji trial archiver runs=1000 kills=5`: while they catch up a worker is killed again and again, and a
transaction that began before all that commits late. Nothing may be lost, and the chain must not fork.
"""

import asyncio
import os
import subprocess
import sys
import time
from typing import Any

from ops.platform_access import open_platform
from ops.private_instance import PrivateInstance, private_instance
from ops.processes import end_child, start_child
from ops.settings import REPOSITORY, Settings
from ops.trials import sealed, tamper
from services.platform import Platform

LATE_S = 8.0
"""So long a transaction stays open while the others are sealed: less than the database lets it be idle."""
KILL_EVERY_S = 1.5


async def run(runs: int = 1000, kills: int = 5) -> dict[str, Any]:
    """So many runs without an archive, so many kills while they are archived."""
    with private_instance() as instance:
        return await prove(instance, runs, kills)


async def prove(instance: PrivateInstance, runs: int, kills: int) -> dict[str, Any]:
    """The same on an installation that is there."""
    async with open_platform(Settings(home=instance.home)) as platform:
        async with sealed.held(instance.home):
            await tamper.work(instance, runs, 0)
            stood = await sealed.owed(platform)
            late = asyncio.create_task(_late(platform))
            await asyncio.sleep(1)
        second = _second_worker(instance)
        began = time.monotonic()
        try:
            await _killed(instance, kills)
            await late
            proof = await sealed.whole(instance.home)
        finally:
            end_child(second, grace_seconds=30)
    return {
        "ok": proof["ok"] and stood[0] >= runs and proof["runs"] >= runs,
        "runs_waiting": stood[0],
        "records_waiting": stood[1],
        "kills": kills,
        "caught_up_and_verified_seconds": round(time.monotonic() - began, 1),
        "proof": proof,
    }


async def _late(platform: Platform) -> None:
    """What is written first and commits last."""
    async with platform.database.write() as tx:
        await tx.audit("print.label", "label", "late")
        await asyncio.sleep(LATE_S)


async def _killed(instance: PrivateInstance, kills: int) -> None:
    for _ in range(kills):
        await asyncio.sleep(KILL_EVERY_S)
        old = instance.kill("worker")
        await asyncio.to_thread(instance.wait_restarted, "worker", old)


def _second_worker(instance: PrivateInstance) -> "subprocess.Popen[bytes]":
    """Another one of the same installation, as a larger house has."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("XUNJI_")}
    return start_child(
        [sys.executable, "-P", "-m", "ops.command_line", "worker"],
        log=instance.home / "second-worker.log",
        env={**env, "PYTHONPATH": str(REPOSITORY), "XUNJI_HOME": str(instance.home)},
        cwd=REPOSITORY,
    )

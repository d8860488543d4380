"""Room `ops`, trials: how much memory the processes of an installation take while a trial runs."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import psutil

from ops.private_instance import PrivateInstance

SAMPLE_EVERY_SECONDS = 0.5
MIB = 1024 * 1024
NAMES = ("worker", "web", "postgres", "temporal")


@dataclass
class Memory:
    """Resident memory of each process in MiB, sample by sample; PostgreSQL counts with all its backends."""

    samples: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def take(self, instance: PrivateInstance) -> None:
        """One sample; a process that is just being restarted is left out."""
        for name in NAMES:
            with contextlib.suppress(psutil.Error, OSError, KeyError, ValueError):
                self.samples[name].append(
                    resident(psutil.Process(instance.pid(name)), children=name == "postgres")
                )

    def report(self) -> dict[str, Any]:
        """First, highest and last sample of each process, in MiB."""
        return {
            name: {"first_mib": taken[0], "highest_mib": max(taken), "last_mib": taken[-1]}
            for name, taken in self.samples.items()
        }


def resident(process: psutil.Process, *, children: bool) -> float:
    """Resident memory in MiB; with children their own pages too (shared ones counted once)."""
    total = process.memory_info().rss
    if children:
        for child in process.children():
            with contextlib.suppress(psutil.Error):
                used = child.memory_info()
                total += max(0, used.rss - used.shared)
    return round(total / MIB, 1)


@contextlib.asynccontextmanager
async def sampled(instance: PrivateInstance) -> AsyncIterator[Memory]:
    """Sample until the block ends."""
    memory = Memory()

    async def sample() -> None:
        while True:
            memory.take(instance)
            await asyncio.sleep(SAMPLE_EVERY_SECONDS)

    sampling = asyncio.create_task(sample())
    try:
        yield memory
    finally:
        sampling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sampling

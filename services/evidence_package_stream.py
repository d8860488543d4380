"""Services: an evidence package in parts, for a connection - and how far it is, while it is being made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.evidence_package import BuiltPackage, Progress

PART = 1 << 18


async def parts(made: BuiltPackage) -> AsyncIterator[bytes]:
    """The file, part by part; it is gone afterwards."""
    with made.file as file:
        while part := await asyncio.to_thread(file.read, PART):
            yield part


async def with_progress(
    build: Callable[[Progress], Awaitable[BuiltPackage]],
) -> AsyncIterator[tuple[int, int] | BuiltPackage]:
    """How many runs of how many are done, again and again, and at last the package. Refusals come through."""
    told: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()

    async def tell(done: int, total: int) -> None:
        told.put_nowait((done, total))

    async def work() -> BuiltPackage:
        try:
            return await build(tell)
        finally:
            told.put_nowait(None)

    task = asyncio.ensure_future(work())
    try:
        while (step := await told.get()) is not None:
            yield step
        yield await task
    finally:
        task.cancel()

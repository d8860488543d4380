"""Services: what follows the commit of an advance that called runs, ordered them about, or ended one.

The rows say what is owed: starts to the engine, commands to called runs, word to a caller. All of it can be
done twice, and what an interruption leaves is made up by the sweeps.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.advance import EndRun
from contracts.calls import CallRuns, CancelCalls, OrderCalls
from db.queries import called_runs as queries
from services import run_engine, submissions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.advance import AdvanceInput
    from services.platform import Platform

AT_ONCE = 10
"""Called runs that are spoken to at the same time."""


async def after_advance(platform: Platform, given: AdvanceInput) -> None:
    """Does what the advance has left to do outside the database."""
    run, kinds = UUID(given.run_id), {type(operation) for operation in given.operations}
    if CallRuns in kinds:
        async with platform.database.read() as tx:
            owed = await queries.to_start(tx, run)
        await run_engine.start_all(platform, owed)
    if kinds & {CancelCalls, OrderCalls}:
        await bring_orders(platform, run)
    if EndRun in kinds:
        await tell_caller(platform, run)


async def bring_orders(platform: Platform, caller: UUID) -> None:
    """Brings commands that have no verdict yet to the called runs: to each in order, to several at once."""
    async with platform.database.read() as tx:
        owed = await queries.orders_owed(tx, caller)
    by_run: dict[UUID, list[UUID]] = {}
    for run, submission in owed:
        by_run.setdefault(run, []).append(submission)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(orders: Sequence[UUID]) -> None:
        async with turns:
            for submission in orders:
                if not await submissions.resend(platform, submission):
                    return

    await asyncio.gather(*(one(orders) for orders in by_run.values()))


async def tell_caller(platform: Platform, run: UUID) -> None:
    """Tells the caller that none of a call is open any more, if it waits for that and this was the last."""
    async with platform.database.read() as tx:
        found = await queries.to_tell(tx, run)
    if found is not None:
        caller, path = found
        await platform.gateway.tell(str(caller), path)


async def tell_again(platform: Platform, caller: UUID, paths: Sequence[str]) -> int:
    """Tells a run again of calls that it waits for though none is open: its engine has lost the word."""
    told = 0
    for path in paths:
        async with platform.database.read() as tx:
            waits = await queries.still_open(tx, caller, path)
        if not waits:
            await platform.gateway.tell(str(caller), path)
            told += 1
    return told

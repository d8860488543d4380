"""Services: the stock moves of a run, for who may read the run. Knows queries, no HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from db.queries import run_moves as queries
from services import blind_counts, run_view

if TYPE_CHECKING:
    from services.platform import Actor, Platform

RunMove = queries.RunMove
SHOWN = 1000
FIRST = 15
"""Moves that the page of a run shows; the others have one of their own."""


async def moves_of_run(
    platform: Platform, run_id: UUID, *, actor: Actor, limit: int = SHOWN
) -> list[RunMove]:
    """The moves that the run posted, oldest first; NotFound, or NotPermitted at another site.

    Who may count in it, or counts at its site, sees them when the count is over.
    """
    async with platform.database.read() as tx:
        run = await run_view.readable(tx, run_id, actor)
        if await blind_counts.hides_figures(tx, run_id, run.site_id, actor):
            return []
        return await queries.moves_of_run(tx, run_id, limit=limit)

"""Services: runs - started once per key, listed and read by row scope, commanded. One door for all callers.

Starting is in `run_start`, the engine's part in `run_engine`, commands in `run_commands`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from db.queries import runs as queries
from db.queries.run_head import RunHead
from db.queries.runs import RunFilter, RunRow
from services import bundles, run_view
from services.permissions import Permission, require, visible_sites
from services.run_commands import command
from services.run_engine import start_in_engine
from services.run_start import OpenRunExists, StartMismatch, start
from services.run_view import CurrentStep, RunView

if TYPE_CHECKING:
    from db.queries._paging import Page
    from domain.sop_definition import Text
    from services.platform import Actor, Platform

__all__ = [
    "CurrentStep",
    "OpenRunExists",
    "RunRow",
    "RunView",
    "StartMismatch",
    "command",
    "current_titles",
    "get",
    "list_runs",
    "outcome_titles",
    "start",
    "start_in_engine",
]


async def list_runs(
    platform: Platform,
    *,
    actor: Actor,
    sop: str | None = None,
    state: str | None = None,
    batch: UUID | None = None,
    site: str | None = None,
    text: str | None = None,
    called_by: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[RunRow]:
    """A page of the runs at sites that the actor may read, the newest first."""
    require(actor, Permission.RUN_READ)
    wanted = RunFilter(
        sites=visible_sites(actor, Permission.RUN_READ),
        sop=sop,
        state=state,
        batch=batch,
        site=site,
        text=text,
        called_by=called_by,
    )
    async with platform.database.read() as tx:
        return await queries.list_runs(tx, wanted, after=after, limit=limit)


async def current_titles(platform: Platform, rows: Sequence[RunRow]) -> dict[UUID, list[Text]]:
    """What the steps are called that the runs of a list are at, by run."""
    async with platform.database.read() as tx:
        pinned = {row.id: await bundles.bundle_of(tx, row.sop_version_id, row.sha256) for row in rows}
        return {
            row.id: [run_view.title_at(pinned[row.id], path) for path in row.current_steps] for row in rows
        }


async def outcome_titles(platform: Platform, rows: Sequence[RunRow]) -> dict[UUID, Text]:
    """What the ends of the runs of a list are called by their definitions, by run."""
    async with platform.database.read() as tx:
        return await run_view.outcome_titles(tx, rows)


async def get(
    platform: Platform, run_id: UUID, *, actor: Actor, head: RunHead | None = None, moves: int = 0
) -> RunView:
    """One run; NotFound, or NotPermitted at another site. `head`: what the actor read of it just now.

    So many of its `moves` come with it, for who may see figures.
    """
    async with platform.database.read() as tx:
        head = head or await run_view.readable_head(tx, run_id, actor)
        return await run_view.view(tx, head, actor, moves=0 if head.blind else moves)

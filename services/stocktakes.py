"""Services: what the office sees of a stocktake - its differences, whoever may not count it. No engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from db.queries import record_names
from db.queries.stocktake_variances import Variance, variances
from services import blind_counts, run_view
from services.blind_counts import CountIsBlind
from services.permissions import Permission, require

if TYPE_CHECKING:
    from db.queries.runs import RunRow
    from services.platform import Actor, Platform

__all__ = ["Differences", "Variance", "differences"]


@dataclass(frozen=True)
class Differences:
    """The run with its differences, and the names of the files that were attached to them."""

    run: RunRow
    lines: list[Variance]
    files: Mapping[str, str] = field(default_factory=dict)


async def differences(platform: Platform, run_id: UUID, *, actor: Actor) -> Differences:
    """The differences of a stocktake; CountIsBlind for who may count it, until it is over."""
    async with platform.database.read() as tx:
        row = await run_view.readable(tx, run_id, actor)
        require(actor, Permission.TASK_READ, row.site_id)
        if await blind_counts.blinds_run(tx, run_id, actor):
            raise CountIsBlind
        found = await variances(tx, run_id)
        photos = {UUID(ref) for one in found for ref in (one.review or {}).get("photo") or ()}
        return Differences(row, found, await record_names.files(tx, photos))

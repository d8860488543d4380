"""Services: holds of the past - a batch was on hold and was released - taken over as they were. No HTTP.

Only while the owner has opened the loading window, and only holds that are over: what stands on hold today is
opened today. The posts are those of quality, as with any hold (GSP 87, annex 2).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import references
from domain.errors import NotFound
from domain.evidence import LoadingClosed
from domain.loaded_records import HistoryNotWhole
from services import audit, holds, stock
from services.changes import reason_of
from services.permissions import Permission, require, require_person
from services.platform import Actor, Platform


@dataclass(frozen=True)
class PastHold:
    """A hold on a batch (`material:number`) at a site, when and why it opened and closed; `id` is its own."""

    id: UUID
    batch: str
    site: str
    opened_at: datetime
    closed_at: datetime
    reason: str
    closed_reason: str


async def load(platform: Platform, hold: PastHold, *, actor: Actor, request_id: str = "") -> bool:
    """Take a hold over; False when it is there already. LoadingClosed while the window is shut."""
    async with audit.refusals(platform, actor, "load.hold", "batch", hold.batch, request_id=request_id):
        require_person(actor)
        reason, closed_reason = reason_of(hold.reason), reason_of(hold.closed_reason)
        if hold.closed_at < hold.opened_at:
            raise HistoryNotWhole(number=hold.batch, why="closed before it was opened")
        async with platform.database.write(actor.ref, request_id) as tx:
            site = await references.site(tx, hold.site)
            if site is None:
                raise NotFound(what=f"仓库 / site {hold.site}")
            require(actor, Permission.HOLD_OPEN, site.id)
            require(actor, Permission.HOLD_CLOSE, site.id)
            if await tx.scalar(sa.select(t.hold.c.id).where(t.hold.c.id == hold.id)):
                return False
            if not await references.loading_is_open(tx):
                raise LoadingClosed
            batch_id = await stock.batch_id(tx, hold.batch)
            await tx.execute(
                sa.insert(t.hold).values(
                    id=hold.id,
                    batch_id=batch_id,
                    kind=holds.KIND,
                    scope_site_id=site.id,
                    reason=reason,
                    opened_by=actor.person_id,
                    opened_at=hold.opened_at,
                    closed_by=actor.person_id,
                    closed_at=hold.closed_at,
                    closed_reason=closed_reason,
                    loaded=True,
                )
            )
            await tx.audit("load.hold", "batch", str(batch_id), after={"site": hold.site}, reason=reason)
    return True

"""Services: on which terms a history is loaded - kept once, so that a load that was cut short goes on alike.

The terms stand in the audit log: who began to load what, and when it was done. Knows no HTTP.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from services import audit
from services.permissions import Permission, require
from services.platform import Actor, Platform

_OBJECT = "history"


async def begin(
    platform: Platform, name: str, terms: Mapping[str, Any], *, actor: Actor
) -> tuple[dict[str, Any], bool]:
    """The terms on which the history of this name is loaded, the first ones given; and whether it is done.

    Callers that begin at once meet on a lock; the second one finds the first one's terms.
    """
    async with audit.refusals(platform, actor, "start.history", _OBJECT, name):
        require(actor, Permission.STOCK_MOVE)
        async with platform.database.write(actor.ref) as tx:
            await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))
            known = await _told(tx, name, "start.history")
            if known is None:
                await tx.audit("start.history", _OBJECT, name, after=dict(terms))
                return dict(terms), False
            return known, await _told(tx, name, "end.history") is not None


async def finish(platform: Platform, name: str, figures: Mapping[str, Any], *, actor: Actor) -> None:
    """Say that the history of this name is loaded, and what it came to."""
    async with audit.refusals(platform, actor, "end.history", _OBJECT, name):
        require(actor, Permission.STOCK_MOVE)
        async with platform.database.write(actor.ref) as tx:
            await tx.audit("end.history", _OBJECT, name, after=dict(figures))


async def _told(tx: Reader, name: str, action: str) -> dict[str, Any] | None:
    c = t.audit_event.c
    row = await tx.one_or_none(
        sa.select(c.after)
        .where(c.object_type == _OBJECT, c.object_id == name, c.action == action, ~c.refused)
        .order_by(c.id)
        .limit(1)
    )
    return dict(row["after"]) if row else None

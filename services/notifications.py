"""Services: notifications - what a person and the person's posts were told, and marking it as read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import notifications as queries
from db.queries.notifications import NotificationRow
from db.queries.task_scope import Held

if TYPE_CHECKING:
    from db.queries._paging import Page
    from services.platform import Actor, Platform


async def list_notifications(
    platform: Platform, *, actor: Actor, after: str | None = None, limit: int = 50
) -> Page[NotificationRow]:
    """The actor's messages, the newest first."""
    async with platform.database.read() as tx:
        return await queries.page(tx, actor.person_id, _held(actor), after=after, limit=limit)


async def mark_read(
    platform: Platform, notification_ids: list[UUID] | None = None, *, actor: Actor, request_id: str = ""
) -> int:
    """Marks messages (None: all) as read; those of others are passed over. Gives how many were unread."""
    n = t.notification.c
    chosen = [queries.addressed_to(actor.person_id, _held(actor)), n.read_at.is_(None)]
    if notification_ids is not None:
        chosen.append(n.id.in_(notification_ids))
    async with platform.database.write(actor.ref, request_id) as tx:
        rows = await tx.rows(
            sa.update(t.notification).where(*chosen).values(read_at=sa.func.clock_timestamp()).returning(n.id)
        )
        tx.audited_elsewhere("that a message was read is no business fact")
    return len(rows)


def _held(actor: Actor) -> list[Held]:
    return [Held(a.post_id, a.site_id, a.department_id) for a in actor.assignments]

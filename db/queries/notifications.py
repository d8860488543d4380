"""Db queries: notifications to a person or to the holders of a post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.session import Reader

if TYPE_CHECKING:
    from db.queries.task_scope import Held


@dataclass(frozen=True)
class NotificationRow:
    """One message, in both languages."""

    id: UUID
    run_id: UUID | None
    template: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    link: str | None
    created_at: datetime
    read_at: datetime | None


def addressed_to(person_id: UUID, held: Sequence[Held]) -> sa.ColumnElement[bool]:
    """Whether a message is for this person or for a post that the person holds at that site."""
    n = t.notification.c
    posts = [
        sa.and_(
            n.post_id == post.post_id,
            sa.true() if post.site_id is None else sa.or_(n.site_id.is_(None), n.site_id == post.site_id),
        )
        for post in held
    ]
    return sa.or_(n.person_id == person_id, *posts)


async def unread(tx: Reader, person_id: UUID, held: Sequence[Held]) -> int:
    """How many messages nobody has read yet."""
    found: int = await tx.scalar(
        sa.select(sa.func.count()).where(addressed_to(person_id, held), t.notification.c.read_at.is_(None))
    )
    return found


async def page(
    tx: Reader, person_id: UUID, held: Sequence[Held], *, after: str | None, limit: int
) -> Page[NotificationRow]:
    """A page of messages, the newest first."""
    n = t.notification.c
    query = sa.select(*(n[name] for name in NotificationRow.__dataclass_fields__)).where(
        addressed_to(person_id, held)
    )
    if after is not None:
        query = query.where(n.id < position_of(after, UUID)[0])
    rows = await tx.rows(query.order_by(n.id.desc()).limit(limit + 1))
    items = [NotificationRow(**row) for row in rows[:limit]]
    return Page(items, cursor_of(items[-1].id) if len(rows) > limit else None)

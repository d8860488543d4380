"""Db queries: what reviewers said of a version."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


@dataclass(frozen=True)
class CommentRow:
    """A comment: of the step at a place, of the whole when there is none; on which text, by whom, when."""

    id: UUID
    step: str | None
    text: str
    source_sha256: str
    actor: str
    recorded_at: datetime


async def comments(tx: Reader, version_id: UUID, *, only: UUID | None = None) -> list[CommentRow]:
    """The comments on a version, first to last; or the one with an id."""
    c = t.sop_comment.c
    query = (
        sa.select(c.id, c.step, c.text, c.source_sha256, t.person.c.name.label("actor"), c.recorded_at)
        .join(t.person, t.person.c.id == c.actor_id)
        .where(c.sop_version_id == version_id)
        .order_by(c.recorded_at, c.id)
    )
    if only is not None:
        query = query.where(c.id == only)
    return [CommentRow(**row) for row in await tx.rows(query)]

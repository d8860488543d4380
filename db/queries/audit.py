"""Db queries: the audit log, newest first, searched by who, what, which object and when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.session import Reader


@dataclass(frozen=True)
class AuditFilter:
    """What of the audit log is wanted; None: everything."""

    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    actor: str | None = None
    run_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    refused: bool | None = None
    text: str | None = None


@dataclass(frozen=True)
class AuditRow:
    """One event: who did what to what, before and after, why, and whether it was refused."""

    id: UUID
    recorded_at: datetime
    actor_id: UUID | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: str | None
    run_id: UUID | None
    refused: bool


def as_json(wanted: AuditFilter | None) -> dict[str, Any]:
    """The filter as it is written into the log: reading the log is logged."""
    given = asdict(wanted) if wanted else {}
    return {
        key: value if isinstance(value, bool) else str(value)
        for key, value in given.items()
        if value is not None
    }


async def events(tx: Reader, wanted: AuditFilter, *, after: str | None, limit: int) -> Page[AuditRow]:
    """A page of the log; ids are time-ordered, so the id is the cursor."""
    c = t.audit_event.c
    query = sa.select(*(c[name] for name in AuditRow.__dataclass_fields__)).where(*_conditions(wanted))
    if after is not None:
        query = query.where(c.id < position_of(after, UUID)[0])
    rows = await tx.rows(query.order_by(c.id.desc()).limit(limit + 1))
    items = [AuditRow(**row) for row in rows[:limit]]
    return Page(items, cursor_of(items[-1].id) if len(rows) > limit else None)


def _conditions(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    c = t.audit_event.c
    found: list[sa.ColumnElement[bool]] = []
    for name in ("action", "object_type", "object_id", "run_id", "refused"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(c[name] == value)
    if wanted.actor:
        people = sa.select(t.person.c.id).where(
            sa.or_(t.person.c.username == wanted.actor.lower(), t.person.c.name == wanted.actor)
        )
        found.append(c.actor_id.in_(people))
    if wanted.since:
        found.append(c.recorded_at >= wanted.since)
    if wanted.until:
        found.append(c.recorded_at < wanted.until)
    if wanted.text:
        like = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found.append(
            sa.or_(
                c.object_id.ilike(like),
                c.actor_name.ilike(like),
                c.reason.ilike(like),
                sa.cast(c.after, sa.Text).ilike(like),
            )
        )
    return found

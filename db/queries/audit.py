"""Db queries: the audit log, newest first, searched by who, what, which object and when.

A text is looked for in at most `SEARCHED` events for a page, however long the log is; the page then says
where to go on, also when it found nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import audit_text
from db.queries._paging import Page, cursor_of, position_of
from db.session import Reader, Row

SEARCHED = 100_000
Reads = Literal["hidden", "only"]


@dataclass(frozen=True)
class AuditFilter:
    """What of the audit log is wanted; None: everything.

    `reads` leaves out what only tells that somebody looked, or everything else. `told` are the actions that
    the text names in a reader's words.
    """

    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    actor: str | None = None
    run_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    refused: bool | None = None
    text: str | None = None
    reads: Reads | None = None
    told: tuple[str, ...] = ()


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
        if value is not None and key != "told"
    }


async def events(
    tx: Reader,
    wanted: AuditFilter,
    *,
    sites: Collection[UUID] | None = None,
    after: str | None,
    limit: int,
) -> Page[AuditRow]:
    """A page of the log; `sites` is the row scope (None: all)."""
    c = t.audit_event.c
    looked = sa.select(*(c[name] for name in AuditRow.__dataclass_fields__)).where(
        *_conditions(wanted), *_scope(sites), *_position(after)
    )
    looked = looked.order_by(c.recorded_at.desc(), c.id.desc())
    if not wanted.text:
        return _page(await tx.rows(looked.limit(limit + 1)), limit)
    within = looked.limit(SEARCHED).subquery()
    found = sa.select(within).where(audit_text.says(within.c, wanted.text, wanted.told))
    rows = await tx.rows(found.order_by(within.c.recorded_at.desc(), within.c.id.desc()).limit(limit + 1))
    page = _page(rows, limit)
    if page.next is None:
        last = await tx.one_or_none(
            looked.with_only_columns(c.recorded_at, c.id).offset(SEARCHED - 1).limit(1)
        )
        return Page(page.items, cursor_of(last["recorded_at"], last["id"]) if last else None)
    return page


def _page(rows: Sequence[Row], limit: int) -> Page[AuditRow]:
    items = [AuditRow(**row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return Page(items, cursor_of(last.recorded_at, last.id) if last else None)


async def kinds(tx: Reader) -> tuple[list[str], list[str]]:
    """The actions and the sorts of objects that the log has, by code; one look into the index for each."""
    c = t.audit_event.c
    return await _each(tx, c.action), await _each(tx, c.object_type)


async def _each(tx: Reader, column: sa.ColumnElement[str]) -> list[str]:
    first = sa.select(sa.func.min(column).label("value")).cte("each", recursive=True)
    after = sa.select(sa.func.min(column)).where(column > first.c.value).scalar_subquery()
    every = first.union_all(sa.select(after).where(first.c.value.is_not(None)))
    rows = await tx.rows(sa.select(every.c.value).where(every.c.value.is_not(None)))
    return [row["value"] for row in rows]


def _position(after: str | None) -> list[sa.ColumnElement[bool]]:
    if after is None:
        return []
    c = t.audit_event.c
    at, last = position_of(after, datetime, UUID)
    position = sa.literal(at, sa.DateTime(timezone=True)), sa.literal(last, sa.Uuid)
    return [sa.tuple_(c.recorded_at, c.id) < sa.tuple_(*position)]


def _scope(sites: Collection[UUID] | None) -> list[sa.ColumnElement[bool]]:
    """Who may read the log at some sites only sees what was done in runs of those sites."""
    if sites is None:
        return []
    r = t.run.c
    return [t.audit_event.c.run_id.in_(sa.select(r.id).where(r.site_id.in_(sites)))]


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
    if wanted.reads:
        read = c.action.startswith("read.", autoescape=True)
        found.append(read if wanted.reads == "only" else ~read)
    return found

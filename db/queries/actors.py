"""Db queries: who is acting - a person's posts, sessions, keys and credential."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.kept import Kept
from db.session import Reader, Transaction

NOW = sa.func.clock_timestamp()
"""Sessions and lock-outs live by the real clock, also in a drill."""

_PERSON = (t.person.c.id, t.person.c.username, t.person.c.name, t.person.c.kind, t.person.c.language)


def assignment_in_force() -> sa.ColumnElement[bool]:
    """The condition under which a post is held now."""
    c = t.post_assignment.c
    return sa.and_(c.valid_from <= NOW, sa.or_(c.valid_to.is_(None), c.valid_to > NOW))


async def person(tx: Reader, person_id: UUID) -> Mapping[str, Any] | None:
    """An active person or machine by id."""
    return await tx.one_or_none(sa.select(*_PERSON).where(t.person.c.id == person_id, t.person.c.active))


async def person_with_credential(
    tx: Reader, *, username: str | None = None, person_id: UUID | None = None
) -> Mapping[str, Any] | None:
    """An active person with the password hash and whether the log-in is locked now."""
    c = t.credential.c
    which = t.person.c.username == username if person_id is None else t.person.c.id == person_id
    return await tx.one_or_none(
        sa.select(
            *_PERSON,
            c.password_hash,
            sa.func.coalesce(c.locked_until > NOW, False).label("locked"),
        )
        .outerjoin(t.credential, c.person_id == t.person.c.id)
        .where(which, t.person.c.active, t.person.c.kind == "person")
    )


async def still_opens(tx: Transaction, person_id: UUID, password_hash: str) -> bool:
    """Whether the person is active with this password; both are held, so that no change comes between."""
    c = t.credential.c
    held = (
        sa.select(t.person.c.id)
        .join(t.credential, c.person_id == t.person.c.id)
        .where(t.person.c.id == person_id, t.person.c.active, c.password_hash == password_hash)
        .with_for_update(read=True)
    )
    return await tx.scalar(held) is not None


async def assignments(tx: Reader, person_id: UUID) -> list[Mapping[str, Any]]:
    """The posts that a person holds now, with their permissions."""
    return await tx.rows(_assignments(), {"person": person_id})


_HELD = (
    t.post.c.code.label("post"),
    t.post.c.id.label("post_id"),
    t.post.c.name_zh.label("post_name_zh"),
    t.post.c.name_en.label("post_name_en"),
    t.post.c.permissions,
    t.post_assignment.c.site_id,
    t.site.c.code.label("site"),
    t.post_assignment.c.department_id,
    t.department.c.code.label("department"),
)


def _held() -> sa.FromClause:
    """Assignments with their posts, sites and departments."""
    held = t.post_assignment.c
    return (
        t.post_assignment.join(t.post, t.post.c.id == held.post_id)
        .outerjoin(t.site, t.site.c.id == held.site_id)
        .outerjoin(t.department, t.department.c.id == held.department_id)
    )


@cache
def _assignments() -> Kept:
    held = t.post_assignment.c
    return Kept(
        sa.select(*_HELD)
        .select_from(_held())
        .where(held.person_id == sa.bindparam("person"), assignment_in_force())
        .order_by(t.post.c.code, held.id)
    )


async def session(
    tx: Reader, token_hash: bytes, idle_s: int
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]] | None:
    """A live session by its token's hash with the person, and the posts held now, in one look.

    `stale` says that the session was not seen for a minute.
    """
    rows = await tx.rows(_session(), {"hash": token_hash, "idle": idle_s})
    if not rows:
        return None
    names = [column.name for column in _HELD]
    return rows[0], [{name: row[name] for name in names} for row in rows if row["post_id"] is not None]


@cache
def _session() -> Kept:
    c, held = t.login_session.c, t.post_assignment.c
    idle = sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.bindparam("idle", type_=sa.Float))
    posts = sa.and_(held.person_id == c.person_id, assignment_in_force())
    return Kept(
        sa.select(
            *_PERSON,
            c.id.label("session_id"),
            c.kind.label("session_kind"),
            c.csrf_token,
            (c.last_seen_at < NOW - sa.func.make_interval(0, 0, 0, 0, 0, 1)).label("stale"),
            *_HELD,
        )
        .select_from(t.login_session.join(t.person, t.person.c.id == c.person_id).outerjoin(_held(), posts))
        .where(
            c.token_hash == sa.bindparam("hash"),
            c.ended_at.is_(None),
            c.expires_at > NOW,
            sa.or_(c.kind == "token", c.last_seen_at > NOW - idle),
            t.person.c.active,
        )
        .order_by(t.post.c.code, held.id)
    )


async def api_key(tx: Reader, key_hash: bytes) -> Mapping[str, Any] | None:
    """A live API key with its machine."""
    c = t.api_key.c
    return await tx.one_or_none(
        sa.select(*_PERSON, c.id.label("key_id"), c.scopes)
        .join(t.person, t.person.c.id == c.person_id)
        .where(c.key_hash == key_hash, c.active, t.person.c.active)
    )

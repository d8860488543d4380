"""Services: log-in, sessions and keys. A password is checked here and in `signatures`, and is kept nowhere.

Tokens are random; the database keeps their hashes. It knows no cookie and no header.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import actors
from domain.errors import Refusal, Unauthenticated
from domain.submissions import printable
from services import audit, lock_out
from services.permissions import Permission
from services.platform import Actor, Assignment, Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from db.session import Reader

KEY_PREFIX = "xk_"


class WrongCredentials(Unauthenticated):
    """One answer for an unknown name and for a wrong password."""

    code = "wrong_credentials"
    zh = "用户名或密码错误"
    en = "Wrong user name or password"


class SessionExpired(Unauthenticated):
    code = "session_expired"
    zh = "登录已过期，请重新登录"
    en = "Your session has expired; log in again"


class KeyInvalid(Unauthenticated):
    code = "key_invalid"
    zh = "接口密钥无效"
    en = "The API key is not valid"


@dataclass(frozen=True)
class LogIn:
    """A browser's new session: its secrets are shown once."""

    session_token: str
    csrf_token: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True)
class Token:
    """A person's bearer token, shown once."""

    token: str
    expires_at: datetime
    actor: Actor


async def log_in(platform: Platform, username: str, password: str, *, request_id: str = "") -> LogIn:
    """Opens a browser session; WrongCredentials, or LockedOut after five failures."""
    actor, token, csrf, expires_at = await _open(platform, username, password, "browser", request_id)
    return LogIn(token, csrf, actor, expires_at)


async def issue_token(platform: Platform, username: str, password: str, *, request_id: str = "") -> Token:
    """A bearer token for a person, with the life of a session."""
    actor, token, _, expires_at = await _open(platform, username, password, "token", request_id)
    return Token(token, expires_at, actor)


async def actor_of_session(platform: Platform, token: str) -> tuple[Actor, str]:
    """The actor of a browser session and its CSRF token; SessionExpired."""
    row, actor = await _of_session(platform, token, "browser")
    return actor, row["csrf_token"]


async def actor_of_bearer(platform: Platform, bearer: str) -> Actor:
    """The actor of a person's token or of an API key; SessionExpired, KeyInvalid."""
    if not bearer.startswith(KEY_PREFIX):
        return (await _of_session(platform, bearer, "token"))[1]
    async with platform.database.read() as tx:
        row = await actors.api_key(tx, _digest(bearer))
    if row is None:
        raise KeyInvalid
    scopes = frozenset(row["scopes"])
    known = frozenset(p for p in Permission if p.value in scopes)
    return Actor(
        person_id=row["id"],
        username=row["username"],
        name=row["name"],
        kind="machine",
        language=row["language"],
        permissions=known,
        scopes=scopes,
    )


async def log_out(platform: Platform, *, actor: Actor, request_id: str = "") -> None:
    """Ends the actor's session; a second time changes nothing."""
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.execute(
            sa.update(t.login_session)
            .where(t.login_session.c.id == actor.session_id, t.login_session.c.ended_at.is_(None))
            .values(ended_at=actors.NOW)
        )
        await tx.audit("close.session", "session", str(actor.session_id))


async def change_language(
    platform: Platform, language: Literal["zh", "en"], *, actor: Actor, request_id: str = ""
) -> None:
    """Remembers the language in which the person is spoken to."""
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.execute(
            sa.update(t.person).where(t.person.c.id == actor.person_id).values(language=language)
        )
        await tx.audit(
            "change.language",
            "person",
            str(actor.person_id),
            before={"language": actor.language},
            after={"language": language},
        )


async def load_actor(tx: Reader, row: Mapping[str, Any]) -> Actor:
    """A person with the posts held now."""
    return _actor(row, await actors.assignments(tx, row["id"]))


def _actor(
    row: Mapping[str, Any], assignments: Iterable[Mapping[str, Any]], session_id: UUID | None = None
) -> Actor:
    held = tuple(
        Assignment(**{**assignment, "permissions": frozenset(assignment["permissions"])})
        for assignment in assignments
    )
    carried = frozenset[str]().union(*(a.permissions for a in held))
    return Actor(
        person_id=row["id"],
        username=row["username"],
        name=row["name"],
        kind=row["kind"],
        language=row["language"],
        permissions=frozenset(p for p in Permission if p.value in carried),
        assignments=held,
        session_id=session_id,
    )


def make_api_key() -> tuple[str, str, bytes]:
    """A new API key: the key (shown once), the prefix by which it is recognised, and the hash to keep."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    return key, key[: len(KEY_PREFIX) + 6], _digest(key)


async def _open(
    platform: Platform,
    username: str,
    password: str,
    kind: Literal["browser", "token"],
    request_id: str,
) -> tuple[Actor, str, str, datetime]:
    name = printable(username).strip().lower()[:200]
    async with platform.database.read() as tx:
        row = await actors.person_with_credential(tx, username=name)
        actor = await load_actor(tx, row) if row else None
    try:
        await lock_out.check(platform, row, password, WrongCredentials())
        assert row is not None
        assert actor is not None
        return await _keep(platform, row, actor, kind, request_id)
    except Refusal as refusal:
        await audit.record_refusal(
            platform, actor, refusal, "open.session", "person", name, request_id=request_id
        )
        raise


async def _keep(
    platform: Platform, row: Mapping[str, Any], actor: Actor, kind: str, request_id: str
) -> tuple[Actor, str, str, datetime]:
    """The session of somebody whose password was right; WrongCredentials when it is not theirs any more."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    async with platform.database.write(actor.ref, request_id) as tx:
        if not await actors.still_opens(tx, row["id"], row["password_hash"]):
            raise WrongCredentials
        made = await tx.one_or_none(
            sa.insert(t.login_session)
            .values(
                id=new_id(),
                person_id=actor.person_id,
                token_hash=_digest(token),
                kind=kind,
                csrf_token=csrf if kind == "browser" else None,
                expires_at=actors.NOW
                + sa.func.make_interval(0, 0, 0, 0, 0, 0, platform.settings.session_life_s),
            )
            .returning(t.login_session.c.id, t.login_session.c.expires_at)
        )
        assert made is not None
        await tx.audit("open.session", "session", str(made["id"]), after={"kind": kind})
    return replace(actor, session_id=made["id"]), token, csrf, made["expires_at"]


async def _of_session(platform: Platform, token: str, kind: str) -> tuple[Mapping[str, Any], Actor]:
    async with platform.database.read() as tx:
        found = await actors.session(tx, _digest(token), platform.settings.session_idle_s)
    if found is None or found[0]["session_kind"] != kind:
        raise SessionExpired
    row, assignments = found
    actor = _actor(row, assignments, row["session_id"])
    if row["stale"]:
        async with platform.database.write(actor.ref) as write:
            await write.execute(
                sa.update(t.login_session)
                .where(t.login_session.c.id == row["session_id"])
                .values(last_seen_at=actors.NOW)
            )
            write.audited_elsewhere("when a session was last seen is no business fact")
    return row, actor


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

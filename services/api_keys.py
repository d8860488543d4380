"""Services: API keys of machine accounts - made by an administrator, shown once, kept as a hash, revoked.

A key is known by its prefix. A revoked one opens nothing from the next call on, and never again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from db import tables as t
from domain.errors import NotFound, Refusal
from domain.sop_progress.refusals import ReasonRequired
from domain.submissions import printable
from services import audit, auth
from services.permissions import Permission, require

if TYPE_CHECKING:
    from services.platform import Actor, Platform


async def create(
    platform: Platform,
    username: str,
    scopes: Iterable[Permission],
    *,
    actor: Actor,
    request_id: str = "",
) -> str:
    """A new key for a machine account with these scopes; the key itself is given back only here."""
    async with (
        audit.refusals(platform, actor, "create.api_key", "person", username, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        require(actor, Permission.ADMIN_PEOPLE)
        p = t.person.c
        person_id = await tx.scalar(sa.select(p.id).where(p.username == username, p.kind == "machine"))
        if person_id is None:
            raise NotFound(what=f"机器账号 / machine account {username}")
        key, prefix, key_hash = auth.make_api_key()
        named = sorted(scope.value for scope in scopes)
        await tx.execute(
            sa.insert(t.api_key).values(person_id=person_id, key_hash=key_hash, prefix=prefix, scopes=named)
        )
        await tx.audit("create.api_key", "person", str(person_id), after={"prefix": prefix, "scopes": named})
        return key


@dataclass(frozen=True)
class KeyRow:
    """A key as it may be shown: by its prefix, with its machine and scopes, never the key itself."""

    prefix: str
    machine: str
    machine_name: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None


class KeyRevoked(Refusal):
    """The key has been revoked before; that is not undone."""

    code = "key_revoked"
    zh = "该接口密钥已吊销"
    en = "The key has been revoked already"


async def list_keys(platform: Platform, *, actor: Actor) -> list[KeyRow]:
    """All keys, those in force first, for who administers people and who reads everything."""
    if not actor.may(Permission.AUDIT_READ):
        require(actor, Permission.ADMIN_PEOPLE)
    async with platform.database.read() as tx:
        return [KeyRow(**row) for row in await tx.rows(_keys())]


async def revoke(platform: Platform, prefix: str, *, reason: str, actor: Actor, request_id: str = "") -> None:
    """Puts a key out of use for good, with a reason; NotFound, KeyRevoked, ReasonRequired."""
    async with (
        audit.refusals(platform, actor, "revoke.api_key", "api_key", prefix, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        require(actor, Permission.ADMIN_PEOPLE)
        why = printable(reason).strip()
        if not why:
            raise ReasonRequired
        k = t.api_key.c
        found = await tx.one_or_none(
            sa.select(k.id, k.person_id, k.active).where(k.prefix == prefix).with_for_update()
        )
        if found is None:
            raise NotFound(what=f"接口密钥 / key {prefix}")
        if not found["active"]:
            raise KeyRevoked
        await tx.execute(
            sa.update(t.api_key)
            .where(k.id == found["id"])
            .values(active=False, revoked_at=sa.func.clock_timestamp(), revoked_by_id=actor.person_id)
        )
        await tx.audit(
            "revoke.api_key", "person", str(found["person_id"]), after={"prefix": prefix}, reason=why
        )


def _keys() -> sa.Select[Any]:
    k, p, by = t.api_key.c, t.person.c, t.person.alias("revoker")
    return (
        sa.select(
            k.prefix,
            p.username.label("machine"),
            p.name.label("machine_name"),
            k.scopes,
            k.created_at,
            k.revoked_at,
            by.c.name.label("revoked_by"),
        )
        .join(t.person, p.id == k.person_id)
        .outerjoin(by, by.c.id == k.revoked_by_id)
        .order_by(k.active.desc(), k.created_at.desc(), k.id)
    )

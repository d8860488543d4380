"""Services: API keys of machine accounts - made by an administrator, shown once, kept as a hash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from db import tables as t
from domain.errors import NotFound
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

"""Services: partners and their licences - listed, read, created, changed with a reason. Knows no HTTP.

A licence is never deleted: it is withdrawn, or replaced under its own kind and number; the audit log
keeps what it was.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import master as queries
from db.queries._paging import Page
from db.queries.master import PartyRow
from db.session import Reader, Transaction
from domain.errors import NotFound
from domain.master_data import LicenceIn, PartyChanges, PartyIn
from services import audit
from services.changes import (
    CodeTaken,
    as_json,
    difference,
    done_before,
    hold,
    made_before,
    reason_of,
    refuse_unchanged,
)
from services.permissions import Permission, require
from services.platform import Actor, Platform


async def list_parties(
    platform: Platform,
    *,
    actor: Actor,
    text: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PartyRow]:
    """Partners by code, with their licences."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.parties(tx, text=text, role=role, active=active, after=after, limit=limit)


async def get(platform: Platform, ref: str | UUID, *, actor: Actor) -> PartyRow:
    """A partner by code or id."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await _one(tx, ref)


async def create(
    platform: Platform, body: PartyIn, *, actor: Actor, as_id: UUID | None = None, request_id: str = ""
) -> PartyRow:
    """Create a partner with roles and licences.

    `as_id` is the new one's id: again, it gives the first.
    """
    async with audit.refusals(platform, actor, "create.party", "party", body.code, request_id=request_id):
        require(actor, Permission.MASTER_WRITE)
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await made_before(_one(tx, as_id))):
                return known
            party_id = await create_in(tx, body, as_id=as_id)
            made = await _one(tx, party_id)
            await tx.audit("create.party", "party", str(party_id), after=as_json(made))
    return made


async def create_in(tx: Transaction, body: PartyIn, *, as_id: UUID | None = None) -> UUID:
    """Insert a partner inside a transaction that audits it."""
    party_id = as_id or new_id()
    inserted = await tx.scalar(
        insert(t.party)
        .values(id=party_id, code=body.code, name=body.name, min_remaining_days=body.min_remaining_days)
        .on_conflict_do_nothing()
        .returning(t.party.c.id)
    )
    if inserted is None:
        raise CodeTaken(value=body.code)
    await _add_roles(tx, party_id, body.roles)
    for licence in body.licences:
        await _put_licence(tx, party_id, licence)
    return party_id


async def change(
    platform: Platform,
    ref: str | UUID,
    changes: PartyChanges,
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> PartyRow:
    """Change a partner; `roles` replaces the roles, a licence named again is replaced."""
    async with audit.refusals(platform, actor, "change.party", "party", ref, request_id=request_id):
        require(actor, Permission.MASTER_WRITE)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return await _one(tx, ref)
            await hold(tx, t.party, (await _one(tx, ref)).id)
            before = await _one(tx, ref)
            c = t.party.c
            own = {"name", "active", "min_remaining_days"}
            values: dict[str, Any] = changes.model_dump(exclude_none=True, include=own)
            if values:
                await tx.execute(sa.update(t.party).where(c.id == before.id).values(**values))
            if changes.roles is not None:
                role = t.party_role.c
                gone = set(before.roles) - set(changes.roles)
                await tx.execute(
                    sa.delete(t.party_role).where(role.party_id == before.id, role.role.in_(gone))
                )
                await _add_roles(tx, before.id, changes.roles)
            for licence in changes.licences:
                await _put_licence(tx, before.id, licence)
            after = await _one(tx, before.id)
            was, now = difference(as_json(before), as_json(after))
            refuse_unchanged(now)
            await tx.audit(
                "change.party", "party", str(before.id), before=was, after=now, reason=words, as_id=as_id
            )
    return after


async def _add_roles(tx: Transaction, party_id: UUID, roles: Any) -> None:
    rows = [{"party_id": party_id, "role": role} for role in sorted(set(roles))]
    if rows:
        await tx.execute(insert(t.party_role).values(rows).on_conflict_do_nothing())


async def _put_licence(tx: Transaction, party_id: UUID, licence: LicenceIn) -> None:
    """Insert a licence, or replace the one with the same kind and number."""
    c = t.licence.c
    values = licence.model_dump()
    known = await tx.scalar(
        sa.select(c.id).where(c.party_id == party_id, c.kind == licence.kind, c.number == licence.number)
    )
    if known is None:
        await tx.execute(sa.insert(t.licence).values(party_id=party_id, **values))
    else:
        await tx.execute(sa.update(t.licence).where(c.id == known).values(**values))


async def _one(tx: Reader, ref: str | UUID) -> PartyRow:
    found = await queries.parties(tx, ref=ref, limit=1)
    if not found.items:
        raise NotFound(what=f"往来单位 / party {ref}")
    return found.items[0]

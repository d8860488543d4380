"""Services: the audit log - refused attempts in a transaction of their own, and reading it (E6, E7).

What succeeds is audited by the transaction that does it. It knows no HTTP.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import audit as queries
from domain.errors import Refusal
from services.permissions import Permission, require, visible_sites

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from db.queries._paging import Page
    from services.platform import Actor, Platform

AuditRow = queries.AuditRow
AuditFilter = queries.AuditFilter
Reads = queries.Reads
SEARCHED = queries.SEARCHED
EXPORTED = 50_000
"""Events of one file; who needs more asks for one period after the other."""
PART = 500


async def record_refusal(
    platform: Platform,
    actor: Actor | None,
    refusal: Refusal,
    action: str,
    object_type: str,
    object_id: object,
    *,
    request_id: str = "",
    run_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Writes down that somebody tried and was refused, and why - never what they typed as a password."""
    async with platform.database.write(actor.ref if actor else None, request_id) as tx:
        if run_id is None and object_type == "task" and isinstance(object_id, UUID):
            run_id = await tx.scalar(sa.select(t.task.c.run_id).where(t.task.c.id == object_id))
        await tx.audit(
            action,
            object_type,
            str(object_id)[:200],
            after={
                "code": refusal.code,
                "message_zh": refusal.message("zh")[:1000],
                "message_en": refusal.message("en")[:1000],
            },
            reason=reason,
            refused=True,
            run_id=run_id,
        )


@dataclass
class Attempt:
    """What is tried; the block fills in what it learns, so that a refusal is written down with it."""

    run_id: UUID | None = None


@asynccontextmanager
async def refusals(
    platform: Platform,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: object,
    *,
    request_id: str = "",
    unless: tuple[type[Refusal], ...] = (),
) -> AsyncIterator[Attempt]:
    """Audits every Refusal that leaves the block, after its transaction was rolled back, and raises it on.

    `unless` are those that are no attempt of a person, as what a page sends by itself and too late.
    """
    attempt = Attempt()
    try:
        yield attempt
    except Refusal as refusal:
        if isinstance(refusal, unless):
            raise
        await record_refusal(
            platform,
            actor,
            refusal,
            action,
            object_type,
            object_id,
            request_id=request_id,
            run_id=attempt.run_id,
        )
        raise


async def list_events(
    platform: Platform,
    *,
    actor: Actor,
    wanted: AuditFilter | None = None,
    after: str | None = None,
    limit: int = 50,
    request_id: str = "",
) -> Page[AuditRow]:
    """The audit log, newest first, searched; reading it is itself audited (E7)."""
    require(actor, Permission.AUDIT_READ)
    wanted = wanted or AuditFilter()
    sites = visible_sites(actor, Permission.AUDIT_READ)
    async with platform.database.write(actor.ref, request_id) as tx:
        page = await queries.events(tx, wanted, sites=sites, after=after, limit=limit)
        looked_for = queries.as_json(wanted) | ({"further": True} if after else {})
        await tx.audit("read.audit", "audit", "list", after=looked_for)
    return page


async def kinds(platform: Platform, *, actor: Actor) -> tuple[list[str], list[str]]:
    """The actions and the sorts of objects that the log tells of, to choose from."""
    require(actor, Permission.AUDIT_READ)
    async with platform.database.read() as tx:
        return await queries.kinds(tx)


async def export_events(
    platform: Platform, *, actor: Actor, wanted: AuditFilter, request_id: str = ""
) -> AsyncIterator[list[AuditRow]]:
    """The log part by part, newest first, `EXPORTED` events at most; that it leaves the house is audited."""
    require(actor, Permission.AUDIT_READ)
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("export.audit", "audit", "list", after=queries.as_json(wanted))
    return _parts(platform, wanted, visible_sites(actor, Permission.AUDIT_READ))


async def _parts(
    platform: Platform, wanted: AuditFilter, sites: frozenset[UUID] | None
) -> AsyncIterator[list[AuditRow]]:
    after, left = None, EXPORTED
    while left > 0:
        async with platform.database.read() as tx:
            page = await queries.events(tx, wanted, sites=sites, after=after, limit=min(PART, left))
        yield list(page.items)
        after, left = page.next, left - len(page.items)
        if after is None:
            return

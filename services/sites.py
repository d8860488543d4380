"""Services: legal entities, sites with zones and locations, departments, posts. Knows no HTTP.

Nothing here is deleted: stock and records stand on it. A site or a location is taken out of use instead.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import organisation as queries
from db.queries._paging import Page
from db.queries.organisation import Named, PostRow, SiteRow, ZoneRow
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid, NotFound
from domain.master_data import LegalEntityIn, NamedIn, PostIn, SiteChanges, SiteIn
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
    unknown,
)
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.zones import put_zone


@dataclass(frozen=True)
class SiteView:
    """A site with its zones and locations."""

    site: SiteRow
    zones: list[ZoneRow]


async def list_sites(
    platform: Platform, *, actor: Actor, after: str | None = None, limit: int = 50
) -> Page[SiteRow]:
    """Sites by code."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.sites(tx, after=after, limit=limit)


async def get(platform: Platform, ref: str | UUID, *, actor: Actor) -> SiteView:
    """A site by code or id, with its places."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await _view(tx, ref)


async def create(
    platform: Platform, body: SiteIn, *, actor: Actor, as_id: UUID | None = None, request_id: str = ""
) -> SiteView:
    """Create a site with its zones and locations.

    `as_id` is the new one's id: again, it gives the first.
    """
    async with audit.refusals(platform, actor, "create.site", "site", body.code, request_id=request_id):
        require(actor, Permission.ADMIN_SITES)
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await made_before(_view(tx, as_id))):
                return known
            site_id = await create_in(tx, body, as_id=as_id)
            made = await _view(tx, site_id)
            await tx.audit("create.site", "site", str(site_id), after=as_json(made))
    return made


async def create_in(tx: Transaction, body: SiteIn, *, as_id: UUID | None = None) -> UUID:
    """Insert a site inside a transaction that audits it."""
    entity = await tx.scalar(sa.select(t.legal_entity.c.id).where(t.legal_entity.c.code == body.legal_entity))
    if entity is None:
        words = f"没有法人 {body.legal_entity}", f"there is no legal entity {body.legal_entity}"
        raise unknown("legal_entity", *words)
    site_id = as_id or new_id()
    await _insert_code(
        tx,
        t.site,
        {
            "id": site_id,
            "code": body.code,
            "name_zh": body.name.zh,
            "name_en": body.name.en,
            "legal_entity_id": entity,
            "region": body.region,
            "time_zone": body.time_zone,
        },
    )
    for zone in body.zones:
        await put_zone(tx, site_id, zone)
    return site_id


async def change(
    platform: Platform,
    ref: str | UUID,
    changes: SiteChanges,
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> SiteView:
    """Change a site; zones and locations named anew are added."""
    async with audit.refusals(platform, actor, "change.site", "site", ref, request_id=request_id):
        require(actor, Permission.ADMIN_SITES)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return await _view(tx, ref)
            await hold(tx, t.site, (await _view(tx, ref)).site.id)
            before = await _view(tx, ref)
            c = t.site.c
            values: dict[str, Any] = changes.model_dump(exclude_none=True, include={"region", "active"})
            if changes.name is not None:
                values |= {"name_zh": changes.name.zh, "name_en": changes.name.en}
            if values:
                await tx.execute(sa.update(t.site).where(c.id == before.site.id).values(**values))
            for zone in changes.zones:
                await put_zone(tx, before.site.id, zone)
            after = await _view(tx, before.site.id)
            was, now = difference(as_json(before), as_json(after))
            refuse_unchanged(now)
            await tx.audit(
                "change.site", "site", str(before.site.id), before=was, after=now, reason=words, as_id=as_id
            )
    return after


async def set_location_active(
    platform: Platform,
    site: str | UUID,
    location: str,
    *,
    active: bool,
    reason: str,
    actor: Actor,
    request_id: str = "",
) -> None:
    """Take a location out of use (it must be empty) or back into use."""
    async with audit.refusals(
        platform, actor, "change.location", "location", location, request_id=request_id
    ):
        require(actor, Permission.ADMIN_SITES)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            view = await _view(tx, site)
            c = t.location.c
            found = await tx.scalar(sa.select(c.id).where(c.site_id == view.site.id, c.code == location))
            if found is None:
                raise NotFound(what=f"货位 / location {location}")
            await hold(tx, t.location, found)  # goods that are on the way to it are waited for
            stocked = await tx.scalar(
                sa.select(sa.func.coalesce(sa.func.sum(t.balance.c.quantity), 0)).where(
                    t.balance.c.location_id == found
                )
            )
            if stocked and not active:
                words_zh, words_en = "货位上仍有库存", "there is stock at the location"
                raise Invalid([FieldProblem("active", "not_empty", words_zh, words_en)])
            await tx.execute(sa.update(t.location).where(c.id == found).values(active=active))
            await tx.audit("change.location", "location", str(found), after={"active": active}, reason=words)


async def list_legal_entities(platform: Platform, *, actor: Actor) -> list[Named]:
    """All legal entities by code."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.named(tx, t.legal_entity)


async def list_departments(platform: Platform, *, actor: Actor) -> list[Named]:
    """All departments by code."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.named(tx, t.department)


async def list_posts(platform: Platform, *, actor: Actor) -> list[PostRow]:
    """All posts by code, with permissions."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.posts(tx)


async def create_legal_entity(
    platform: Platform, body: NamedIn, *, actor: Actor, request_id: str = ""
) -> UUID:
    """Create a legal entity, with its GS1 company prefix if it has one."""
    return await _create_named(
        platform, t.legal_entity, "legal_entity", body, actor=actor, request_id=request_id
    )


async def create_department(platform: Platform, body: NamedIn, *, actor: Actor, request_id: str = "") -> UUID:
    """Create a department."""
    return await _create_named(platform, t.department, "department", body, actor=actor, request_id=request_id)


async def create_post(platform: Platform, body: PostIn, *, actor: Actor, request_id: str = "") -> UUID:
    """Create a post with the permissions that it carries."""
    async with audit.refusals(platform, actor, "create.post", "post", body.code, request_id=request_id):
        require(actor, Permission.ADMIN_PEOPLE)
        async with platform.database.write(actor.ref, request_id) as tx:
            return await create_post_in(tx, body)


async def create_post_in(tx: Transaction, body: PostIn) -> UUID:
    """Insert a post and audit it."""
    permissions = known_permissions(body.permissions)
    post_id = new_id()
    values = {"code": body.code, "name_zh": body.name.zh, "name_en": body.name.en}
    await _insert_code(tx, t.post, {"id": post_id, **values, "permissions": permissions})
    await tx.audit("create.post", "post", str(post_id), after={**values, "permissions": permissions})
    return post_id


async def change_post(
    platform: Platform,
    code: str,
    permissions: list[str],
    *,
    reason: str,
    actor: Actor,
    request_id: str = "",
) -> PostRow:
    """Give a post other permissions: everybody who holds it is affected at once."""
    async with audit.refusals(platform, actor, "change.post", "post", code, request_id=request_id):
        require(actor, Permission.ADMIN_PEOPLE)
        words, wanted = reason_of(reason), known_permissions(permissions)
        async with platform.database.write(actor.ref, request_id) as tx:
            found = await queries.posts(tx, code)
            if not found:
                raise NotFound(what=f"岗位 / post {code}")
            await hold(tx, t.post, found[0].id)
            found = await queries.posts(tx, code)
            before = {"permissions": list(found[0].permissions)}
            _, now = difference(before, {"permissions": wanted})
            refuse_unchanged(now)
            await tx.execute(sa.update(t.post).where(t.post.c.code == code).values(permissions=wanted))
            await tx.audit("change.post", "post", str(found[0].id), before=before, after=now, reason=words)
            return (await queries.posts(tx, code))[0]


def known_permissions(names: list[str]) -> list[str]:
    """The permissions in order, each once; Invalid for one that does not exist."""
    known = {permission.value for permission in Permission}
    strange = sorted(set(names) - known)
    if strange:
        named = ", ".join(strange)
        raise Invalid([FieldProblem("permissions", "unknown", f"未知权限：{named}", f"unknown: {named}")])
    return sorted(set(names))


async def _create_named(
    platform: Platform, table: sa.Table, noun: str, body: NamedIn, *, actor: Actor, request_id: str
) -> UUID:
    async with audit.refusals(platform, actor, f"create.{noun}", noun, body.code, request_id=request_id):
        require(actor, Permission.ADMIN_SITES)
        async with platform.database.write(actor.ref, request_id) as tx:
            return await create_named_in(tx, table, noun, body)


async def create_named_in(tx: Transaction, table: sa.Table, noun: str, body: NamedIn) -> UUID:
    """Insert a legal entity or department and audit it."""
    made = new_id()
    values = {"code": body.code, "name_zh": body.name.zh, "name_en": body.name.en}
    if isinstance(body, LegalEntityIn) and body.gs1_prefix:
        values["gs1_prefix"] = body.gs1_prefix
    await _insert_code(tx, table, {"id": made, **values})
    await tx.audit(f"create.{noun}", noun, str(made), after=values)
    return made


async def _insert_code(tx: Transaction, table: sa.Table, values: dict[str, Any]) -> None:
    made = await tx.scalar(insert(table).values(**values).on_conflict_do_nothing().returning(table.c.id))
    if made is None:
        raise CodeTaken(value=values["code"])


async def _view(tx: Reader, ref: str | UUID) -> SiteView:
    found = await queries.sites(tx, ref=ref, limit=1)
    if not found.items:
        raise NotFound(what=f"仓库 / site {ref}")
    site = found.items[0]
    return SiteView(site, await queries.zones(tx, site.id))

"""Db queries: sites with their places, departments, posts and people as they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.queries.references import code_or_id
from db.session import Reader


@dataclass(frozen=True)
class Named:
    """A legal entity or department."""

    id: UUID
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class PostRow:
    """A post with its permissions, and how many people hold it now."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    permissions: tuple[str, ...]
    holders: int


@dataclass(frozen=True)
class SiteRow:
    """A site in a list."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    legal_entity: str
    region: str
    time_zone: str
    active: bool
    zone_count: int
    location_count: int


@dataclass(frozen=True)
class LocationRow:
    """A location."""

    id: UUID
    code: str
    name: str
    active: bool


@dataclass(frozen=True)
class ZoneRow:
    """A zone with its locations."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    kind: str
    storage_class: str
    special_control: bool
    locations: tuple[LocationRow, ...]


@dataclass(frozen=True)
class HeldPost:
    """A post that a person holds, or held: at a site (all when none), in a department, from and to."""

    post: str
    post_name_zh: str
    post_name_en: str
    site: str | None
    department: str | None
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True)
class Training:
    """Training passed on a version of an SOP."""

    sop: str
    version: int
    trained_on: date


@dataclass(frozen=True)
class PersonRow:
    """A person with the posts held now and training passed; never a password."""

    id: UUID
    username: str
    name: str
    kind: str
    language: str
    active: bool
    has_password: bool
    posts: tuple[HeldPost, ...]
    trained: tuple[Training, ...]


async def sites(
    tx: Reader, *, ref: str | UUID | None = None, after: str | None = None, limit: int = 50
) -> Page[SiteRow]:
    """Sites by code."""
    c = t.site.c
    zones = sa.select(sa.func.count()).where(t.zone.c.site_id == c.id).scalar_subquery()
    locations = sa.select(sa.func.count()).where(t.location.c.site_id == c.id).scalar_subquery()
    query = (
        sa.select(
            c.id,
            c.code,
            c.name_zh,
            c.name_en,
            t.legal_entity.c.code.label("legal_entity"),
            c.region,
            c.time_zone,
            c.active,
            zones.label("zone_count"),
            locations.label("location_count"),
        )
        .join(t.legal_entity, t.legal_entity.c.id == c.legal_entity_id)
        .order_by(c.code)
        .limit(limit + 1)
    )
    if ref is not None:
        query = query.where(code_or_id(t.site, ref))
    if after is not None:
        query = query.where(c.code > position_of(after, str)[0])
    rows = [SiteRow(**row) for row in await tx.rows(query)]
    return Page(rows[:limit], cursor_of(rows[limit - 1].code) if len(rows) > limit else None)


async def zones(tx: Reader, site_id: UUID) -> list[ZoneRow]:
    """The zones of a site with their locations."""
    z, loc = t.zone.c, t.location.c
    rows = await tx.rows(
        sa.select(z.id, z.code, z.name_zh, z.name_en, z.kind, z.storage_class, z.special_control)
        .where(z.site_id == site_id)
        .order_by(z.code)
    )
    found: dict[UUID, list[LocationRow]] = {row["id"]: [] for row in rows}
    for row in await tx.rows(
        sa.select(loc.zone_id, loc.id, loc.code, loc.name, loc.active)
        .where(loc.site_id == site_id)
        .order_by(loc.code)
    ):
        found[row["zone_id"]].append(LocationRow(row["id"], row["code"], row["name"], row["active"]))
    return [ZoneRow(**row, locations=tuple(found[row["id"]])) for row in rows]


async def named(tx: Reader, table: sa.Table) -> list[Named]:
    """All legal entities or departments by code."""
    c = table.c
    rows = await tx.rows(sa.select(c.id, c.code, c.name_zh, c.name_en).order_by(c.code))
    return [Named(**row) for row in rows]


async def posts(tx: Reader, code: str | None = None) -> list[PostRow]:
    """All posts by code."""
    c, held = t.post.c, t.post_assignment.c
    now = sa.func.clock_timestamp()
    holders = (
        sa.select(sa.func.count(sa.distinct(held.person_id)))
        .where(held.post_id == c.id, held.valid_from <= now)
        .where(sa.or_(held.valid_to.is_(None), held.valid_to > now))
        .scalar_subquery()
    )
    query = sa.select(c.id, c.code, c.name_zh, c.name_en, c.permissions, holders.label("holders")).order_by(
        c.code
    )
    if code is not None:
        query = query.where(c.code == code)
    rows = await tx.rows(query)
    return [PostRow(**{**row, "permissions": tuple(row["permissions"])}) for row in rows]


async def people(
    tx: Reader,
    *,
    ref: str | UUID | None = None,
    text: str | None = None,
    post: str | None = None,
    site: str | None = None,
    kind: str | None = None,
    active: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PersonRow]:
    """People by user name, with posts and training."""
    c = t.person.c
    query = (
        sa.select(
            c.id,
            c.username,
            c.name,
            c.kind,
            c.language,
            c.active,
            t.credential.c.person_id.is_not(None).label("has_password"),
        )
        .outerjoin(t.credential, t.credential.c.person_id == c.id)
        .order_by(c.username)
        .limit(limit + 1)
    )
    if ref is not None:
        query = query.where(code_or_id(t.person, ref, "username"))
    if kind is not None:
        query = query.where(c.kind == kind)
    if active is not None:
        query = query.where(c.active == active)
    if text:
        query = query.where(
            sa.or_(c.username.icontains(text, autoescape=True), c.name.icontains(text, autoescape=True))
        )
    if post is not None or site is not None:
        query = query.where(c.id.in_(_holders(post, site)))
    if after is not None:
        query = query.where(c.username > position_of(after, str)[0])
    rows = await tx.rows(query)
    posts_of = await _held(tx, [row["id"] for row in rows])
    trained = await _trained(tx, [row["id"] for row in rows])
    found = [
        PersonRow(**row, posts=tuple(posts_of.get(row["id"], ())), trained=tuple(trained.get(row["id"], ())))
        for row in rows
    ]
    return Page(found[:limit], cursor_of(found[limit - 1].username) if len(found) > limit else None)


def _in_force() -> sa.ColumnElement[bool]:
    c, now = t.post_assignment.c, sa.func.clock_timestamp()
    return sa.and_(c.valid_from <= now, sa.or_(c.valid_to.is_(None), c.valid_to > now))


def _holders(post: str | None, site: str | None) -> sa.Select[Any]:
    c = t.post_assignment.c
    query = sa.select(c.person_id).where(_in_force())
    if post is not None:
        query = query.join(t.post, t.post.c.id == c.post_id).where(t.post.c.code == post)
    if site is not None:
        query = query.outerjoin(t.site, t.site.c.id == c.site_id).where(
            sa.or_(c.site_id.is_(None), t.site.c.code == site)
        )
    return query


async def _held(tx: Reader, person_ids: list[UUID]) -> dict[UUID, list[HeldPost]]:
    c = t.post_assignment.c
    rows = await tx.rows(
        sa.select(
            c.person_id,
            t.post.c.code.label("post"),
            t.post.c.name_zh.label("post_name_zh"),
            t.post.c.name_en.label("post_name_en"),
            t.site.c.code.label("site"),
            t.department.c.code.label("department"),
            c.valid_from,
            c.valid_to,
        )
        .join(t.post, t.post.c.id == c.post_id)
        .outerjoin(t.site, t.site.c.id == c.site_id)
        .outerjoin(t.department, t.department.c.id == c.department_id)
        .where(c.person_id.in_(person_ids), _in_force())
        .order_by(t.post.c.code, t.site.c.code, c.id)
    )
    return _grouped(rows, HeldPost)


async def _trained(tx: Reader, person_ids: list[UUID]) -> dict[UUID, list[Training]]:
    c = t.training_record.c
    rows = await tx.rows(
        sa.select(c.person_id, c.sop_key.label("sop"), c.version, c.trained_on)
        .where(c.person_id.in_(person_ids))
        .order_by(c.sop_key, c.version)
    )
    return _grouped(rows, Training)


def _grouped(rows: Any, shape: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        fields: Mapping[str, Any] = {name: value for name, value in row.items() if name != "person_id"}
        found.setdefault(row["person_id"], []).append(shape(**fields))
    return found

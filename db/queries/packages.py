"""Db queries: packages by what is scanned of them, what stands in them, and the next number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.session import Reader
from domain.packages import INTERNAL_PREFIX, sscc


@dataclass(frozen=True)
class PackageRef:
    """A package: where it stands, in which other, and for which shipment."""

    id: UUID
    sscc: str
    trace_code: str | None
    parent_id: UUID | None
    state: str
    site_id: UUID
    location_id: UUID | None
    document_id: UUID | None
    number: int | None
    run_id: UUID | None


@dataclass(frozen=True)
class ContentRow:
    """So much of a batch in one package; `serials` are numbers by id, all of them or none."""

    package_id: UUID
    sscc: str
    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material: str
    material_zh: str
    material_en: str
    specification: str
    unit: str
    quantity: int
    serials: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PackageHead:
    """What a page says of a package beside its contents."""

    id: UUID
    sscc: str
    trace_code: str | None
    state: str
    site_id: UUID
    site: str
    site_zh: str
    site_en: str
    location: str | None
    parent: str | None
    document_id: UUID | None
    document_number: str | None
    number: int | None
    run_id: UUID | None
    created_by: str
    created_at: datetime


async def by_code(tx: Reader, code: str) -> PackageRef | None:
    """A package by its SSCC or its aggregated trace code."""
    c = t.package.c
    row = await tx.one_or_none(_select().where(sa.or_(c.sscc == code, c.trace_code == code)))
    return PackageRef(**row) if row else None


async def of_ids(tx: Reader, ids: Collection[UUID], *, lock: bool = False) -> list[PackageRef]:
    """Packages by id, in id order, locked on demand."""
    query = _select().where(t.package.c.id.in_(ids)).order_by(t.package.c.id)
    rows = await tx.rows(query.with_for_update() if lock else query)
    return [PackageRef(**row) for row in rows]


async def of_document(tx: Reader, document_id: UUID) -> list[PackageRef]:
    """The packages of a shipment, in the order of their numbers, those that were dissolved left out."""
    c = t.package.c
    rows = await tx.rows(
        _select().where(c.document_id == document_id, c.state != "dissolved").order_by(c.number, c.id)
    )
    return [PackageRef(**row) for row in rows]


async def below(tx: Reader, ids: Collection[UUID]) -> list[PackageRef]:
    """The packages with all that stand in them, outermost first."""
    c = t.package.c
    tree = sa.select(c.id, sa.literal(0).label("depth")).where(c.id.in_(ids)).cte("tree", recursive=True)
    tree = tree.union(sa.select(c.id, tree.c.depth + 1).where(c.parent_id == tree.c.id))
    rows = await tx.rows(_select().join(tree, tree.c.id == c.id).order_by(tree.c.depth, c.id))
    return [PackageRef(**row) for row in {row["id"]: row for row in rows}.values()]


async def contents(tx: Reader, ids: Collection[UUID]) -> list[ContentRow]:
    """What is in each of the packages itself, by batch, with the serials."""
    c, b, m, s = t.package_content.c, t.batch.c, t.material.c, t.package_serial.c
    serials = (
        sa.select(sa.func.jsonb_object_agg(s.serial_id, t.serial.c.number))
        .join(t.serial, t.serial.c.id == s.serial_id)
        .where(s.package_id == c.package_id, s.batch_id == c.batch_id)
        .scalar_subquery()
    )
    rows = await tx.rows(
        sa.select(
            c.package_id,
            t.package.c.sscc,
            c.batch_id,
            b.number.label("batch_number"),
            b.expires_on,
            m.code.label("material"),
            m.name_zh.label("material_zh"),
            m.name_en.label("material_en"),
            m.specification,
            m.base_unit.label("unit"),
            c.quantity,
            serials.label("serials"),
        )
        .join(t.package, t.package.c.id == c.package_id)
        .join(t.batch, b.id == c.batch_id)
        .join(t.material, m.id == b.material_id)
        .where(c.package_id.in_(ids))
        .order_by(t.package.c.number, c.package_id, b.number)
    )
    return [ContentRow(**{**row, "serials": _by_id(row["serials"])}) for row in rows]


async def head(tx: Reader, package_id: UUID) -> PackageHead:
    """The package with the names of what it refers to."""
    c, parent = t.package.c, t.package.alias("parent")
    row = await tx.one(
        sa.select(
            c.id,
            c.sscc,
            c.trace_code,
            c.state,
            c.site_id,
            t.site.c.code.label("site"),
            t.site.c.name_zh.label("site_zh"),
            t.site.c.name_en.label("site_en"),
            t.location.c.code.label("location"),
            parent.c.sscc.label("parent"),
            c.document_id,
            t.document.c.number.label("document_number"),
            c.number,
            c.run_id,
            t.person.c.name.label("created_by"),
            c.created_at,
        )
        .join(t.site, t.site.c.id == c.site_id)
        .join(t.person, t.person.c.id == c.created_by)
        .outerjoin(t.location, t.location.c.id == c.location_id)
        .outerjoin(parent, parent.c.id == c.parent_id)
        .outerjoin(t.document, t.document.c.id == c.document_id)
        .where(c.id == package_id)
    )
    return PackageHead(**row)


@dataclass(frozen=True)
class PackageRow:
    """A package in a list; `batches`: how many of them are in it itself."""

    id: UUID
    sscc: str
    trace_code: str | None
    state: str
    site: str
    site_zh: str
    site_en: str
    location: str | None
    document_id: UUID | None
    document_number: str | None
    number: int | None
    parent: str | None
    batches: int
    created_at: datetime


async def listed(
    tx: Reader,
    *,
    text: str | None = None,
    state: str | None = None,
    site: str | None = None,
    location_id: UUID | None = None,
    sites: Collection[UUID] | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PackageRow]:
    """Packages, the newest first; `text` begins an SSCC, trace code or shipment number, or is an order's."""
    c, d, parent = t.package.c, t.document.c, t.package.alias("parent")
    batches = sa.select(sa.func.count()).where(t.package_content.c.package_id == c.id).scalar_subquery()
    query = (
        sa.select(
            *(c[name] for name in ("id", "sscc", "trace_code", "state", "document_id", "number")),
            t.site.c.code.label("site"),
            t.site.c.name_zh.label("site_zh"),
            t.site.c.name_en.label("site_en"),
            t.location.c.code.label("location"),
            d.number.label("document_number"),
            parent.c.sscc.label("parent"),
            batches.label("batches"),
            c.created_at,
        )
        .join(t.site, t.site.c.id == c.site_id)
        .outerjoin(t.location, t.location.c.id == c.location_id)
        .outerjoin(t.document, d.id == c.document_id)
        .outerjoin(parent, parent.c.id == c.parent_id)
    )
    if text:
        ways = [column.startswith(text, autoescape=True) for column in (c.sscc, c.trace_code, d.number)]
        query = query.where(sa.or_(*ways, d.header["sales_order"].astext == text))
    wanted = {c.state: state, t.site.c.code: site, c.location_id: location_id}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if sites is not None:
        query = query.where(c.site_id.in_(sites))
    if after is not None:
        query = query.where(sa.tuple_(c.created_at, c.id) < sa.tuple_(*position_of(after, datetime, UUID)))
    found = await tx.rows(query.order_by(c.created_at.desc(), c.id.desc()).limit(limit + 1))
    rows = [PackageRow(**row) for row in found[:limit]]
    return Page(rows, cursor_of(rows[-1].created_at, rows[-1].id) if len(found) > limit else None)


async def holding(tx: Reader, serial_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Serial -> the package that it is in now."""
    s = t.package_serial.c
    rows = await tx.rows(sa.select(s.serial_id, s.package_id).where(s.serial_id.in_(serial_ids), s.current))
    return {row["serial_id"]: row["package_id"] for row in rows}


async def next_ssccs(tx: Reader, legal_entity_id: UUID, count: int) -> Sequence[str]:
    """New SSCCs of a legal entity; a number that was drawn is never drawn again."""
    prefix = await tx.scalar(
        sa.select(t.legal_entity.c.gs1_prefix).where(t.legal_entity.c.id == legal_entity_id)
    )
    numbers = sa.func.generate_series(1, count).table_valued("n")
    drawn = await tx.rows(sa.select(t.sscc_reference.next_value().label("drawn")).select_from(numbers))
    room = 10 ** (16 - len(prefix or INTERNAL_PREFIX))
    return [sscc(prefix or INTERNAL_PREFIX, row["drawn"] % room, row["drawn"] // room % 10) for row in drawn]


def _select() -> sa.Select[Any]:
    c = t.package.c
    names = ("id", "sscc", "trace_code", "parent_id", "state", "site_id", "location_id", "document_id")
    return sa.select(*(c[name] for name in (*names, "number", "run_id")))


def _by_id(found: Mapping[str, str] | None) -> dict[UUID, str]:
    return {UUID(id_): number for id_, number in (found or {}).items()}

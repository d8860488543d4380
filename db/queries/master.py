"""Db queries: master data as it is read - materials, partners with licences, sites with places, people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.queries.references import code_or_id
from db.session import Reader

Row = TypeVar("Row")


@dataclass(frozen=True)
class Unit:
    """A unit as a ratio of base units."""

    unit: str
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Gtin:
    """A GTIN and the unit it stands on."""

    gtin: str
    unit: str


@dataclass(frozen=True)
class MaterialRow:
    """A material with all record fields, units and GTINs."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    generic_name: str
    dosage_form: str
    specification: str
    approval_number: str
    holder: str
    manufacturer: str
    manufacturer_name: str
    storage_class: str
    special_control: bool
    category: str
    base_unit: str
    carton_quantity: int
    unit_value: str | None
    abc_class: str | None
    record_class: str | None
    active: bool
    version: int
    units: tuple[Unit, ...]
    gtins: tuple[Gtin, ...]


@dataclass(frozen=True)
class LicenceRow:
    """A licence of a partner."""

    id: UUID
    kind: str
    number: str
    scope: tuple[str, ...]
    valid_from: date | None
    valid_until: date
    withdrawn: bool
    legal_entity: str | None


@dataclass(frozen=True)
class PartyRow:
    """A partner with roles and licences."""

    id: UUID
    code: str
    name: str
    active: bool
    min_remaining_days: int | None
    roles: tuple[str, ...]
    licences: tuple[LicenceRow, ...]


async def materials(
    tx: Reader,
    *,
    ref: str | UUID | None = None,
    text: str | None = None,
    storage_class: str | None = None,
    special_control: bool | None = None,
    active: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[MaterialRow]:
    """Materials by code; `text` looks into codes, names, approval numbers and GTINs."""
    c = t.material.c
    query = _select_material().order_by(c.code).limit(limit + 1)
    if ref is not None:
        query = query.where(code_or_id(t.material, ref))
    for column, value in (
        (c.storage_class, storage_class),
        (c.special_control, special_control),
        (c.active, active),
    ):
        if value is not None:
            query = query.where(column == value)
    if text:
        by_gtin = sa.select(t.material_gtin.c.material_id).where(
            t.material_gtin.c.gtin == text.strip().zfill(14)
        )
        query = query.where(
            sa.or_(
                *(
                    column.icontains(text, autoescape=True)
                    for column in (c.code, c.name_zh, c.name_en, c.generic_name, c.approval_number)
                ),
                c.id.in_(by_gtin),
            )
        )
    if after is not None:
        query = query.where(c.code > position_of(after, str)[0])
    rows = [_material(row) for row in await tx.rows(query)]
    return _page(rows, limit, lambda row: row.code)


async def parties(
    tx: Reader,
    *,
    ref: str | UUID | None = None,
    text: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PartyRow]:
    """Partners by code, with roles and licences."""
    c = t.party.c
    query = _select_party().order_by(c.code).limit(limit + 1)
    if ref is not None:
        query = query.where(code_or_id(t.party, ref))
    if active is not None:
        query = query.where(c.active == active)
    if role is not None:
        holders = sa.select(t.party_role.c.party_id).where(t.party_role.c.role == role)
        query = query.where(c.id.in_(holders))
    if text:
        query = query.where(
            sa.or_(c.code.icontains(text, autoescape=True), c.name.icontains(text, autoescape=True))
        )
    if after is not None:
        query = query.where(c.code > position_of(after, str)[0])
    rows = await tx.rows(query)
    licences = await _licences(tx, [row["id"] for row in rows])
    found = [
        PartyRow(
            **{**row, "roles": tuple(sorted(row["roles"] or ()))}, licences=tuple(licences.get(row["id"], ()))
        )
        for row in rows
    ]
    return _page(found, limit, lambda row: row.code)


async def expiring_licences(tx: Reader, until: date) -> list[tuple[PartyRow, LicenceRow]]:
    """Licences of active partners that end on or before a day, soonest first."""
    c = t.licence.c
    rows = await tx.rows(
        sa.select(c.party_id, c.id)
        .join(t.party, t.party.c.id == c.party_id)
        .where(c.valid_until <= until, ~c.withdrawn, t.party.c.active)
        .order_by(c.valid_until, c.id)
    )
    by_party: dict[UUID, PartyRow] = {}
    for party_id in {row["party_id"] for row in rows}:
        by_party[party_id] = (await parties(tx, ref=party_id)).items[0]
    return [
        (party, licence)
        for row in rows
        for party in [by_party[row["party_id"]]]
        for licence in party.licences
        if licence.id == row["id"]
    ]


def _page(rows: list[Row], limit: int, key: Any) -> Page[Row]:
    return Page(rows[:limit], cursor_of(key(rows[limit - 1])) if len(rows) > limit else None)


def _select_material() -> sa.Select[Any]:
    c, unit, gtin = t.material.c, t.material_unit.c, t.material_gtin.c
    made_by = t.party.alias("made_by")
    units = (
        sa.select(sa.func.jsonb_agg(sa.func.jsonb_build_array(unit.unit, unit.numerator, unit.denominator)))
        .where(unit.material_id == c.id)
        .scalar_subquery()
    )
    gtins = (
        sa.select(sa.func.jsonb_agg(sa.func.jsonb_build_array(gtin.gtin, gtin.unit)))
        .where(gtin.material_id == c.id)
        .scalar_subquery()
    )
    return sa.select(
        *(column for column in c if column.name not in {"manufacturer_id", "kept_as"}),
        made_by.c.code.label("manufacturer"),
        made_by.c.name.label("manufacturer_name"),
        units.label("units"),
        gtins.label("gtins"),
    ).join(made_by, made_by.c.id == c.manufacturer_id)


def _material(row: Mapping[str, Any]) -> MaterialRow:
    units = tuple(Unit(*unit) for unit in sorted(row["units"] or ()))
    gtins = tuple(Gtin(*gtin) for gtin in sorted(row["gtins"] or ()))
    return MaterialRow(**{**row, "units": units, "gtins": gtins})


def _select_party() -> sa.Select[Any]:
    c = t.party.c
    roles = (
        sa.select(sa.func.array_agg(t.party_role.c.role))
        .where(t.party_role.c.party_id == c.id)
        .scalar_subquery()
    )
    return sa.select(c.id, c.code, c.name, c.active, c.min_remaining_days, roles.label("roles"))


async def _licences(tx: Reader, party_ids: Sequence[UUID]) -> dict[UUID, list[LicenceRow]]:
    c = t.licence.c
    rows = await tx.rows(
        sa.select(
            c.party_id,
            c.id,
            c.kind,
            c.number,
            c.scope,
            c.valid_from,
            c.valid_until,
            c.withdrawn,
            t.legal_entity.c.code.label("legal_entity"),
        )
        .outerjoin(t.legal_entity, t.legal_entity.c.id == c.legal_entity_id)
        .where(c.party_id.in_(party_ids))
        .order_by(c.kind, c.number, c.id)
    )
    found: dict[UUID, list[LicenceRow]] = {}
    for row in rows:
        fields = {name: value for name, value in row.items() if name != "party_id"}
        found.setdefault(row["party_id"], []).append(LicenceRow(**{**fields, "scope": tuple(row["scope"])}))
    return found

"""Db queries: what a code or id stands for - sites, partners, materials, places. Each asks once for many.

Values leave as small frozen classes, so that services never name a column.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.half_width import half_width
from domain.licences import Licence, categories_of
from domain.places import Place


@dataclass(frozen=True)
class SiteRef:
    """A site as documents and postings need it."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    legal_entity_id: UUID
    time_zone: str
    active: bool

    def day_of(self, at: datetime) -> date:
        """Which day it is there."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True)
class PartyRef:
    """A partner with its roles."""

    id: UUID
    code: str
    name: str
    active: bool
    min_remaining_days: int | None
    roles: frozenset[str]


@dataclass(frozen=True)
class MaterialRef:
    """A material with the factors of its units in base units."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    generic_name: str
    dosage_form: str
    specification: str
    approval_number: str
    holder: str
    manufacturer_id: UUID
    manufacturer: str
    storage_class: str
    special_control: bool
    base_unit: str
    category: str
    carton_quantity: int
    unit_value: str | None
    abc_class: str | None
    active: bool
    units: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def categories(self) -> frozenset[str]:
        """The licence scopes that trading it needs."""
        return categories_of(self.category, self.storage_class, special_control=self.special_control)

    @property
    def cold_chain(self) -> bool:
        """Whether it belongs to the cold chain."""
        return "cold_chain" in self.categories

    @property
    def facts(self) -> dict[str, str]:
        """What records of its batches take over from it (GSP 80, 95; 药品管理法 57)."""
        return {
            "generic_name": self.generic_name,
            "dosage_form": self.dosage_form,
            "specification": self.specification,
            "approval_number": self.approval_number,
            "holder": self.holder,
            "manufacturer": self.manufacturer,
        }


async def clock_now(tx: Reader) -> datetime:
    """The database's clock, in the drill database with its offset."""
    now: datetime = await tx.scalar(sa.select(sa.func.clock_now()))
    return now


async def clock_offset(tx: Reader) -> int:
    """How far the database's clock is ahead of the real one, in seconds: 0 but in a drill."""
    found: int | None = await tx.scalar(sa.select(t.clock_setting.c.offset_seconds))
    return found or 0


async def home_site(tx: Reader, person_id: UUID) -> str | None:
    """The code of a site where the person works; of the first of ours for who works at all of them."""
    a, s = t.post_assignment.c, t.site.c
    own = sa.exists().where(a.person_id == person_id, a.site_id == s.id, a.valid_to.is_(None))
    found: str | None = await tx.scalar(
        sa.select(s.code).where(s.active).order_by(own.desc(), s.code).limit(1)
    )
    return found


async def loading_is_open(tx: Reader) -> bool:
    """Whether the owner's window for loading history is open."""
    until = sa.select(t.clock_setting.c.loading_until).scalar_subquery()
    return bool(await tx.scalar(sa.select(until > sa.func.clock_timestamp())))


async def site(tx: Reader, ref: str | UUID) -> SiteRef | None:
    """A site by code or id."""
    row = await tx.one_or_none(_select_site().where(code_or_id(t.site, ref)))
    return SiteRef(**row) if row else None


async def sites(tx: Reader, codes: Collection[str]) -> dict[str, SiteRef]:
    """Sites by their codes."""
    rows = await tx.rows(_select_site().where(t.site.c.code.in_(codes)))
    return {row["code"]: SiteRef(**row) for row in rows}


async def party(tx: Reader, ref: str | UUID) -> PartyRef | None:
    """A partner by code or id."""
    row = await tx.one_or_none(_select_party().where(code_or_id(t.party, ref)))
    return _party(row) if row else None


async def parties(tx: Reader, codes: Collection[str]) -> dict[str, PartyRef]:
    """Partners by their codes."""
    rows = await tx.rows(_select_party().where(t.party.c.code.in_(codes)))
    return {row["code"]: _party(row) for row in rows}


async def materials(tx: Reader, codes: Collection[str]) -> dict[str, MaterialRef]:
    """Materials by their codes, with units."""
    return {m.code: m for m in await _materials(tx, t.material.c.code.in_(codes))}


async def materials_by_id(tx: Reader, ids: Collection[UUID]) -> dict[UUID, MaterialRef]:
    """Materials by their ids, with units."""
    return {m.id: m for m in await _materials(tx, t.material.c.id.in_(ids))}


async def licences(tx: Reader, party_id: UUID, legal_entity_id: UUID) -> list[Licence]:
    """The partner's licences that hold for a legal entity."""
    c = t.licence.c
    rows = await tx.rows(
        sa.select(c.kind, c.number, c.scope, c.valid_from, c.valid_until, c.withdrawn)
        .where(c.party_id == party_id)
        .where(sa.or_(c.legal_entity_id.is_(None), c.legal_entity_id == legal_entity_id))
        .order_by(c.valid_until, c.id)
    )
    return [Licence(**{**row, "scope": tuple(row["scope"])}) for row in rows]


async def places(tx: Reader, site_id: UUID, code: str | None = None) -> list[Place]:
    """The active locations of a site with what their zones are for, by code; or the one of that code."""
    loc, zone = t.location.c, t.zone.c
    named = () if code is None else (loc.code == code,)
    rows = await tx.rows(
        sa.select(
            loc.id.label("location_id"),
            loc.code,
            zone.kind.label("zone_kind"),
            zone.storage_class,
            zone.special_control,
        )
        .join(t.zone, zone.id == loc.zone_id)
        .where(loc.site_id == site_id, loc.active, *named)
        .order_by(loc.code)
    )
    return [Place(**row) for row in rows]


def code_or_id(table: sa.Table, ref: str | UUID, column: str = "code") -> sa.ColumnElement[bool]:
    """A condition on the id when `ref` is one, on the code otherwise."""
    if isinstance(ref, UUID):
        return table.c.id == ref
    named = half_width(ref)
    try:
        return sa.or_(table.c.id == UUID(named), table.c[column] == named)
    except ValueError:
        return table.c[column] == named


def _select_site() -> sa.Select[Any]:
    c = t.site.c
    return sa.select(c.id, c.code, c.name_zh, c.name_en, c.legal_entity_id, c.time_zone, c.active)


def _select_party() -> sa.Select[Any]:
    c = t.party.c
    roles = (
        sa.select(sa.func.array_agg(t.party_role.c.role))
        .where(t.party_role.c.party_id == c.id)
        .scalar_subquery()
    )
    return sa.select(c.id, c.code, c.name, c.active, c.min_remaining_days, roles.label("roles"))


def _party(row: Mapping[str, Any]) -> PartyRef:
    return PartyRef(**{**row, "roles": frozenset(row["roles"] or ())})


async def _materials(tx: Reader, condition: sa.ColumnElement[bool]) -> list[MaterialRef]:
    c, unit, made_by = t.material.c, t.material_unit.c, t.party.alias("made_by")
    factors = (
        sa.select(
            sa.func.jsonb_object_agg(unit.unit, sa.func.jsonb_build_array(unit.numerator, unit.denominator))
        )
        .where(unit.material_id == c.id)
        .scalar_subquery()
    )
    rows = await tx.rows(
        sa.select(
            c.id,
            c.code,
            c.name_zh,
            c.name_en,
            c.generic_name,
            c.dosage_form,
            c.specification,
            c.approval_number,
            c.holder,
            c.manufacturer_id,
            made_by.c.name.label("manufacturer"),
            c.storage_class,
            c.special_control,
            c.base_unit,
            c.category,
            c.carton_quantity,
            c.unit_value,
            c.abc_class,
            c.active,
            factors.label("units"),
        )
        .join(made_by, made_by.c.id == c.manufacturer_id)
        .where(condition)
        .order_by(c.code)
    )
    return [_material(row) for row in rows]


def _material(row: Mapping[str, Any]) -> MaterialRef:
    units = {name: Fraction(*ratio) for name, ratio in (row["units"] or {}).items()}
    return MaterialRef(**{**row, "units": {row["base_unit"]: Fraction(1), **units}})

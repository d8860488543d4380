"""Db queries: what labels say beside what pages say - the GTIN of a batch, a place with its zone."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.references import code_or_id
from db.session import Reader


@dataclass(frozen=True)
class PlaceRow:
    """A location with what its zone is for."""

    id: UUID
    code: str
    name: str
    active: bool
    site_id: UUID
    site: str
    site_zh: str
    site_en: str
    zone: str
    zone_zh: str
    zone_en: str
    kind: str
    storage_class: str
    special_control: bool


async def gtin(tx: Reader, batch_id: UUID) -> str | None:
    """The GTIN of a batch's base unit; None where the material has none."""
    g, m = t.material_gtin.c, t.material.c
    found: str | None = await tx.scalar(
        sa.select(g.gtin)
        .join(t.material, sa.and_(m.id == g.material_id, m.base_unit == g.unit))
        .join(t.batch, t.batch.c.material_id == m.id)
        .where(t.batch.c.id == batch_id)
        .order_by(g.gtin)
        .limit(1)
    )
    return found


async def place(tx: Reader, site: str, code: str) -> PlaceRow | None:
    """A location by its site and code, also one out of use."""
    c, z, s = t.location.c, t.zone.c, t.site.c
    row = await tx.one_or_none(
        sa.select(
            *(c[name] for name in ("id", "code", "name", "active", "site_id")),
            s.code.label("site"),
            s.name_zh.label("site_zh"),
            s.name_en.label("site_en"),
            z.code.label("zone"),
            z.name_zh.label("zone_zh"),
            z.name_en.label("zone_en"),
            *(z[name] for name in ("kind", "storage_class", "special_control")),
        )
        .join(t.zone, z.id == c.zone_id)
        .join(t.site, s.id == c.site_id)
        .where(code_or_id(t.site, site), c.code == code)
    )
    return PlaceRow(**row) if row else None

"""Services: what a scan or a text may mean as the beginning of a trace. Knows tables and codes, no HTTP.

A code that says a batch or a piece means that; a text means every batch, piece, package, document, partner
and person that has it as number, code or name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents_read
from services import codes
from services.permissions import Permission, require, visible_sites
from services.trace_starts import StartKind

if TYPE_CHECKING:
    from db.session import Reader
    from domain.scan_matching import Scanned
    from services.platform import Actor, Platform

MOST = 20
"""Things of one kind that are offered."""
LEAST = 2
"""Characters of a partner's name that are looked for inside names."""


@dataclass(frozen=True)
class Meant:
    """What a text may mean: its kind, the reference that finds it again, its name, what tells it apart."""

    kind: StartKind
    ref: str
    name: str
    zh: str = ""
    en: str = ""


async def find(platform: Platform, text: str, *, actor: Actor) -> list[Meant]:
    """All that a scan or a text may mean; empty when nothing has it."""
    require(actor, Permission.STOCK_READ)
    sites = visible_sites(actor, Permission.STOCK_READ)
    code = codes.clean(text)
    if not code:
        return []
    scanned = codes.read_code(code, None)
    async with platform.database.read() as tx:
        if scanned.gtin:
            return await _pieces(tx, scanned) or await _batches(tx, scanned)
        found = await _packages(tx, scanned.sscc or scanned.serial or code, sites)
        found += await _pieces(tx, scanned)
        found += await _batches(tx, scanned)
        found += [
            Meant(
                "document",
                str(row.id),
                row.number,
                row.party_name or row.site_zh,
                row.party_name or row.site_en,
            )
            for row in await documents_read.one(tx, code, sites, None)
        ]
        return [*found, *await _parties(tx, code), *await _people(tx, code)]


async def _batches(tx: Reader, scanned: Scanned) -> list[Meant]:
    """Batches of a number, of the material that a code names; all of it where the code names no batch."""
    b, m, p = t.batch.c, t.material.c, t.party.c
    query = (
        sa.select(b.id, b.number, m.code, m.name_zh, m.name_en, p.name)
        .join(t.material, m.id == b.material_id)
        .join(t.party, p.id == b.manufacturer_id)
        .order_by(b.id.desc())
        .limit(MOST)
    )
    if scanned.gtin:
        g = t.material_gtin.c
        query = query.where(sa.exists().where(g.material_id == b.material_id, g.gtin == scanned.gtin))
        query = query.where(b.number == scanned.batch) if scanned.batch else query
    else:
        material, colon, number = scanned.raw.partition(":")
        query = (
            query.where(m.code == material, b.number == number.strip())
            if colon
            else query.where(_named(scanned))
        )
    return [
        Meant(
            "batch",
            str(row["id"]),
            row["number"],
            f"{row['name_zh']}（{row['code']}） · {row['name']}",
            f"{row['name_en']} ({row['code']}) · {row['name']}",
        )
        for row in await tx.rows(query)
    ]


def _named(scanned: Scanned) -> sa.ColumnElement[bool]:
    try:
        return t.batch.c.id == UUID(scanned.raw)
    except ValueError:
        return t.batch.c.number == (scanned.batch or scanned.raw)


async def _pieces(tx: Reader, scanned: Scanned) -> list[Meant]:
    """A serial number; one that several materials have is one start, as its trace tells all."""
    number = scanned.serial or (scanned.raw if not scanned.gtin else None)
    if number is None:
        return []
    s, b = t.serial.c, t.batch.c
    query = sa.select(b.number).join(t.serial, s.batch_id == b.id).where(s.number == number)
    if scanned.gtin:
        g = t.material_gtin.c
        query = query.where(sa.exists().where(g.material_id == b.material_id, g.gtin == scanned.gtin))
    rows = await tx.rows(query.limit(MOST))
    if not rows:
        return []
    batches = ", ".join(row["number"] for row in rows)
    return [Meant("serial", number, number, f"批号 {batches}", f"batch {batches}")]


async def _packages(tx: Reader, code: str, sites: frozenset[UUID] | None) -> list[Meant]:
    p, s = t.package.c, t.site.c
    query = (
        sa.select(p.sscc, s.name_zh, s.name_en)
        .join(t.site, s.id == p.site_id)
        .where(sa.or_(p.sscc == code, p.trace_code == code))
    )
    query = query if sites is None else query.where(p.site_id.in_(sites))
    return [
        Meant("package", row["sscc"], row["sscc"], row["name_zh"], row["name_en"])
        for row in await tx.rows(query)
    ]


async def _parties(tx: Reader, text: str) -> list[Meant]:
    p = t.party.c
    exact = sa.or_(p.code == text, p.name == text)
    inside = p.name.contains(text, autoescape=True) if len(text) >= LEAST else exact
    query = sa.select(p.id, p.code, p.name).where(sa.or_(exact, inside)).order_by(~exact, p.code).limit(MOST)
    return [
        Meant("party", str(row["id"]), row["name"], row["code"], row["code"]) for row in await tx.rows(query)
    ]


async def _people(tx: Reader, text: str) -> list[Meant]:
    p = t.person.c
    query = sa.select(p.id, p.name, p.username).where(
        sa.or_(p.username == text.lower(), p.name == text), p.kind == "person"
    )
    return [
        Meant("person", str(row["id"]), row["name"], row["username"], row["username"])
        for row in await tx.rows(query.limit(MOST))
    ]

"""Services: stock as it is read - positions, a batch's card, what moved. Knows queries, no HTTP.

Nothing here writes: stock changes only by postings of actions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import batches, serials, transit
from db.queries import stock as queries
from db.queries._paging import Page
from db.queries.batches import BatchCard
from db.queries.references import code_or_id
from db.queries.serials import SerialRow
from db.queries.stock import StockRow
from db.queries.transit import InTransit
from db.session import Reader
from domain.errors import NotFound, Refusal
from domain.half_width import half_width
from services import blind_counts
from services.permissions import Permission, require, visible_sites
from services.platform import Actor, Platform

MOST_OF_A_NUMBER = 20
"""So many batches may have one number, as far as anybody looks."""


class AmbiguousBatch(Refusal):
    """Several materials or manufacturers share the number; `ids` are the batches, the message names them."""

    code = "ambiguous_batch"
    kind = "conflict"
    zh = "批号 {number} 对应多个批次，请指明其一：{named_zh}"
    en = "The number {number} stands for several batches, name one of them: {named_en}"


async def rows(
    platform: Platform,
    *,
    actor: Actor,
    material: str | None = None,
    batch: str | UUID | None = None,
    site: str | None = None,
    location_id: UUID | None = None,
    status: str | None = None,
    at: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[StockRow]:
    """Positions that the actor may see; `at` looks back in the ledger. A blind count hides its own."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        return await queries.stock_rows(
            tx,
            material_id=await _id_of(tx, t.material, material, "商品 / material"),
            batch_ids=await _wanted(tx, batch),
            site_id=await _id_of(tx, t.site, site, "仓库 / site"),
            location_id=location_id,
            status=status,
            at=at,
            sites=visible_sites(actor, Permission.STOCK_READ),
            hidden=await blind_counts.hidden_sheets(tx, actor),
            after=after,
            limit=limit,
        )


async def pieces(
    platform: Platform,
    *,
    actor: Actor,
    material: str | None = None,
    batch: str | UUID | None = None,
    site: str | None = None,
    status: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Page[SerialRow]:
    """The pieces with serials that the actor may see in stock. A blind count hides its own."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        return await serials.standing(
            tx,
            material_id=await _id_of(tx, t.material, material, "商品 / material"),
            batch_ids=await _wanted(tx, batch),
            site_id=await _id_of(tx, t.site, site, "仓库 / site"),
            status=status,
            sites=visible_sites(actor, Permission.STOCK_READ),
            hidden=await blind_counts.hidden_sheets(tx, actor),
            after=after,
            limit=limit,
        )


async def is_counting(platform: Platform, *, actor: Actor) -> bool:
    """Whether positions are left out of the actor's stock because of a blind count."""
    async with platform.database.read() as tx:
        return bool(await blind_counts.hidden_sheets(tx, actor))


async def in_transit(
    platform: Platform,
    *,
    actor: Actor,
    material: str | None = None,
    batch: str | UUID | None = None,
    site: str | None = None,
    at: datetime | None = None,
) -> list[InTransit]:
    """What is on the way between sites of ours, by transfer and batch; both sites see it."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        return await transit.in_transit(
            tx,
            material_id=await _id_of(tx, t.material, material, "商品 / material"),
            batch_ids=await _wanted(tx, batch),
            site_id=await _id_of(tx, t.site, site, "仓库 / site"),
            at=at,
            sites=visible_sites(actor, Permission.STOCK_READ),
        )


async def batch(platform: Platform, ref: str | UUID, *, actor: Actor) -> BatchCard:
    """A batch by id or `material:number`: identity, holds, expiry, positions and moves."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        card = await batches.batch_card(
            tx,
            await batch_id(tx, ref),
            sites=visible_sites(actor, Permission.STOCK_READ),
            hidden=await blind_counts.hidden_sheets(tx, actor),
        )
    if card is None:
        raise NotFound(what=f"批次 / batch {ref}")
    return card


async def find_batch(platform: Platform, ref: str | UUID) -> UUID:
    """The id of the batch that an id or `material:number` names, for filters of other lists."""
    async with platform.database.read() as tx:
        return await batch_id(tx, ref)


async def batch_id(tx: Reader, ref: str | UUID) -> UUID:
    """The id of a batch; NotFound, or AmbiguousBatch when materials or manufacturers share the number."""
    found = await _batches(tx, ref)
    if len(found) > 1:
        raise await _ambiguous(tx, str(ref), found)
    return found[0]


async def _batches(tx: Reader, ref: str | UUID) -> list[UUID]:
    """All batches that an id, `material:number` or a number alone stands for; NotFound when there is none."""
    c = t.batch.c
    query = sa.select(c.id).order_by(c.id)
    named = half_width(str(ref))
    material, colon, number = named.partition(":")
    if colon:
        query = query.join(t.material, t.material.c.id == c.material_id).where(
            code_or_id(t.material, material), c.number == number.strip()
        )
    else:
        try:
            query = query.where(c.id == UUID(named))
        except ValueError:
            query = query.where(c.number == named.strip())
    found = [row["id"] for row in await tx.rows(query.limit(MOST_OF_A_NUMBER))]
    if not found:
        raise NotFound(what=f"批次 / batch {ref}")
    return found


async def _wanted(tx: Reader, ref: str | UUID | None) -> list[UUID] | None:
    """The batches that a filter asks for: a number alone asks for all that have it, not for one of them."""
    if ref is None:
        return None
    return await _batches(tx, ref) if ":" not in half_width(str(ref)) else [await batch_id(tx, ref)]


async def _ambiguous(tx: Reader, number: str, found: Sequence[UUID]) -> AmbiguousBatch:
    """The refusal with what people tell the batches apart by; by id where only that does."""
    b, m, p = t.batch.c, t.material.c, t.party.c
    rows = await tx.rows(
        sa.select(b.id, b.number, m.code, m.name_zh, m.name_en, p.name.label("maker"))
        .join(t.material, m.id == b.material_id)
        .join(t.party, p.id == b.manufacturer_id)
        .where(b.id.in_(found))
        .order_by(m.code, p.name, b.id)
    )
    codes = [row["code"] for row in rows]
    named = {
        language: "; ".join(
            f"{row['code']}:{row['number']} {row[f'name_{language}']} ({row['maker']})"
            + (f" {row['id']}" if codes.count(row["code"]) > 1 else "")
            for row in rows
        )
        for language in ("zh", "en")
    }
    ids = ", ".join(str(one) for one in found)
    return AmbiguousBatch(number=number, ids=ids, named_zh=named["zh"], named_en=named["en"])


async def _id_of(tx: Reader, table: sa.Table, ref: str | None, noun: str) -> UUID | None:
    if ref is None:
        return None
    found: Any = await tx.scalar(sa.select(table.c.id).where(code_or_id(table, ref)))
    if found is None:
        raise NotFound(what=f"{noun} {ref}")
    made: UUID = found
    return made

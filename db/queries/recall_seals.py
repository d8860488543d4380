"""Db queries: what a recall sealed - when, and how much of each batch stood where, as what (GSP 117)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t

if TYPE_CHECKING:
    from db.session import Reader


@dataclass(frozen=True)
class SealedStock:
    """A batch at a site when it was sealed, base units; without a site: on the way between two of ours.

    `reserved` is a part of what was on hand. `moved`: what went to the recall zone, by the state it had.
    """

    batch_id: UUID
    batch_number: str
    material: str
    material_name_zh: str
    material_name_en: str
    specification: str
    base_unit: str
    site: str | None
    site_zh: str | None
    site_en: str | None
    on_hand: int
    reserved: int
    in_transit: int
    in_return: int
    moved: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RecallSeal:
    """A recall's seal: instants, and what stood where; a drill counts the same and seals nothing."""

    opened_at: datetime
    sealed_at: datetime | None
    drill: bool
    stock: list[SealedStock]


async def of_recall(tx: Reader, document_id: UUID) -> RecallSeal | None:
    """The seal of a recall by its notice; None where no run has taken the notice up."""
    c = t.recall.c
    row = await tx.one_or_none(
        sa.select(c.opened_at, c.sealed_at, c.drill).where(c.document_id == document_id)
    )
    if row is None:
        return None
    moved = await _moved(tx, document_id)
    stood = await tx.rows(_stood().where(t.recall_position.c.document_id == document_id))
    stock = [SealedStock(**one, moved=moved.get((one["batch_id"], one["site"]), {})) for one in stood]
    return RecallSeal(**row, stock=stock)


def _stood() -> sa.Select[Any]:
    p, b, m, s = t.recall_position.c, t.batch.c, t.material.c, t.site.c
    kinds = ("on_hand", "reserved", "in_transit", "in_return")
    sums = (sa.func.sum(sa.case((p.kind == kind, p.quantity), else_=0)) for kind in kinds)
    return (
        sa.select(
            b.id.label("batch_id"),
            b.number.label("batch_number"),
            m.code.label("material"),
            m.name_zh.label("material_name_zh"),
            m.name_en.label("material_name_en"),
            m.specification,
            m.base_unit,
            s.code.label("site"),
            s.name_zh.label("site_zh"),
            s.name_en.label("site_en"),
            *(sa.cast(one, sa.BigInteger).label(kind) for one, kind in zip(sums, kinds, strict=True)),
        )
        .select_from(t.recall_position)
        .join(t.batch, b.id == p.batch_id)
        .join(t.material, m.id == b.material_id)
        .outerjoin(t.site, s.id == p.site_id)
        .group_by(b.id, m.id, s.id)
        .order_by(m.code, b.number, b.id, s.code)
    )


async def _moved(tx: Reader, document_id: UUID) -> dict[tuple[UUID, str], dict[str, int]]:
    """(batch, site) -> the state that goods had -> how many of them went to the recall zone."""
    v, o, s = t.move.c, t.posting.c, t.site.c
    rows = await tx.rows(
        sa.select(
            v.batch_id,
            s.code,
            v.from_status,
            sa.cast(sa.func.sum(v.quantity), sa.BigInteger).label("quantity"),
        )
        .join(t.posting, o.id == v.posting_id)
        .join(t.site, s.id == v.from_site_id)
        .where(
            o.document_id == document_id,
            o.kind == "status_change",
            v.to_status == "recalled",
            v.from_status != "recalled",
        )
        .group_by(v.batch_id, s.code, v.from_status)
        .order_by(v.from_status)
    )
    found: dict[tuple[UUID, str], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row["batch_id"], row["code"]), {})[row["from_status"]] = row["quantity"]
    return found

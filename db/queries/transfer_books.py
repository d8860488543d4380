"""Db queries: how a transfer stands in the books of the site that it goes to, by the moves of its run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.batches import PlaceKind

if TYPE_CHECKING:
    from db.session import Reader

LOST, SURPLUS, SURPLUS_BACK = "lost", "surplus", "surplus_back"
"""What the path of a posting ends with that books a difference."""
Key = tuple[UUID, UUID | None]
"""A batch, and the line of the transfer that it came for."""


@dataclass(frozen=True)
class Differing:
    """Of a batch that a transfer brought: so much is written off as missing, so much was booked too much."""

    missing: int = 0
    surplus: int = 0


def of_path(ending: str) -> sa.ColumnElement[bool]:
    """Whether a posting books a difference of this sort."""
    return sa.func.coalesce(t.posting.c.path, "").like(f"%/{ending}")


def counted_out() -> sa.ColumnElement[int]:
    """What a move counts out, less what it counts in."""
    m = t.move.c
    return sa.case(
        (m.to_kind == PlaceKind.COUNT, m.quantity), (m.from_kind == PlaceKind.COUNT, -m.quantity), else_=0
    )


async def has_arrived(tx: Reader, document_id: UUID, run_id: UUID) -> bool:
    """Whether what the run has sent was posted out of transit at the other site."""
    p, m, d = t.posting.c, t.move.c, t.document.c
    there = sa.cast(d.header["to_site_id"].astext, sa.Uuid)
    signed = sa.case(
        (sa.and_(m.from_kind == PlaceKind.TRANSIT, m.to_site_id == there), m.quantity),
        (sa.and_(m.to_kind == PlaceKind.TRANSIT, m.from_site_id == there), -m.quantity),
        else_=0,
    )
    came = await tx.scalar(
        sa.select(sa.func.sum(signed))
        .select_from(t.posting)
        .join(t.move, m.posting_id == p.id)
        .join(t.document, d.id == p.document_id)
        .where(p.document_id == document_id, p.run_id == run_id)
    )
    return bool(came)


async def differing(tx: Reader, document_id: UUID, run_id: UUID) -> Mapping[Key, Differing]:
    """What the run has booked as missing or too much, by batch and line of the transfer."""
    p, m = t.posting.c, t.move.c
    out, extra = counted_out(), sa.or_(of_path(SURPLUS), of_path(SURPLUS_BACK))
    rows = await tx.rows(
        sa.select(
            m.batch_id,
            m.document_line_id,
            sa.cast(sa.func.sum(sa.case((extra, 0), else_=out)), sa.BigInteger).label("missing"),
            sa.cast(sa.func.sum(sa.case((extra, -out), else_=0)), sa.BigInteger).label("surplus"),
        )
        .join(t.posting, p.id == m.posting_id)
        .where(p.document_id == document_id, p.run_id == run_id)
        .group_by(m.batch_id, m.document_line_id)
    )
    return {
        (row["batch_id"], row["document_line_id"]): Differing(row["missing"], row["surplus"]) for row in rows
    }


async def counted_away(tx: Reader, serials: Collection[UUID]) -> frozenset[UUID]:
    """Those of the serials that the books have as missing."""
    p = t.serial_place.c
    if not serials:
        return frozenset()
    rows = await tx.rows(
        sa.select(p.serial_id).where(p.serial_id.in_(serials), p.kind == PlaceKind.COUNT.value)
    )
    return frozenset(row["serial_id"] for row in rows)

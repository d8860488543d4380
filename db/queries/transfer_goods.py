"""Db queries: what a transfer carried, batch by batch, by the ledger - sent, arrived, missing, decided.

Summed over the transfer's own moves, so that what was undone counts no more and old transfers say it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import transfer_books

if TYPE_CHECKING:
    from db.session import Reader


@dataclass(frozen=True)
class TransferredBatch:
    """One batch on a transfer, in base units.

    `received` is what came of what was sent, `missing` what was written off as lost on the way, `surplus`
    what was booked as too much beside it. What came is `accepted` (put away), `rejected` (in the red zone),
    `recalled` (left to a recall), or still waits.
    """

    batch_id: UUID
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    material: str
    material_name_zh: str
    material_name_en: str
    specification: str
    manufacturer: str
    base_unit: str
    sent: int
    received: int
    missing: int
    surplus: int
    accepted: int
    rejected: int
    recalled: int


async def transferred(tx: Reader, document_id: UUID) -> list[TransferredBatch]:
    """The batches of a transfer, by material and number; none before it was sent."""
    d, p, m, b, mat = t.document.c, t.posting.c, t.move.c, t.batch.c, t.material.c
    here, there = d.site_id, sa.cast(d.header["to_site_id"].astext, sa.Uuid)
    out, more = transfer_books.counted_out(), transfer_books.of_path(transfer_books.SURPLUS)
    beside = sa.or_(more, transfer_books.of_path(transfer_books.SURPLUS_BACK))
    missing = _sum(sa.case((beside, 0), else_=out))
    came = _net(
        sa.and_(m.from_kind == "transit", m.to_site_id == there),
        sa.and_(m.to_kind == "transit", m.from_site_id == there),
    )
    sent = _net(
        sa.and_(m.to_kind == "transit", m.from_site_id == here),
        sa.and_(m.from_kind == "transit", m.to_site_id == here),
    )
    query = (
        sa.select(
            b.id.label("batch_id"),
            b.number.label("batch_number"),
            b.produced_on,
            b.expires_on,
            mat.code.label("material"),
            mat.name_zh.label("material_name_zh"),
            mat.name_en.label("material_name_en"),
            mat.specification,
            t.party.c.name.label("manufacturer"),
            mat.base_unit,
            sent.label("sent"),
            (came - missing).label("received"),
            missing.label("missing"),
            _sum(sa.case((more, -out), else_=0)).label("surplus"),
            *(_decided(status).label(name) for name, status in _DECIDED),
        )
        .select_from(t.document)
        .join(t.posting, p.document_id == d.id)
        .join(t.move, m.posting_id == p.id)
        .join(t.batch, b.id == m.batch_id)
        .join(t.material, mat.id == b.material_id)
        .join(t.party, t.party.c.id == b.manufacturer_id)
        .where(d.id == document_id, d.kind == "transfer")
        .group_by(b.id, mat.id, t.party.c.id)
        .having(sa.or_(sent != 0, came != 0))
        .order_by(mat.code, b.number, b.id)
    )
    return [TransferredBatch(**row) for row in await tx.rows(query)]


_DECIDED = (("accepted", "qualified"), ("rejected", "rejected"), ("recalled", "recalled"))


def _decided(status: str) -> sa.ColumnElement[int]:
    """What moved into a state where it arrived, less what moved out of it again."""
    m = t.move.c
    inside = sa.and_(m.from_kind == "internal", m.to_kind == "internal", m.from_status != m.to_status)
    return _net(sa.and_(inside, m.to_status == status), sa.and_(inside, m.from_status == status))


def _net(there: sa.ColumnElement[bool], back: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """The sum of the moves that go one way, less those that undo them."""
    signed = sa.case((there, t.move.c.quantity), (back, -t.move.c.quantity), else_=0)
    return _sum(signed)


def _sum(of: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(of), sa.BigInteger)

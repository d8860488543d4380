"""Db queries: recalls - their batches, who got how much of them, what was said, how far each one is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.recall_matching import KnownBatch
from domain.recall_reconciliation import Consigned


@dataclass(frozen=True)
class RecallRow:
    """A recall with its notice; instants are aware UTC."""

    document_id: UUID
    number: str
    site_id: UUID
    site: str
    time_zone: str
    class_name: str
    profile: str
    drill: bool
    state: str
    opened_at: datetime
    sealed_at: datetime | None
    closed_at: datetime | None
    reopened_at: datetime | None
    run_id: UUID | None
    header: Mapping[str, Any]
    confirmed: bool
    """Its scope is confirmed: it has batches."""

    @property
    def cut_at(self) -> datetime:
        """What came back later is recovered by the recall."""
        return self.sealed_at or self.opened_at


@dataclass(frozen=True)
class BookedBatch:
    """A batch of a material with what is on hand of it anywhere and what customers got."""

    id: UUID
    number: str
    produced_on: date | None
    expires_on: date | None
    material_id: UUID
    material: str
    material_name: str
    specification: str
    unit: str
    special_control: bool
    on_hand: int
    shipped: int

    @property
    def known(self) -> KnownBatch:
        return KnownBatch(self.id, self.number, self.produced_on, self.expires_on)


@dataclass(frozen=True)
class ConsignedRow:
    """The balance of one batch at one consignee, with names and the documents by which it was shipped."""

    batch_id: UUID
    batch_number: str
    material: str
    material_name: str
    material_name_en: str
    specification: str
    unit: str
    storage_class: str
    special_control: bool
    party_id: UUID
    party: str
    party_name: str
    shipped: int
    recovered: int
    on_hand: int | None
    consumed: int
    destroyed: int
    explained: int
    answered_at: datetime | None
    documents: Sequence[str] = field(default=())

    @property
    def consigned(self) -> Consigned:
        """The figures alone."""
        return Consigned(
            batch_id=self.batch_id,
            party_id=self.party_id,
            shipped=self.shipped,
            recovered=self.recovered,
            consumed=self.consumed,
            destroyed=self.destroyed,
            on_hand=self.on_hand,
            explained=self.explained,
            answered_at=self.answered_at,
        )


async def one(tx: Reader, document_id: UUID) -> RecallRow | None:
    """A recall by its notice."""
    row = await tx.one_or_none(_recalls().where(t.recall.c.document_id == document_id))
    return RecallRow(**row) if row else None


async def newest(tx: Reader, *, batch_id: UUID | None = None, limit: int = 200) -> list[RecallRow]:
    """Recalls, newest first; of one batch where it is named."""
    query = _recalls().order_by(t.recall.c.opened_at.desc()).limit(limit)
    if batch_id is not None:
        b = t.recall_batch.c
        query = query.where(
            t.recall.c.document_id.in_(sa.select(b.document_id).where(b.batch_id == batch_id))
        )
    return [RecallRow(**row) for row in await tx.rows(query)]


def _recalls() -> sa.Select[Any]:
    r, d, s = t.recall.c, t.document.c, t.site.c
    return (
        sa.select(
            *(r.document_id, d.number, d.site_id, s.code.label("site"), s.time_zone, r.class_name, r.profile),
            *(r.drill, r.state, r.opened_at, r.sealed_at, r.closed_at, r.reopened_at, r.run_id, d.header),
            sa.exists().where(t.recall_batch.c.document_id == r.document_id).label("confirmed"),
        )
        .join(t.document, d.id == r.document_id)
        .join(t.site, s.id == d.site_id)
    )


async def booked_batches(tx: Reader, material_ids: Collection[UUID]) -> list[BookedBatch]:
    """Every batch of the materials in the books, by material and number."""
    b, m = t.batch.c, t.material.c
    bal, v = t.balance.c, t.move.c
    held = sa.select(sa.func.coalesce(sa.func.sum(bal.quantity), 0)).where(bal.batch_id == b.id)
    sold = sa.select(sa.func.coalesce(sa.func.sum(v.quantity), 0)).where(
        v.batch_id == b.id, v.to_kind == "customer"
    )
    rows = await tx.rows(
        sa.select(
            *(b.id, b.number, b.produced_on, b.expires_on, m.id.label("material_id")),
            m.code.label("material"),
            m.name_zh.label("material_name"),
            *(m.specification, m.base_unit.label("unit"), m.special_control),
            sa.cast(held.scalar_subquery(), sa.BigInteger).label("on_hand"),
            sa.cast(sold.scalar_subquery(), sa.BigInteger).label("shipped"),
        )
        .join(t.material, m.id == b.material_id)
        .where(b.material_id.in_(material_ids))
        .order_by(m.code, b.number, b.id)
    )
    return [BookedBatch(**row) for row in rows]


async def batch_ids(tx: Reader, document_id: UUID) -> list[UUID]:
    """The batches of a recall, in id order."""
    c = t.recall_batch.c
    rows = await tx.rows(sa.select(c.batch_id).where(c.document_id == document_id).order_by(c.batch_id))
    return [row["batch_id"] for row in rows]


async def consigned(tx: Reader, document_id: UUID, *, party_id: UUID | None = None) -> list[ConsignedRow]:
    """Per batch and consignee what was shipped, by which documents, and what became of it: one query."""
    names = ("batch_id", "party_id", "shipped", "recovered", "on_hand", "consumed", "destroyed")
    balance = (
        sa.func.recall_balance(document_id)
        .table_valued(*names, "answered_at", "unaccounted", "explained")
        .alias("balance")
    )
    at, b, m, p = balance.c, t.batch.c, t.material.c, t.party.c
    v, o, d = t.move.c, t.posting.c, t.document.c
    documents = (
        sa.select(sa.func.array_agg(sa.distinct(d.number)))
        .select_from(t.move)
        .join(t.posting, o.id == v.posting_id)
        .join(t.document, d.id == o.document_id)
        .where(v.batch_id == at.batch_id, v.party_id == at.party_id, v.to_kind == "customer")
        .scalar_subquery()
    )
    query = (
        sa.select(
            *(at[name] for name in (*names, "answered_at", "explained")),
            b.number.label("batch_number"),
            m.code.label("material"),
            m.name_zh.label("material_name"),
            m.name_en.label("material_name_en"),
            *(m.specification, m.base_unit.label("unit"), m.storage_class, m.special_control),
            p.code.label("party"),
            p.name.label("party_name"),
            sa.func.coalesce(documents, sa.cast([], sa.ARRAY(sa.Text))).label("documents"),
        )
        .select_from(balance)
        .join(t.batch, b.id == at.batch_id)
        .join(t.material, m.id == b.material_id)
        .join(t.party, p.id == at.party_id)
        .order_by(m.code, b.number, b.id, p.code)
    )
    if party_id is not None:
        query = query.where(at.party_id == party_id)
    return [ConsignedRow(**row) for row in await tx.rows(query)]


async def standing(tx: Reader, batches: Collection[UUID]) -> list[dict[str, Any]]:
    """What stands where of the batches: rows for `recall_position` (kind, site, document, quantity).

    In transit is what left a site and has arrived at none.
    """
    bal, v, o = t.balance.c, t.move.c, t.posting.c
    returned = bal.status == "returned"
    here = (
        sa.select(
            bal.batch_id,
            sa.case((returned, "in_return"), else_="on_hand").label("kind"),
            bal.site_id,
            sa.cast(sa.null(), sa.Uuid).label("source_document_id"),
            sa.cast(sa.func.sum(bal.quantity), sa.BigInteger).label("quantity"),
        )
        .where(bal.batch_id.in_(batches), bal.quantity > 0)
        .group_by(bal.batch_id, returned, bal.site_id)
    )
    gone = sa.case((v.to_kind == "transit", v.quantity), else_=-v.quantity)
    total = sa.cast(sa.func.sum(gone), sa.BigInteger)
    way = (
        sa.select(
            v.batch_id,
            sa.literal("in_transit").label("kind"),
            sa.cast(sa.null(), sa.Uuid).label("site_id"),
            o.document_id.label("source_document_id"),
            total.label("quantity"),
        )
        .join(t.posting, o.id == v.posting_id)
        .where(v.batch_id.in_(batches), sa.or_(v.to_kind == "transit", v.from_kind == "transit"))
        .group_by(v.batch_id, o.document_id)
        .having(total > 0)
    )
    return [dict(row) for row in await tx.rows(sa.union_all(here, way))]

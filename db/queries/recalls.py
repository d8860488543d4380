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


@dataclass(frozen=True)
class RecalledBatch:
    """A batch of a recall: why, its hold, what stood where at the seal, what stands recalled now."""

    batch_id: UUID
    number: str
    material: str
    material_zh: str
    material_en: str
    unit: str
    because: str
    held: bool
    on_hand: int
    reserved: int
    in_transit: int
    in_return: int
    recalled_now: int
    destroyed: int


@dataclass(frozen=True)
class Contact:
    """How far one consignee is: told, confirmed, and the run and the open task of its own."""

    party_id: UUID
    notified_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    run_id: UUID | None
    step_zh: str | None
    step_en: str | None
    due_at: datetime | None
    escalated: bool


async def recalled_batches(tx: Reader, document_id: UUID) -> list[RecalledBatch]:
    """The batches of a recall, by material and number."""
    rb, b, m, h = t.recall_batch.c, t.batch.c, t.material.c, t.hold.c
    bal, v = t.balance.c, t.move.c
    now = sa.select(_sum(bal.quantity)).where(bal.batch_id == b.id, bal.status == "recalled")
    gone = sa.select(_sum(v.quantity)).where(v.batch_id == b.id, v.to_kind == "destroyed")
    rows = await tx.rows(
        sa.select(
            *(rb.batch_id, b.number, m.code.label("material"), m.name_zh.label("material_zh")),
            *(m.name_en.label("material_en"), m.base_unit.label("unit"), rb.because),
            sa.and_(h.id.is_not(None), h.closed_at.is_(None)).label("held"),
            *(_stood(kind).label(kind) for kind in ("on_hand", "reserved", "in_transit", "in_return")),
            now.scalar_subquery().label("recalled_now"),
            gone.scalar_subquery().label("destroyed"),
        )
        .join(t.batch, b.id == rb.batch_id)
        .join(t.material, m.id == b.material_id)
        .outerjoin(t.hold, h.id == rb.hold_id)
        .where(rb.document_id == document_id)
        .order_by(m.code, b.number, b.id)
    )
    return [RecalledBatch(**row) for row in rows]


def _sum(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)


def _stood(kind: str) -> sa.ColumnElement[int]:
    p, rb = t.recall_position.c, t.recall_batch.c
    return (
        sa.select(_sum(p.quantity))
        .where(p.document_id == rb.document_id, p.batch_id == rb.batch_id, p.kind == kind)
        .scalar_subquery()
    )


async def contacts(tx: Reader, document_id: UUID) -> dict[UUID, Contact]:
    """Consignee -> how far it is; those that were never told are missing."""
    r, k = t.recall_record.c, t.task.c
    told = (
        sa.select(
            r.party_id,
            sa.func.min(r.occurred_at).filter(r.kind == "notified").label("notified_at"),
            sa.func.min(r.occurred_at).filter(r.kind == "acknowledged").label("acknowledged_at"),
            sa.func.max(r.data["by"].astext).filter(r.kind == "acknowledged").label("acknowledged_by"),
            sa.cast(sa.func.max(sa.cast(r.run_id, sa.Text)), sa.Uuid).label("run_id"),
        )
        .where(r.document_id == document_id, r.kind.in_(("notified", "acknowledged")))
        .group_by(r.party_id)
        .subquery("told")
    )
    waiting = (
        sa.select(k.title_zh, k.title_en, k.due_at, k.escalated_at)
        .where(k.run_id == told.c.run_id, k.state.in_(("open", "claimed", "awaiting_signature")))
        .order_by(k.due_at.nulls_last(), k.id)
        .limit(1)
        .lateral("waiting")
    )
    rows = await tx.rows(
        sa.select(
            *(told.c[name] for name in ("party_id", "notified_at", "acknowledged_at", "acknowledged_by")),
            told.c.run_id,
            waiting.c.title_zh.label("step_zh"),
            waiting.c.title_en.label("step_en"),
            waiting.c.due_at,
            waiting.c.escalated_at.is_not(None).label("escalated"),
        ).outerjoin(waiting, sa.true())
    )
    return {row["party_id"]: Contact(**row) for row in rows}


async def step_closed_at(tx: Reader, run_id: UUID, step: str) -> datetime | None:
    """When the newest task of a step of a run was done, None while it was not."""
    k = t.task.c
    found: datetime | None = await tx.scalar(
        sa.select(sa.func.max(k.closed_at)).where(k.run_id == run_id, k.step_id == step, k.state == "done")
    )
    return found


async def last_record(tx: Reader, document_id: UUID, kind: str) -> datetime | None:
    """When something of a kind was last written down."""
    r = t.recall_record.c
    found: datetime | None = await tx.scalar(
        sa.select(sa.func.max(r.occurred_at)).where(r.document_id == document_id, r.kind == kind)
    )
    return found

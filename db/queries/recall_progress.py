"""Db queries: how far a recall is - its batches, and what each consignee has heard and said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


@dataclass(frozen=True)
class RecalledBatch:
    """A batch of a recall: why, its hold, what stood where at the seal, what became of it.

    `recalled_now` stands in our recall zones; `destroyed` and `sent_back` to the supplier left them since the
    seal, what came back from consignees among it.
    """

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
    sent_back: int


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
    bal = t.balance.c
    now = sa.select(_sum(bal.quantity)).where(bal.batch_id == b.id, bal.status == "recalled")
    rows = await tx.rows(
        sa.select(
            *(rb.batch_id, b.number, m.code.label("material"), m.name_zh.label("material_zh")),
            *(m.name_en.label("material_en"), m.base_unit.label("unit"), rb.because),
            sa.and_(h.id.is_not(None), h.closed_at.is_(None)).label("held"),
            *(_stood(kind).label(kind) for kind in ("on_hand", "reserved", "in_transit", "in_return")),
            now.scalar_subquery().label("recalled_now"),
            _left("destroyed").label("destroyed"),
            _left("supplier").label("sent_back"),
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


def _left(kind: str) -> sa.ColumnElement[int]:
    """What left the recall zones for a place outside since the seal, less what was booked back; drill: 0."""
    v, rb, rc = t.move.c, t.recall_batch.c, t.recall.c
    out = sa.and_(v.to_kind == kind, v.from_status == "recalled")
    back = sa.and_(v.from_kind == kind, v.to_status == "recalled")
    return (
        sa.select(_sum(sa.case((out, v.quantity), (back, -v.quantity), else_=0)))
        .select_from(t.move)
        .join(t.recall, rc.document_id == rb.document_id)
        .where(v.batch_id == rb.batch_id, v.recorded_at >= rc.sealed_at)
        .correlate(t.recall_batch)
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


async def standing(tx: Reader, document_id: UUID) -> str:
    """How a recall stands, in one short text: it changes with whatever its room shows."""
    r, k, rb, b, u = t.recall_record.c, t.task.c, t.recall_batch.c, t.balance.c, t.recall.c
    records = sa.select(sa.func.count()).where(r.document_id == document_id)
    own = sa.select(u.run_id).where(u.document_id == document_id)
    told = sa.select(r.run_id).where(r.document_id == document_id)
    mine = k.run_id.in_(sa.union(own, told).subquery().select())
    open_ = k.state.in_(("open", "claimed", "awaiting_signature"))
    late = sa.and_(open_, k.due_at < sa.func.clock_now())
    batches = sa.select(rb.batch_id).where(rb.document_id == document_id)
    recalled = sa.select(_sum(b.quantity)).where(b.batch_id.in_(batches), b.status == "recalled")
    row = await tx.one(
        sa.select(
            records.scalar_subquery().label("records"),
            sa.select(sa.func.count()).where(mine).scalar_subquery().label("tasks"),
            sa.select(sa.func.count()).where(mine, open_).scalar_subquery().label("open"),
            sa.select(sa.func.count()).where(mine, late).scalar_subquery().label("late"),
            sa.select(sa.func.count()).where(mine, k.escalated_at.is_not(None)).scalar_subquery().label("up"),
            sa.select(u.state).where(u.document_id == document_id).scalar_subquery().label("state"),
            recalled.scalar_subquery().label("recalled"),
        )
    )
    return ".".join(str(value) for value in row.values())


async def step_closed_at(tx: Reader, run_id: UUID, step: str) -> datetime | None:
    """When the newest task of a step of a run was done, None while it was not."""
    k = t.task.c
    found: datetime | None = await tx.scalar(
        sa.select(sa.func.max(k.closed_at)).where(k.run_id == run_id, k.step_id == step, k.state == "done")
    )
    return found

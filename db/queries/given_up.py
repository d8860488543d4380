"""Db queries: goods of a transfer given up on the road - when they left and came back, what waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import coming_back
from domain.batches import PlaceKind, PostingKind

if TYPE_CHECKING:
    from db.session import Reader


@dataclass(frozen=True)
class GivenUp:
    """So much of a batch that left and came back unchecked to the site that had sent it, base units.

    `waiting` is what of it still stands in quarantine for quality's decision; `on_hold`: something holds
    the batch, `hold_run` says which run, if one did.
    """

    batch_id: UUID
    batch_number: str
    material: str
    material_name_zh: str
    material_name_en: str
    base_unit: str
    quantity: int
    left_at: datetime | None
    came_at: datetime
    reason: str
    run_id: UUID | None
    site: str
    location: str
    waiting: int = 0
    on_hold: bool = False
    hold_run: UUID | None = None


async def of_transfer(tx: Reader, document_id: UUID) -> list[GivenUp]:
    """What came back of a transfer, the newest first; of what waits the newest is said to wait."""
    rows = [GivenUp(**row) for row in await tx.rows(_back(document_id))]
    batches = {row.batch_id for row in rows}
    left = {
        batch: sum(
            one.quantity for one in await coming_back.waiting(tx, batch) if one.document_id == document_id
        )
        for batch in sorted(batches)
    }
    holds = await _holds(tx, batches)
    found = []
    for row in rows:
        waiting = min(row.quantity, left[row.batch_id])
        left[row.batch_id] -= waiting
        held = row.batch_id in holds
        found.append(replace(row, waiting=waiting, on_hold=held, hold_run=holds.get(row.batch_id)))
    return found


def _back(document_id: UUID) -> sa.Select[tuple[object, ...]]:
    d, p, m, b, mat = t.document.c, t.posting.c, t.move.c, t.batch.c, t.material.c
    out, s, loc = t.posting.alias("sent"), t.site.c, t.location.c
    left = (
        sa.select(sa.func.max(out.c.occurred_at))
        .where(
            out.c.document_id == document_id,
            out.c.kind == PostingKind.TRANSFER_OUT.value,
            out.c.run_id == p.run_id,
        )
        .scalar_subquery()
    )
    return (
        sa.select(
            b.id.label("batch_id"),
            b.number.label("batch_number"),
            mat.code.label("material"),
            mat.name_zh.label("material_name_zh"),
            mat.name_en.label("material_name_en"),
            mat.base_unit,
            sa.cast(sa.func.sum(m.quantity), sa.BigInteger).label("quantity"),
            left.label("left_at"),
            p.occurred_at.label("came_at"),
            sa.func.coalesce(p.reason, "").label("reason"),
            p.run_id,
            s.code.label("site"),
            loc.code.label("location"),
        )
        .select_from(t.document)
        .join(t.posting, p.document_id == d.id)
        .join(t.move, m.posting_id == p.id)
        .join(t.batch, b.id == m.batch_id)
        .join(t.material, mat.id == b.material_id)
        .join(t.site, s.id == m.to_site_id)
        .join(t.location, loc.id == m.to_location_id)
        .where(
            d.id == document_id,
            p.kind == PostingKind.TRANSFER_IN.value,
            m.from_kind == PlaceKind.TRANSIT.value,
            m.to_site_id == d.site_id,
        )
        .group_by(p.id, b.id, mat.id, s.id, loc.id)
        .order_by(p.occurred_at.desc(), mat.code, b.number, b.id)
    )


async def _holds(tx: Reader, batches: set[UUID]) -> dict[UUID, UUID | None]:
    """Batch -> the run of its newest open hold, None where no run has opened it."""
    h = t.hold.c
    query = sa.select(h.batch_id, h.opened_by_run).where(h.batch_id.in_(batches), h.closed_at.is_(None))
    rows = await tx.rows(query.order_by(h.opened_at)) if batches else ()
    return {row["batch_id"]: row["opened_by_run"] for row in rows}


async def cancelled(tx: Reader, run_id: UUID | None) -> str | None:
    """Why the run of a transfer was cancelled; None when it was not."""
    s, v, r = t.submission.c, t.submission_verdict.c, t.run.c
    why = (
        sa.select(s.reason)
        .join(t.submission_verdict, v.submission_id == s.id)
        .where(s.run_id == r.id, s.kind == "cancel", v.accepted)
        .order_by(s.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found: str | None = await tx.scalar(
        sa.select(sa.func.coalesce(why, "")).where(r.id == run_id, r.state == "cancelled")
    )
    return found

"""Db queries: the stock moves of one run, in the order in which they were posted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

_FROM_SITE, _TO_SITE = t.site.alias("from_site"), t.site.alias("to_site")
_FROM_PLACE, _TO_PLACE = t.location.alias("from_place"), t.location.alias("to_place")


@dataclass(frozen=True)
class RunMove:
    """One move: what, how much, from where to where, in which state."""

    kind: str
    occurred_at: datetime
    batch_id: UUID
    batch_number: str
    material_zh: str
    material_en: str
    base_unit: str
    quantity: int
    from_kind: str
    from_site: str | None
    from_location: str | None
    from_status: str | None
    to_kind: str
    to_site: str | None
    to_location: str | None
    to_status: str | None
    reverses_id: UUID | None


async def moves_of_run(tx: Reader, run_id: UUID, *, limit: int) -> list[RunMove]:
    """The moves of a run."""
    return [RunMove(**row) for row in await tx.rows(listed(run_id).limit(limit))]


def listed(run_id: UUID) -> sa.Select[Any]:
    p, m = t.posting.c, t.move.c
    return (
        sa.select(
            p.kind,
            p.occurred_at,
            m.batch_id,
            t.batch.c.number.label("batch_number"),
            t.material.c.name_zh.label("material_zh"),
            t.material.c.name_en.label("material_en"),
            t.material.c.base_unit,
            m.quantity,
            m.from_kind,
            _FROM_SITE.c.code.label("from_site"),
            _FROM_PLACE.c.code.label("from_location"),
            m.from_status,
            m.to_kind,
            _TO_SITE.c.code.label("to_site"),
            _TO_PLACE.c.code.label("to_location"),
            m.to_status,
            p.reverses_id,
        )
        .select_from(
            t.posting.join(t.move, m.posting_id == p.id)
            .join(t.batch, t.batch.c.id == m.batch_id)
            .join(t.material, t.material.c.id == t.batch.c.material_id)
            .outerjoin(_FROM_SITE, _FROM_SITE.c.id == m.from_site_id)
            .outerjoin(_FROM_PLACE, _FROM_PLACE.c.id == m.from_location_id)
            .outerjoin(_TO_SITE, _TO_SITE.c.id == m.to_site_id)
            .outerjoin(_TO_PLACE, _TO_PLACE.c.id == m.to_location_id)
        )
        .where(p.run_id == run_id)
        .order_by(p.id, m.line_no)
    )

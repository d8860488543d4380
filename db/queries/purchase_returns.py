"""Db queries: what of a supplier's goods is still here to go back."""

from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader


async def not_yet_back(tx: Reader, supplier_id: UUID) -> dict[UUID, int]:
    """Batch -> what the supplier delivered of it and did not get back; only where something is left."""
    m = t.move.c
    signed = sa.case((m.from_kind == "supplier", m.quantity), else_=-m.quantity)
    total = sa.cast(sa.func.sum(signed), sa.BigInteger)
    rows = await tx.rows(
        sa.select(m.batch_id, total.label("quantity"))
        .where(m.party_id == supplier_id, sa.or_(m.from_kind == "supplier", m.to_kind == "supplier"))
        .group_by(m.batch_id)
        .having(total > 0)
    )
    return {row["batch_id"]: row["quantity"] for row in rows}

"""Services: batches that were accepted before - opening stock, loaded history - by material and number.

New ones go in, in key order, so that nobody waits in a circle; known ones stay as they are. Knows no engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.queries.arrays import given
from db.queries.references import MaterialRef
from db.session import Transaction

Key = tuple[str, str]


@dataclass(frozen=True)
class Batch:
    """A batch of a material by its number, with its dates."""

    material: MaterialRef
    number: str
    produced_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class Registered:
    """The batch as it stands in the books; its dates may be others than those that were given."""

    id: UUID
    produced_on: date | None
    expires_on: date | None


async def register(tx: Transaction, batches: Iterable[Batch]) -> dict[Key, Registered]:
    """Material code and batch number -> the batch, registered if it was not; the caller audits."""
    codes: dict[UUID, str] = {}
    rows = {}
    for batch in batches:
        material = batch.material
        codes[material.id] = material.code
        rows[material.id, batch.number] = {
            "material_id": material.id,
            "manufacturer_id": material.manufacturer_id,
            "number": batch.number,
            "produced_on": batch.produced_on,
            "expires_on": batch.expires_on,
            "licence_holder": material.holder or None,
        }
    if not rows:
        return {}
    wanted = [rows[key] for key in sorted(rows)]
    names = list(wanted[0])
    source = given(t.batch, wanted, names)
    added = insert(t.batch).from_select(names, sa.select(*(source.c[name] for name in names)))
    await tx.execute(added.on_conflict_do_nothing())
    c, key = t.batch.c, ("material_id", "manufacturer_id", "number")
    source = given(t.batch, wanted, key)
    found = await tx.rows(
        sa.select(c.id, c.material_id, c.number, c.produced_on, c.expires_on).join(
            source, sa.and_(*(c[name] == source.c[name] for name in key))
        )
    )
    return {
        (codes[row["material_id"]], row["number"]): Registered(
            row["id"], row["produced_on"], row["expires_on"]
        )
        for row in found
    }

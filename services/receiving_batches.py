"""Services: batches and serials as a delivery brings them. Knows tables, no engine.

A batch is one by material, manufacturer and number; a delivery that gives a known number other dates does
not change it: the batch goes on hold until quality has decided (gsp-rules, architecture decision 5). A
serial is bound to its batch for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.queries.documents import LineRef
from db.queries.references import MaterialRef
from domain.receiving import same_dates
from services.action_context import ActionContext, ActionRefused

ROWS = 1_000
"""Rows per statement: seven values each stay well below the protocol's 65,535 parameters."""

Key = tuple[UUID, UUID, str]


@dataclass(frozen=True)
class Registered:
    """The batch of a delivery's line, and whether its dates differ from those on record."""

    id: UUID
    date_mismatch: bool


async def register(
    ctx: ActionContext, lines: Sequence[tuple[MaterialRef, LineRef]]
) -> dict[UUID, Registered]:
    """The batch of each line (by line id); new ones go in in key order, so that nobody waits in a circle."""
    wanted: dict[Key, tuple[MaterialRef, LineRef]] = {}
    for material, line in lines:
        wanted.setdefault(_key(material, line), (material, line))
    rows = [_row(ctx, *wanted[key]) for key in sorted(wanted)]
    for start in range(0, len(rows), ROWS):
        await ctx.tx.execute(insert(t.batch).values(rows[start : start + ROWS]).on_conflict_do_nothing())
    known = await _known(ctx, list(wanted))
    found: dict[UUID, Registered] = {}
    for material, line in lines:
        row = known[_key(material, line)]
        told = {"produced_on": line.produced_on, "expires_on": line.expires_on}
        found[line.id] = Registered(row["id"], not same_dates(row, told))
    await _hold_mismatches(ctx, {batch.id for batch in found.values() if batch.date_mismatch})
    return found


def _key(material: MaterialRef, line: LineRef) -> Key:
    assert line.batch_number is not None
    return material.id, material.manufacturer_id, line.batch_number.strip()


def _row(ctx: ActionContext, material: MaterialRef, line: LineRef) -> dict[str, Any]:
    assert line.batch_number is not None
    return {
        "material_id": material.id,
        "manufacturer_id": material.manufacturer_id,
        "number": line.batch_number.strip(),
        "produced_on": line.produced_on,
        "expires_on": line.expires_on,
        "licence_holder": material.holder or None,
        "created_by_run": ctx.run.id,
    }


async def _known(ctx: ActionContext, keys: list[Key]) -> dict[Key, Mapping[str, Any]]:
    c = t.batch.c
    known: dict[Key, Mapping[str, Any]] = {}
    for start in range(0, len(keys), ROWS):
        rows = await ctx.tx.rows(
            sa.select(c.id, c.material_id, c.manufacturer_id, c.number, c.produced_on, c.expires_on).where(
                sa.tuple_(c.material_id, c.manufacturer_id, c.number).in_(keys[start : start + ROWS])
            )
        )
        known |= {(row["material_id"], row["manufacturer_id"], row["number"]): row for row in rows}
    return known


async def _hold_mismatches(ctx: ActionContext, batch_ids: set[UUID]) -> None:
    """Put batches on hold whose dates differ, unless such a hold is open already."""
    if not batch_ids:
        return
    c = t.hold.c
    rows = await ctx.tx.rows(
        sa.select(c.batch_id).where(
            c.batch_id.in_(batch_ids), c.kind == "date_mismatch", c.closed_at.is_(None)
        )
    )
    missing = sorted(batch_ids - {row["batch_id"] for row in rows})
    for batch_id in missing:
        await ctx.tx.execute(
            sa.insert(t.hold).values(
                batch_id=batch_id,
                kind="date_mismatch",
                reason="到货批号日期与在库记录不一致 / dates of the delivery differ from those on record",
                opened_by_run=ctx.run.id,
                opened_path=ctx.path,
                opened_by=ctx.actor_id,
            )
        )
        await ctx.tx.audit("open.hold", "batch", str(batch_id), run_id=ctx.run.id, reason="date_mismatch")


async def bind_serials(
    ctx: ActionContext, wanted: Sequence[tuple[UUID, UUID, Sequence[str]]]
) -> dict[tuple[UUID, str], UUID]:
    """Serial ids by (batch, number), for (batch, material, numbers); refused when one has another batch."""
    rows = sorted(
        (material_id, number, batch_id) for batch_id, material_id, numbers in wanted for number in numbers
    )
    found: dict[tuple[UUID, str], UUID] = {}
    c = t.serial.c
    for start in range(0, len(rows), 10 * ROWS):
        part = rows[start : start + 10 * ROWS]
        await ctx.tx.execute(
            insert(t.serial)
            .values([{"material_id": m, "number": n, "batch_id": b} for m, n, b in part])
            .on_conflict_do_nothing()
        )
        known = await ctx.tx.rows(
            sa.select(c.id, c.material_id, c.number, c.batch_id).where(
                sa.tuple_(c.material_id, c.number).in_([(m, n) for m, n, _ in part])
            )
        )
        bound = {(row["material_id"], row["number"]): row for row in known}
        for material_id, number, batch_id in part:
            row = bound[material_id, number]
            if row["batch_id"] != batch_id:
                words = f"追溯码 {number} 已属于另一批号 / the serial belongs to another batch"
                raise ActionRefused("serial_conflict", words)
            found[batch_id, number] = row["id"]
    return found
